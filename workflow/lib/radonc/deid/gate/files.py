"""How the gate reads files: each kind in its own way, part by part, and none that it cannot read all of.

Of weights it reads safetensors alone, laid out to the byte as their header says, and with floats alone in them. The
layout (https://github.com/huggingface/safetensors#format): eight bytes with the header's length, the header in JSON,
and the tensors, one behind the other. Other files of weights are pickles, which may hold anything.
"""

import base64
import binascii
import csv
import json
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from html.parser import HTMLParser
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple
from urllib.parse import unquote, unquote_to_bytes

import pyarrow
import pyarrow.parquet
from pyarrow import types

ROWS = 20_000
LONGEST_CELL = 10_000_000
WEIGHTS = ".safetensors"
# Texts that are known by their names.
NAMED = dict.fromkeys((".gitkeep", ".gitignore", ".gitattributes", "CACHEDIR.TAG", "LICENSE", "USE_POLICY"), ".txt")
# A word goes on over their borders: ``Whit<b>field</b>``.
INLINE = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "i", "kbd", "mark", "q", "s", "small", "span", "strong",
    "sub", "sup", "tspan", "u", "wbr",
})  # fmt: skip
_DATA_URL = re.compile(r"data:([^,;]*)((?:;[^,;]*)*),([^\"')\s]*)")
_READABLE_TYPES = ("image/svg+xml", "text/plain", "text/html", "text/css", "")
_FONTS = re.compile(r"font(?:-family)?\s*:[^;}]*")  # named after people and places
LONGEST_HEADER = 100_000_000  # bytes, as the format demands
# The types of weights that are trained, in bytes. Whole numbers and booleans would be as good as bytes of a text.
FLOATS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
# So many printable characters one behind the other are a text. Of the bytes of a float one in three is printable, by
# chance: of a billion weights the longest run has about 25.
TEXT_LENGTH = 64
_BYTES_AT_A_TIME = 1 << 24
_PRINTABLE = bytes(32 <= byte < 127 or byte in b"\t\n\r" for byte in range(256))


class Rows(NamedTuple):
    """Rows of a table; key columns say whose they are."""

    table: pyarrow.Table
    records: bool = True  # whether of people: those of settings and counts may hold a month and a year


class Text(NamedTuple):
    """A text, as a reader sees it, that is nobody's record."""

    text: str
    single_names: bool = True  # whether one is a patient's: vocabularies of models and licences hold those of others
    place: str = ""  # is added to the kinds of findings in it


class Unsearchable(NamedTuple):
    """Something that cannot be searched, which counts as a finding."""

    kind: str


Part = Rows | Text | Unsearchable
# Reads something that leaves, part by part; it is read twice.
Artefact = Callable[[], Iterator[Part]]


def is_text(kind: pyarrow.DataType) -> bool:
    """Tell whether the cells of a column are texts."""
    return bool(types.is_string(kind) or types.is_large_string(kind))


def tidy(table: pyarrow.Table) -> pyarrow.Table:
    """Return the table with texts where it has categories, and a name of its own for each column.

    Of a cell that is a JSON object of fractions, such as the probabilities of labels, the keys stay: the fractions are
    numbers as in a column of fractions, and their adjacent digits identify nobody.
    """
    columns, names = [], []
    for place, (name, column) in enumerate(zip(table.column_names, table.columns, strict=True), start=1):
        if types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if is_text(column.type):
            cells = column.to_pylist()
            if any(cell and cell[0] == "{" for cell in cells):
                column = pyarrow.array(map(_keys, cells), pyarrow.string())
        columns.append(column)
        names.append(name if name not in names else f"{name} {place}")
    return pyarrow.table(columns, names=names)


def _keys(cell: str | None) -> str | None:
    """Return the keys of a JSON object of fractions, a line each, or the cell as it is."""
    try:
        found = json.loads(cell) if cell and cell[0] == "{" else None
    except ValueError:
        return cell
    if isinstance(found, dict) and found and all(type(value) is float for value in found.values()):
        return "\n".join(found)
    return cell


def suffix_of(path: Path) -> str:
    """Return by which suffix a file is read."""
    return NAMED.get(path.name, path.suffix.lower())


