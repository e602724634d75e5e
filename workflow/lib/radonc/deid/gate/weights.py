"""How the gate reads weights: safetensors, laid out to the byte as their header says, and with floats alone in them.

The layout (https://github.com/huggingface/safetensors#format): eight bytes with the header's length, the header in
JSON, and the tensors, one behind the other.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from radonc.deid.gate.parts import Part, Text, Unsearchable

METADATA = "__metadata__"
LENGTH = 8
LONGEST_HEADER = 100_000_000
"""As the format demands (bytes)."""

FLOATS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
"""The types of weights that are trained, in bytes. Whole numbers and booleans would be as good as bytes of a text."""

TEXT = 64
"""So many printable characters one behind the other are a text. Of the bytes of a float one in three is printable, by
chance: of a billion weights the longest run has about 25."""

_CHUNK = 1 << 24
_PRINTABLE = bytes(32 <= byte < 127 or byte in b"\t\n\r" for byte in range(256))


def parts(path: Path) -> Iterator[Part]:
    """Yield the names of tensors and what is noted beside them, and a fault for all that is not weights.

    Raises
    ------
    ValueError
        When the file is not laid out as the format demands, or has a byte that belongs to no tensor.
    """
    with path.open("rb") as stream:
        header, start = _header(stream)
        notes = header.pop(METADATA, {})
        if not isinstance(notes, dict) or not all(isinstance(note, str) for note in notes.values()):
            raise ValueError("what is noted beside the tensors is no text")
        yield Text("\n".join([*header, *(f"{key} {note}" for key, note in notes.items())]))
        if not {tensor.get("dtype") for tensor in header.values()} <= FLOATS.keys():
            yield Unsearchable("cannot be checked: a tensor of other numbers than floats")
            return
        _require_layout(header.values(), path.stat().st_size - start)
        if _holds_text(stream):
            yield Unsearchable("cannot be checked: a text among the numbers of a tensor")


def _header(stream: BinaryIO) -> tuple[dict[str, dict[str, Any]], int]:
    """Return the header, and at which byte the tensors start, where the stream then stands."""
    length = int.from_bytes(stream.read(LENGTH), "little")
    if length > LONGEST_HEADER:
        raise ValueError("the header is longer than the format allows")
    text = stream.read(length).decode("utf-8")
    header = json.loads(text, object_pairs_hook=_unique)
    if not isinstance(header, dict) or not all(isinstance(entry, dict) for entry in header.values()):
        raise ValueError("the header is no table of tensors")
    return header, LENGTH + length


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON; of a key that stands twice, a reader would see one value only."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key of the header stands twice")
    return found


def _require_layout(tensors: Iterable[Mapping[str, Any]], n_bytes: int) -> None:
    """Require that tensors fill their part of the file without a gap, an overlap or a rest."""
    extents = sorted(map(_extent, tensors))
    ends = [0, *(end for _, end in extents)]
    if [begin for begin, _ in extents] != ends[:-1] or ends[-1] != n_bytes:
        raise ValueError("bytes that belong to no tensor, or to two")


def _extent(tensor: Mapping[str, Any]) -> tuple[int, int]:
    """Return a tensor's first byte and the one behind its last, which its type and shape confirm."""
    match tensor:
        case {"dtype": str(dtype), "shape": [*shape], "data_offsets": [int(begin), int(end)], **rest} if (
            not rest
            and all(isinstance(size, int) and size > 0 for size in shape)
            and end - begin == FLOATS[dtype] * math.prod(shape)
        ):
            return begin, end
    raise ValueError("a tensor's bytes are not those of its type and shape")


def _holds_text(stream: BinaryIO) -> bool:
    """Tell whether what is left of a stream has a text in it."""
    text, last = bytes([1]) * TEXT, b""
    while chunk := stream.read(_CHUNK):
        marks = last + chunk.translate(_PRINTABLE)
        if text in marks:
            return True
        last = marks[1 - TEXT :]
    return False
