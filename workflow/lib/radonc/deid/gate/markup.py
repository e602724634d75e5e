"""The texts of HTML and SVG: what a reader sees, and what stands in attributes, comments, styles and scripts."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import unquote, unquote_to_bytes

from radonc.deid.gate.parts import Unsearchable

INLINE = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "i", "kbd", "mark", "q", "s", "small", "span", "strong",
    "sub", "sup", "tspan", "u", "wbr",
})  # fmt: skip
"""A word goes on over their borders: ``Whit<b>field</b>``."""

_DATA = re.compile(r"data:([^,;]*)((?:;[^,;]*)*),([^\"')\s]*)")
_FONTS = re.compile(r"font(?:-family)?\s*:[^;}]*")
"""Fonts are named after people and places."""

_READABLE = ("image/svg+xml", "text/plain", "text/html", "text/css", "")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self.beside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in INLINE:
            self.seen.append("\n")
        self.beside.extend(part for name, value in attrs for part in (name, value or ""))

    def handle_endtag(self, tag: str) -> None:
        if tag not in INLINE:
            self.seen.append("\n")

    def handle_data(self, data: str) -> None:
        self.seen.append(data)

    def handle_comment(self, data: str) -> None:
        self.beside.append(data)

    def handle_decl(self, decl: str) -> None:
        self.beside.append(decl)

    def handle_pi(self, data: str) -> None:
        self.beside.append(data)

    def unknown_decl(self, data: str) -> None:
        self.beside.append(data)


def visible(markup: str) -> Iterator[str | Unsearchable]:
    """Yield the text that a reader sees, what stands beside it, and the texts of embedded files.

    Embedded files that are no text (photographs, fonts) cannot be read: a fault for each.
    """
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    seen, beside = "".join(reader.seen), "\n".join(reader.beside)
    for text in (seen, beside):
        yield _FONTS.sub("", _DATA.sub("", text))
    if "%" in beside:
        yield unquote(_DATA.sub("", beside))
    for kind, options, content in _DATA.findall(f"{seen}\n{beside}"):
        if kind not in _READABLE:
            yield Unsearchable("cannot be checked: an embedded file that is no text")
            continue
        try:
            raw = (
                base64.b64decode(unquote(content), validate=True) if "base64" in options else unquote_to_bytes(content)
            )
            text = raw.decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            yield Unsearchable("cannot be checked: an embedded file that is no text")
            continue
        yield from visible(text)
