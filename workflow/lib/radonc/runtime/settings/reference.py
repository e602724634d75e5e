"""What is made from the settings: JSON schemas for editors, and the tables of the manual."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from radonc.runtime.settings.base import descriptions, refuse_null, without_markup
from radonc.runtime.settings.mapping import Column, ExtractMapping, Table
from radonc.runtime.settings.plausibility import Plausibility, Range
from radonc.runtime.settings.recipe import RecipeFile
from radonc.runtime.settings.study import Study

SCHEMAS: dict[str, type[BaseModel]] = {
    "config": Study,
    "mapping": ExtractMapping,
    "plausibility": Plausibility,
    "recipe": RecipeFile,
}
"""File in ``config/schema`` → what it describes."""
TABLES: dict[str, type[BaseModel]] = {
    "config": Study,
    "table": Table,
    "column": Column,
    "recipe": RecipeFile,
    "range": Range,
}
"""Table of the manual, between marks of this name → the keys in it."""
BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
KINDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
}


class _Generator(GenerateJsonSchema):
    """Pydantic's generator, with our descriptions, and without null where a key is to be left out instead."""

    def write(self, description: str) -> str:
        """Return a description as it is shown."""
        return without_markup(description)

    def model_schema(self, schema: Any) -> JsonSchemaValue:
        """Describe a section."""
        made = super().model_schema(schema)
        section: type[BaseModel] = schema["cls"]
        described = descriptions(section)
        for key, part in made["properties"].items():
            part.pop("title", None)
            if part.get("default", "") is None:
                del part["default"]
            part["description"] = self.write(described[key])
        return {"anyOf": [{"type": "string"}, made]} if section is Column else made

    def function_before_schema(self, schema: Any) -> JsonSchemaValue:
        """Leave out the null of an omittable key."""
        if schema["function"]["function"] is refuse_null:
            return self.generate_inner(schema["schema"]["schema"])
        return super().function_before_schema(schema)


class _WithMarkup(_Generator):
    def write(self, description: str) -> str:
        return description


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema of a model, with a description of every key."""
    schema = model.model_json_schema(schema_generator=_Generator)
    if model is RecipeFile:
        # A task may set every key of a recipe, and needs none.
        keys = {name: part for name, part in schema["properties"].items() if name != "tasks"}
        schema["$defs"]["Override"] = {"type": "object", "properties": keys, "additionalProperties": False}
        for part in schema["$defs"]["Overrides"]["properties"].values():
            part["$ref"] = "#/$defs/Override"
            del part["additionalProperties"]
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema}


def table(model: type[BaseModel]) -> str:
    """Return a model's keys as a table in Markdown: key, meaning, what is allowed, default."""
    schema = model.model_json_schema(schema_generator=_WithMarkup)
    schema = {**schema, **schema.get("anyOf", [{}])[-1]}  # of a column its long form
    rows = ["| key | meaning | allowed | default |", "|---|---|---|---|"]
    rows += ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in _rows(schema, schema, "")]
    return "\n".join(rows)


def manual(text: str) -> str:
    """Return the manual with its tables made anew, each between its marks."""
    for name, model in TABLES.items():
        begin, end = f"<!-- keys of a {name} -->\n", f"<!-- end of the keys of a {name} -->"
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}{table(model)}\n{end}{rest.partition(end)[2]}"
    return text


def files(root: Path) -> dict[Path, str]:
    """Return the files of a checkout that are made from the settings, and what they must hold."""
    made = {
        root / "config" / "schema" / f"{name}.json": json.dumps(json_schema(model), indent=2, ensure_ascii=False) + "\n"
        for name, model in SCHEMAS.items()
    }
    page = root / "config" / "README.md"
    return {**made, page: manual(page.read_text(encoding="utf-8"))}


def _rows(part: Mapping[str, Any], schema: Mapping[str, Any], path: str) -> Iterator[tuple[str, str, str, str]]:
    """Yield the rows of all keys at all depths below a part of a schema."""
    for key, raw in part.get("properties", {}).items():
        value = _resolve(raw, schema)
        each = _resolve(_of_each(value), schema)
        if key not in part.get("required", ()) and "default" not in value:
            default = "–"
        else:
            default = f"`{_shown(value['default'])}`" if "default" in value else "**required**"
        if value.get("properties"):
            yield from _rows(value, schema, f"{path}{key}.")
        elif each.get("properties"):
            yield f"`{path}{key}`", value["description"], "name → keys", default
            yield from _rows(each, schema, f"{path}{key}.<name>.")
        else:
            yield f"`{path}{key}`", value["description"], _allowed(value, schema), default


def _resolve(part: Mapping[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    ref = part.get("$ref")
    return {**schema["$defs"][ref.rsplit("/", 1)[1]], **part} if ref else dict(part)


def _allowed(part: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """Say which values a key may have."""
    part = _resolve(part, schema)
    if "enum" in part or "const" in part:
        return ", ".join(f"`{value}`" for value in part.get("enum", [part.get("const")]))
    if several := part.get("anyOf") or part.get("oneOf"):
        return " or ".join(_allowed(each, schema) for each in several)
    if part["type"] == "array" and "prefixItems" in part:
        return f"[lowest, highest], {_plural(_allowed(part['prefixItems'][0], schema))}"
    if part["type"] == "array":
        n = f"{part['minItems']} or more of" if part.get("minItems", 0) > 1 else "list of"
        return f"{n} {_plural(_allowed(part['items'], schema))}"
    if part["type"] == "object":
        free = "keys of this table" if part.get("additionalProperties") else "`{}`"
        return f"text → {_allowed(_of_each(part), schema)}" if _of_each(part) else free
    bounds = [f"{sign} {part[bound]:g}" for bound, sign in BOUNDS.items() if bound in part]
    return f"{KINDS[part['type']]} {' and '.join(bounds)}".rstrip()


def _of_each(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the values of a mapping are, if its keys are free."""
    of_each = next(iter(part.get("patternProperties", {}).values()), part.get("additionalProperties"))
    return of_each if isinstance(of_each, dict) else {}


def _plural(kind: str) -> str:
    return re.sub(r"^(text|(?:whole )?number)\b", r"\1s", kind)


def _shown(default: Any) -> str:
    """Write a default as YAML does, in one line."""
    if isinstance(default, list):
        return f"[{', '.join(map(_shown, default))}]"
    return json.dumps(default, ensure_ascii=False) if default == "" or not isinstance(default, str) else default