def parts(path: Path) -> Iterator[Part]:
    """Yield the parts of a file; a fault where it is of an unknown kind, or not what its suffix says."""
    reader = READERS.get(suffix_of(path))
    if reader is None:
        yield Unsearchable("cannot be checked: files of this kind are not known")
        return
    try:
        yield from reader(path)
    except (OSError, ValueError, csv.Error, RecursionError, pyarrow.ArrowException):
        # Whatever the library says may quote the file.
        yield Unsearchable("cannot be checked: it is not what its suffix says")


def _parquet(path: Path) -> Iterator[Part]:
    with pyarrow.parquet.ParquetFile(path) as file:
        metadata = {**(file.schema_arrow.metadata or {}), **(file.metadata.metadata or {})}
        # Arrow keeps its schema a second time, in a form that nobody reads.
        yield Text("\n".join(f"{key!r} {value!r}" for key, value in metadata.items() if key != b"ARROW:schema"))
        for batch in file.iter_batches(batch_size=ROWS):
            yield Rows(tidy(pyarrow.Table.from_batches([batch])))


def _csv(path: Path, separator: str) -> Iterator[Part]:
    csv.field_size_limit(LONGEST_CELL)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, delimiter=separator)
        header = next(reader, [])
        while True:
            rows = list(islice(reader, ROWS))
            yield _rows(header, rows)
            if len(rows) < ROWS:
                return


def _rows(header: list[str], rows: list[list[str]]) -> Rows:
    """Make a table of rows of cells; cells beyond the header have columns of their own."""
    width = max([len(header), *map(len, rows)])
    names = [*header, *(f"column {place + 1}" for place in range(len(header), width))]
    columns = [[(row[place] or None) if place < len(row) else None for row in rows] for place in range(width)]
    return Rows(tidy(pyarrow.table([pyarrow.array(column, pyarrow.string()) for column in columns], names=names)))


def _plain(path: Path) -> Iterator[Part]:
    yield Text(path.read_text(encoding="utf-8-sig"), single_names=not is_of_a_model(path))


def _json(path: Path) -> Iterator[Part]:
    keys: list[str] = []
    texts: list[str] = []
    columns: dict[str, list[str]] = defaultdict(list)
    _walk(json.loads(path.read_text(encoding="utf-8-sig")), "", keys, texts, columns)
    if path.name.startswith(("tokenizer", "vocab")):
        # The entries of a vocabulary stand beside each other by chance; some write a blank as Ġ.
        yield from (Text(text.replace("Ġ", " "), single_names=False) for text in dict.fromkeys(keys + texts))
        return
    for part in (keys, texts):
        yield Text("\n".join(part), single_names=not is_of_a_model(path))
    for key, values in columns.items():
        yield Rows(pyarrow.table({key: pyarrow.array(values, pyarrow.string())}), records=False)


