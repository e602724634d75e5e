"""What is made from the settings: JSON schemas for editors, and the tables of the manual.

``python -m radonc.runtime.settings.reference`` makes ``config/schema/*.json`` and the tables of ``config/README.md``.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic.json_schema import JsonSchemaValue

from radonc.runtime.settings.base import Section
from radonc.runtime.settings.files import KINDS, json_schema, of_each, resolve
from radonc.runtime.settings.mapping import Column, ExtractMapping, Table
from radonc.runtime.settings.plausibility import Plausibility, Range
from radonc.runtime.settings.recipe import RecipeFile
from radonc.runtime.settings.study import Study

Sections = dict[str, type[Section]]
SCHEMAS: Sections = {"config": Study, "mapping": ExtractMapping, "plausibility": Plausibility, "recipe": RecipeFile}
"""File in ``config/schema`` → what it describes."""
TABLES: Sections = {"config": Study, "table": Table, "column": Column, "recipe": RecipeFile, "range": Range}
"""Table of the manual, between marks of this name → the keys in it."""
BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


def files(root: Path) -> dict[Path, str]:
    """Return the files of a checkout that are made from the settings, and what they must hold."""
    schemas = {name: json_schema(model) for name, model in SCHEMAS.items()}
    # A task may set every key of a recipe, and needs none.
    recipe = schemas["recipe"]
    keys = {name: part for name, part in recipe["properties"].items() if name != "tasks"}
    recipe["$defs"]["Override"] = {"type": "object", "properties": keys, "additionalProperties": False}
    for part in recipe["$defs"]["Overrides"]["properties"].values():
        part["$ref"] = "#/$defs/Override"
        del part["additionalProperties"]
    made = {
        root / "config" / "schema" / f"{name}.json": json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in schemas.items()
    }
    manual = root / "config" / "README.md"
    text = manual.read_text(encoding="utf-8")
    for name, model in TABLES.items():
        begin, end = f"<!-- keys of a {name} -->\n", f"<!-- end of the keys of a {name} -->"
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}{table(model)}\n{end}{rest.partition(end)[2]}"
    return {**made, manual: text}


def table(model: type[Section]) -> str:
    """Return a section's keys as a table in Markdown: key, meaning, what is allowed, default."""
    schema = json_schema(model, with_markup=True)
    rows = ["| key | meaning | allowed | default |", "|---|---|---|---|"]
    rows += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in _rows(schema, schema, "")]
    return "\n".join(rows)


def _rows(part: JsonSchemaValue, schema: JsonSchemaValue, path: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield the rows of all keys at all depths below a part of a schema."""
    for key, raw in part["properties"].items():
        value = resolve(raw, schema)
        each = resolve(of_each(value), schema)
        default = "**required**" if key in part.get("required", ()) else "–"
        if "default" in value:
            default = f"`{_shown(value['default'])}`"
        if value.get("properties"):
            yield from _rows(value, schema, f"{path}{key}.")
        elif each.get("type") == "object" and each.get("properties"):
            yield f"`{path}{key}`", value["description"], "name → keys", default
            yield from _rows(each, schema, f"{path}{key}.<name>.")
        else:
            yield f"`{path}{key}`", value["description"], _allowed(value, schema), default


def _allowed(part: JsonSchemaValue, schema: JsonSchemaValue) -> str:
    """Say which values a key may have."""
    part = resolve(part, schema)
    if "enum" in part or "const" in part:
        return ", ".join(f"`{value}`" for value in part.get("enum", [part.get("const")]))
    if several := part.get("anyOf") or part.get("oneOf"):
        return " or ".join(_allowed(each, schema) for each in several)
    if isinstance(part["type"], list):
        return " or ".join(_allowed({**part, "type": each}, schema) for each in part["type"])
    if part["type"] == "array":
        if "prefixItems" in part:
            return f"[lowest, highest], {_plural(_allowed(part['prefixItems'][0], schema))}"
        n = f"{part['minItems']} or more of" if part.get("minItems", 0) > 1 else "list of"
        return f"{n} {_plural(_allowed(part['items'], schema))}"
    if part["type"] == "object":
        free = "keys of this table" if part.get("additionalProperties") else "`{}`"
        return f"text → {_allowed(of_each(part), schema)}" if of_each(part) else free
    bounds = [f"{sign} {part[bound]:g}" for bound, sign in BOUNDS.items() if bound in part]
    return f"{KINDS[part['type']].removeprefix('a ')} {' and '.join(bounds)}".rstrip()


def _plural(kind: str) -> str:
    return re.sub(r"^(text|(?:whole )?number)\b", r"\1s", kind)


def _shown(default: Any) -> str:
    """Write a default as YAML does, in one line."""
    if isinstance(default, list):
        return f"[{', '.join(map(_shown, default))}]"
    return json.dumps(default, ensure_ascii=False) if default == "" or not isinstance(default, str) else default


if __name__ == "__main__":
    for path, text in files(Path(__file__).parents[5]).items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
