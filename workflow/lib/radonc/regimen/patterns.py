"""The forms in which people write quantities and sites, as regular expressions over token classes.

They stand in ``patterns.quantities.txt``, which explains their language, and in ``patterns.sites.txt``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from radonc.regimen.lexicon import to_regex


class Form(NamedTuple):
    """A form: how it is interpreted, the roles of its numbers (quantities alone), and its regular expression."""

    kind: str
    roles: str
    regex: re.Pattern[str]


def load(name: str) -> Iterator[Form]:
    """Yield the forms of a table, ``quantities`` or ``sites``."""
    abbreviations: dict[str, str] = {}

    def expand(pattern: str) -> str:
        return re.sub(r"\b[A-Z][A-Z_]+", lambda found: abbreviations[found[0]], pattern)

    text = Path(__file__).with_name(f"patterns.{name}.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        rule = line.partition("#")[0].strip()
        name, is_definition, definition = rule.partition(" = ")
        if is_definition:
            abbreviations[name] = expand(definition)
        elif rule:
            head, _, pattern = rule.partition(": ")
            kind, _, roles = head.partition(" ")
            yield Form(kind, roles, re.compile(to_regex(expand(pattern))))


FORMS = tuple(load("quantities"))
"""All forms of quantities; at a place of a sentence the first counts that fits."""

_NUMBER = to_regex("number")
_REGEXES = [form.regex.pattern for form in FORMS]
_NUMBER_FIRST = [place for place, regex in enumerate(_REGEXES) if regex.startswith(_NUMBER)]
_OTHERS = [place for place, regex in enumerate(_REGEXES) if not regex.startswith(_NUMBER)]
_FIRST_CLASSES = "".join({regex[1:].partition("]")[0] if regex[0] == "[" else regex[0] for regex in _REGEXES})

ORDER = (*_NUMBER_FIRST, *_OTHERS)
"""The place in ``FORMS`` of the form whose group of ``SCAN`` matched, by the group's number less one."""

# Two things make this several times faster: forms that begin with a number differ by what follows it, and a form's
# empty group stands at its end, so that ``re`` sees the first character of each form and passes most of them over.
SCAN = re.compile(
    f"(?=[{_FIRST_CLASSES}])(?:{_NUMBER}(?:{'|'.join(f'{_REGEXES[place][1:]}()' for place in _NUMBER_FIRST)})"
    f"|{'|'.join(f'{_REGEXES[place]}()' for place in _OTHERS)})"
)
"""All forms at once."""