def _walk(value: Any, key: str, keys: list[str], texts: list[str], columns: dict[str, list[str]]) -> None:
    """Collect keys and texts in their order, and values by their key."""
    if isinstance(value, dict):
        keys.extend(value)
        for name, inner in value.items():
            _walk(inner, name, keys, texts, columns)
    elif isinstance(value, list):
        for inner in value:
            _walk(inner, key, keys, texts, columns)
    elif isinstance(value, str):
        texts.append(value)
        columns[key].append(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        columns[key].append(str(value))


def _markup(path: Path) -> Iterator[Part]:
    yield from visible(path.read_text(encoding="utf-8-sig"))


class _Reader(HTMLParser):
    """Keeps the text that a reader sees apart from what stands in attributes, comments and declarations."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen: list[str] = []
        self.beside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_endtag(tag)
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

    handle_pi = unknown_decl = handle_comment


def visible(markup: str) -> Iterator[Text | Unsearchable]:
    """Yield the text that a reader sees, what stands beside it, and the texts of embedded files.

    Embedded files that are no text (photographs, fonts) cannot be read: a fault for each.
    """
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    seen, beside = "".join(reader.seen), "\n".join(reader.beside)
    for text in (seen, beside):
        yield Text(_FONTS.sub("", _DATA_URL.sub("", text)))
    if "%" in beside:
        yield Text(unquote(_DATA_URL.sub("", beside)))
    for data_url in _DATA_URL.findall(f"{seen}\n{beside}"):
        embedded = _embedded_text(*data_url)
        if embedded is None:
            yield Unsearchable("cannot be checked: an embedded file that is no text")
        else:
            yield from visible(embedded)


def _embedded_text(media_type: str, options: str, content: str) -> str | None:
    if media_type not in _READABLE_TYPES:
        return None
    try:
        raw = base64.b64decode(unquote(content), validate=True) if "base64" in options else unquote_to_bytes(content)
        return raw.decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return None


def _safetensors(path: Path) -> Iterator[Part]:
    """Yield the names of tensors and the metadata beside them, and a fault for all that is not weights.

    Raise ValueError when the file is not laid out as the format demands, or has a byte that belongs to no tensor.
    """
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if length > LONGEST_HEADER:
            raise ValueError("the header is longer than the format allows")
        header = json.loads(stream.read(length).decode("utf-8"), object_pairs_hook=_unique)
        if not isinstance(header, dict) or not all(isinstance(entry, dict) for entry in header.values()):
            raise ValueError("the header is no table of tensors")
        metadata = header.pop("__metadata__", {})
        if not all(isinstance(value, str) for value in metadata.values()):
            raise ValueError("the metadata beside the tensors are no texts")
        yield Text("\n".join([*header, *(f"{key} {value}" for key, value in metadata.items())]))
        if not {tensor.get("dtype") for tensor in header.values()} <= FLOATS.keys():
            yield Unsearchable("cannot be checked: a tensor of other numbers than floats")
            return
        # Tensors fill their part of the file without a gap, an overlap or a rest.
        extents = sorted(map(_extent, header.values()))
        ends = [0, *(end for _, end in extents)]
        if [begin for begin, _ in extents] != ends[:-1] or ends[-1] != path.stat().st_size - 8 - length:
            raise ValueError("bytes that belong to no tensor, or to two")
        if _holds_text(stream):
            yield Unsearchable("cannot be checked: a text among the numbers of a tensor")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON; of a key that stands twice, a reader would see one value only."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key of the header stands twice")
    return found


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
    text, last = bytes([1]) * TEXT_LENGTH, b""
    while chunk := stream.read(_BYTES_AT_A_TIME):
        marks = last + chunk.translate(_PRINTABLE)
        if text in marks:
            return True
        last = marks[1 - TEXT_LENGTH :]
    return False


READERS: dict[str, Callable[[Path], Iterator[Part]]] = {
    ".parquet": _parquet,
    ".csv": partial(_csv, separator=","),
    ".tsv": partial(_csv, separator="\t"),
    ".json": _json,
    ".html": _markup,
    ".svg": _markup,
    WEIGHTS: _safetensors,
    **dict.fromkeys((".log", ".txt", ".md", ".rst", ".yaml", ".yml", ".metadata", ".lock"), _plain),
}


def is_of_a_model(path: Path) -> bool:
    """Tell whether a file belongs to a model or an adapter: texts of the libraries and of those who made the model."""
    return any(path.with_name(name).exists() for name in ("model.json", "adapter_config.json"))


def origin_of(path: Path, digest: str) -> str | None:
    """Return where a file is from, by the manifest beside it with its digest: the ``hub``, or the ``workflow``.

    The workflow wrote adapters and demo models. The manifest of a model in a folder that a user names says nothing: its
    digests are of what lay there.
    """
    source, of_model = _manifest(path.with_name("model.json"))
    if "hub" in source and of_model.get(path.name) == digest and path.name != "model.json":
        return "hub"
    _, of_adapter = _manifest(path.with_name("manifest.json"))
    is_written = of_adapter.get(path.name) == digest or ("demo" in source and of_model.get(path.name) == digest)
    return "workflow" if is_written else None


def _manifest(path: Path) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return a manifest's source and digests by file; one that is missing or cannot be read says nothing."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        content = None
    source, digests = (content.get(key) if isinstance(content, dict) else None for key in ("source", "files"))
    return source if isinstance(source, dict) else {}, digests if isinstance(digests, dict) else {}
