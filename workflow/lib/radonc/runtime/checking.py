"""Check a config against its JSON schema, and say in one line what is wrong, what is allowed and what to do."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

import jsonschema

from radonc.runtime.errors import StudyError

TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
LIMITS = {
    "minimum": "must be at least {limit}, not {value}",
    "exclusiveMinimum": "must be above {limit}, not {value}",
    "maximum": "must be at most {limit}, not {value}",
    "exclusiveMaximum": "must be below {limit}, not {value}",
    "minLength": "must not be empty; write a text",
    "minItems": "needs {limit} or more entries; add what is missing",
    "maxItems": "may have no more than {limit} entries; take the others out",
    "minProperties": "needs {limit} or more entries; add what is missing",
    "uniqueItems": "names something twice; name each once",
}
# The fault to name first where one slip makes several: a misspelt key is missing as well.
FIRST = ("additionalProperties", "dependentRequired", "required")
LONGEST = 60
NUMBER = re.compile(r"[-+]?\d+(\.\d*)?([eE][-+]?\d+)?")

# Stricter than JSON, where 10.0 is a whole number, and than YAML, which has numbers that are none.
_Validator = jsonschema.validators.extend(  # type: ignore[no-untyped-call]
    jsonschema.Draft202012Validator,
    type_checker=jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
        {
            "integer": lambda _, value: isinstance(value, int) and not isinstance(value, bool),
            "number": lambda _, value: (
                isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            ),
        }
    ),
)


def check(value: Any, schema: Mapping[str, Any], source: str) -> None:
    """Raise for the first fault of a value against a JSON schema.

    Raises
    ------
    StudyError
        In one line: the source (``config``, or a file), the key's whole path, what was allowed and what to do.
    """
    for path, key in _keys(value, ()):
        if not isinstance(key, str):
            raise StudyError(
                f"{source}: {_dotted(path)}the key {_shown(key)} is not a text (YAML reads yes, no, on, off and bare "
                "numbers so); put it in quotes"
            )
    errors = sorted(_Validator(schema).iter_errors(value), key=_rank)
    if errors:
        error = _meant(errors[0])
        raise StudyError(f"{source}: {_dotted(tuple(error.absolute_path))}{_explain(error)}")


def _keys(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Yield every key of every mapping, with the path to the mapping."""
    if isinstance(value, dict):
        yield from ((path, key) for key in value)
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield from _keys(part, (*path, key))


def _dotted(path: tuple[Any, ...]) -> str:
    return f"{'.'.join(map(str, path))}: " if path else ""


def _rank(error: Any) -> tuple[list[str], int]:
    place = FIRST.index(error.validator) if error.validator in FIRST else len(FIRST)
    return list(map(str, error.absolute_path)), place


def _meant(error: Any) -> Any:
    """Return the fault inside the one of several ways that was meant: the only way that allows the value's type."""
    while error.validator == "oneOf":
        out_of_question = {part.relative_schema_path[0] for part in _mistyped(error)}
        inside = [part for part in error.context if part.relative_schema_path[0] not in out_of_question]
        if len({part.relative_schema_path[0] for part in inside}) != 1:
            break
        error = min(inside, key=_rank)
    return error


def _mistyped(error: Any) -> list[Any]:
    """Return the faults of those ways that do not even allow the value's type."""
    return [part for part in error.context if part.validator in {"type", "const"} and not part.relative_path]


def _explain(error: Any) -> str:
    """Say in words what is wrong, what is allowed and what to do."""
    kind, limit, value = error.validator, error.validator_value, _shown(error.instance)
    match kind:
        case "additionalProperties":
            return _explain_unknown(error)
        case "required" | "dependentRequired":
            return _explain_missing(error)
        case "oneOf":
            return _explain_ways(error)
        case "type":
            return _explain_type(error)
        case "enum":
            return f"{value} is not allowed; choose one of {', '.join(map(str, limit))}"
        case "pattern":
            return f"{value} does not have the form {limit}; correct it{_meaning(error.schema)}"
        case _ if kind in LIMITS:
            return LIMITS[kind].format(limit=limit, value=value) + _meaning(error.schema)
        case _:
            return f"{value} is not allowed; correct it{_meaning(error.schema)}"


def _explain_unknown(error: Any) -> str:
    allowed = list(error.schema.get("properties", {}))
    unknown = next(key for key in error.instance if key not in allowed)
    close = get_close_matches(unknown, allowed, 1)
    advice = f"did you mean '{close[0]}'?" if close else "remove it."
    return f"{_shown(unknown)} is not a key here; {advice} Allowed: {', '.join(allowed) or 'none'}"


def _explain_missing(error: Any) -> str:
    wanted = error.validator_value
    if error.validator == "dependentRequired":
        wanted = [other for key, others in wanted.items() if key in error.instance for other in others]
    missing = next(key for key in wanted if key not in error.instance)
    return f"'{missing}' is missing; add it{_meaning(error.schema.get('properties', {}).get(missing, {}))}"


def _explain_ways(error: Any) -> str:
    ways = [" with ".join(way["required"]) for way in error.validator_value if "required" in way]
    if ways:
        return f"give exactly one of: {', '.join(ways)}"
    wanted = [
        TYPES[part.validator_value] if part.validator == "type" else f"'{part.validator_value}'"
        for part in _mistyped(error)
    ]
    return f"must be {' or '.join(wanted)}, not {_shown(error.instance)}; correct it"


def _explain_type(error: Any) -> str:
    kinds = [error.validator_value] if isinstance(error.validator_value, str) else error.validator_value
    value = error.instance
    advice = "correct it"
    if value is None:
        advice = "write {}, or give its keys" if "object" in kinds else "write it, or take the key out"
    elif "string" in kinds and not isinstance(value, dict | list):
        advice = "put it in quotes"
    elif isinstance(value, str) and NUMBER.fullmatch(value) and {"integer", "number"} & set(kinds):
        advice = "write it without quotes, and an exponent as in 2.0e-3"
    shown = f"the text {_shown(value)}" if isinstance(value, str) else _shown(value)
    return f"must be {' or '.join(TYPES[kind] for kind in kinds)}, not {shown}; {advice}"


def _meaning(schema: Mapping[str, Any]) -> str:
    description = schema.get("description", "").rstrip(".")
    return f" ({description[0].lower()}{description[1:]})" if description else ""


def _shown(value: Any) -> str:
    """Show a value of the config in one line and in few words, as YAML calls it."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    text = str(value)
    line = " ".join((text if len(text) <= LONGEST else f"{text[:LONGEST]}…").split())
    return f"'{line}'" if isinstance(value, str) else line
