"""The words that a de-identified text may keep, and the names of people.

Each source can be cited: the project's lists of the field's words (``words.*.txt`` beside this module), the titles of
ICD-10-CM, an English dictionary, and the census. All words are *tokens*: runs of letters, in lower case and without
accents. Data of packages are read as files, since importing the packages takes longer.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import distribution, version
from pathlib import Path
from types import MappingProxyType
from typing import Any

import radonc
from radonc.wordlists import hunspell

PROJECT_LISTS = ("abbreviations", "anatomy", "clinical", "drugs", "histology", "radiotherapy")
"""The project's lists of plain words; ``eponyms``, ``affixes``, ``alphanumeric`` and ``nicknames`` have functions."""

_CENSUS = ("dist.all.last", "dist.female.first", "dist.male.first")
_LETTERS = re.compile(r"[^\W\d_]+")
_BLANKS = bytes(byte if byte > 127 or chr(byte).isalpha() else ord(" ") for byte in range(256))
_TITLE = re.compile(rb"<(?:desc|note)>([^<]*)<")


@dataclass(frozen=True, slots=True)
class Source:
    """A list of words, the package that publishes it, and the SHA-256 of the files read, for manifests."""

    name: str
    origin: str
    version: str
    digest: str
    words: frozenset[str] = field(repr=False)
    """Tokens of two letters or more."""


@cache
def sources() -> tuple[Source, ...]:
    """Return all sources of words that a text may keep."""
    return (*(_project_list(name) for name in PROJECT_LISTS), _icd10(), _english())


def is_derived(word: str, known: Set[str]) -> bool:
    """Tell whether a token that no source lists is built from medical affixes and known tokens, as names are not.

    Vocabularies are never complete: *pubovesicoplasty*, *perineovaginal*, and the drugs of next year.
    """
    beginnings, endings = _affixes()
    if len(word) >= 7 and word.endswith(endings):
        return True
    rests = (word.removeprefix(beginning) for beginning in beginnings if word.startswith(beginning))
    return any(len(rest) >= 5 and rest in known for rest in rests)


@cache
def eponyms() -> Mapping[str, frozenset[str] | None]:
    """Return the surnames after which diseases, grades, signs and units are called.

    Each has the words of which one must stand within two words of it for it to be the eponym and no person (``#`` is
    any number), or None where hardly anyone has the name and it is always the eponym.
    """
    entries = (line.split(":") for line in _lines(_read("eponyms")))
    return MappingProxyType(
        {name.strip(): None if context.strip() == "*" else frozenset(context.split()) for name, context in entries}
    )


@cache
def alphanumeric_terms() -> frozenset[str]:
    """Return clinical terms with digits in them, in lower case: tests, genes, isotopes, trials (``her2``, ``fev1``)."""
    return frozenset(" ".join(_lines(_read("alphanumeric"))).split())


@cache
def nicknames() -> Mapping[str, frozenset[str]]:
    """Return the short and long forms of given names: ``bill`` for ``william``, and ``william`` for ``bill``."""
    found: dict[str, frozenset[str]] = {}
    for forms in map(frozenset, map(str.split, _lines(_read("nicknames")))):
        for form in forms:
            found[form] = found.get(form, frozenset()) | forms - {form}
    return MappingProxyType(found)


@cache
def surnames() -> Mapping[str, float]:
    """Return surnames and the share of the people of the United States who had each in 1990, in per cent."""
    return MappingProxyType(_census(_CENSUS[0]))


@cache
def given_names() -> Mapping[str, float]:
    """Return given names and the share of women, or of men where it is higher, who had each in 1990, in per cent."""
    female, male = map(_census, _CENSUS[1:])
    return MappingProxyType({name: max(female.get(name, 0.0), male.get(name, 0.0)) for name in {**female, **male}})


def provenance() -> list[dict[str, Any]]:
    """Return name, origin, version, digest and number of entries of each source and of the names, for manifests."""
    census = [_package_file("names", f"names/{name}").read_bytes() for name in _CENSUS]
    read = [
        ("eponyms", "radonc-sft", radonc.__version__, _digest(_read("eponyms")), len(eponyms())),
        ("names", "names", version("names"), _digest(*census), len(surnames().keys() | given_names().keys())),
        *((source.name, source.origin, source.version, source.digest, len(source.words)) for source in sources()),
    ]
    keys = ("name", "origin", "version", "digest", "n_words")
    return [dict(zip(keys, values, strict=True)) for values in sorted(read)]


def _project_list(name: str) -> Source:
    content = _read(name)
    return Source(name, "radonc-sft", radonc.__version__, _digest(content), _tokens(_lines(content)))


def _icd10() -> Source:
    """Take the words that titles write in lower case somewhere: the others begin titles, or are names (*Wilson's*)."""
    [path] = _package_file("simple-icd-10-cm", "simple_icd_10_cm/data").glob("icd10c-tabular-*.xml")
    content = path.read_bytes()
    # Split as bytes, which is faster: the list is long and has few distinct words.
    words = {word.decode() for word in set(b" ".join(_TITLE.findall(content)).translate(_BLANKS).split())}
    tokens = _tokens(word for word in words if word.islower())
    return Source("icd10", "simple-icd-10-cm", version("simple-icd-10-cm"), _digest(content), tokens)


def _english() -> Source:
    """Take the dictionary en_US of Hunspell, without its proper names."""
    contents = [_package_file("spylls", f"spylls/hunspell/data/en/en_US.{end}").read_bytes() for end in ("dic", "aff")]
    words = hunspell.expand(*(content.decode() for content in contents))
    return Source("english", "spylls", version("spylls"), _digest(*contents), _tokens(words))


@cache
def _affixes() -> tuple[tuple[str, ...], tuple[str, ...]]:
    affixes = " ".join(_lines(_read("affixes"))).split()
    beginnings = tuple(affix[:-1] for affix in affixes if affix.endswith("-"))
    return beginnings, tuple(affix[1:] for affix in affixes if affix.startswith("-"))


def _census(name: str) -> dict[str, float]:
    """Read a list of the census of 1990: name, per cent, cumulated per cent, rank."""
    content = _package_file("names", f"names/{name}").read_text(encoding="ascii").lower().split()
    return dict(zip(content[::4], map(float, content[1::4]), strict=True))


def _package_file(package: str, path: str) -> Path:
    return Path(str(distribution(package).locate_file(path)))


def _read(name: str) -> bytes:
    return Path(__file__).with_name(f"words.{name}.txt").read_bytes()


def _lines(content: bytes) -> list[str]:
    return [line for line in content.decode().splitlines() if line.strip() and not line.startswith("#")]


def _tokens(texts: Iterable[str]) -> frozenset[str]:
    """Cut texts into words of two letters or more, in lower case and without accents."""
    words = {word for word in _LETTERS.findall(" ".join(texts).lower()) if len(word) > 1}
    accented = {word for word in words if not word.isascii()}
    return frozenset(words - accented | {_plain(word) for word in accented})


def _plain(word: str) -> str:
    return "".join(mark for mark in unicodedata.normalize("NFKD", word) if not unicodedata.combining(mark))


def _digest(*contents: bytes) -> str:
    return hashlib.sha256(b"".join(contents)).hexdigest()
