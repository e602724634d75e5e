"""Random pseudonyms, and the crosswalk: the private file that maps source ids to them.

45 CFR 164.514(c): a code for a person must not be derived from information about that person. Pseudonyms are therefore
drawn, not computed, and the crosswalk is the only way back.
"""

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pandas as pd
import pandera.pandas as pa
import pyarrow
from pyarrow.dataset import Expression, field

from radonc.runtime import tables as files
from radonc.runtime.errors import StudyError

PREFIXES = {"patient_id": "P", "diagnosis_id": "D", "plan_id": "L"}
"""The key columns of the canonical tables, and the letter that starts their pseudonyms."""

# No vowels (no pseudonym spells a word) and no characters that look alike (0 O, 1 I L).
ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"
LENGTH = 8
COLUMNS = {
    "key": pa.Column(str, pa.Check.isin(PREFIXES)),
    "source_id": pa.Column(str),
    "pseudonym": pa.Column(str, pa.Check.str_matches(rf"^[PDL][{ALPHABET}]{{{LENGTH}}}$"), unique=True),
}
SCHEMA = pa.DataFrameSchema(COLUMNS, name="crosswalk", strict=True, ordered=True, unique=["key", "source_id"])


@dataclass(frozen=True)
class Crosswalk:
    """The pseudonym of every source id, by key column."""

    pseudonyms: Mapping[str, Mapping[str, str]]

    def replace(self, key: str, source_ids: pd.Series) -> pd.Series:
        """Return the pseudonyms of a key column's values; missing values stay missing.

        Raise StudyError when an id has no pseudonym: an id that cannot be replaced must not pass.
        """
        replaced = source_ids.map(self.pseudonyms[key])
        if n_unknown := int((replaced.isna() & source_ids.notna()).sum()):
            raise StudyError(
                f"crosswalk: {n_unknown} value(s) of column '{key}' have no pseudonym; make the crosswalk from the "
                "same tables that are de-identified"
            )
        return replaced.astype("str")


def load_or_create(path: str | Path, tables: Mapping[str, pd.DataFrame], seed: int | None) -> Crosswalk:
    """Return a crosswalk that covers all ids of the canonical tables, and keep it in a Parquet file with mode 0600.

    Ids that the file already holds keep their pseudonyms, even those that are no longer in the tables: a later extract
    may bring them back. Raise StudyError when the file is not a crosswalk.

    Without a seed, pseudonyms are drawn from the operating system's randomness. With one, each is a keyed hash of seed
    and id, so that a lost crosswalk comes back the same, whatever patients were added since. Whoever knows the seed
    can compute pseudonyms from ids: for synthetic or public data only.
    """
    path = Path(path)
    known = _load(path) if path.exists() else {key: {} for key in PREFIXES}
    taken = {pseudonym for ids in known.values() for pseudonym in ids.values()}
    for key, prefix in PREFIXES.items():
        for source_id in sorted(_ids(key, tables.values()) - known[key].keys()):
            draws = _seeded(seed, key, source_id) if seed is not None else _random()
            fresh = next(pseudonym for draw in draws if (pseudonym := prefix + draw) not in taken)
            known[key][source_id] = fresh
            taken.add(fresh)
    _save(known, path)
    return Crosswalk(known)


def _ids(key: str, frames: Iterable[pd.DataFrame]) -> set[str]:
    return {str(value) for frame in frames if key in frame for value in frame[key].dropna().unique()}


def _random() -> Iterator[str]:
    while True:
        yield "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def _seeded(seed: int, key: str, source_id: str) -> Iterator[str]:
    for attempt in count():
        message = "\0".join((key, source_id, str(attempt))).encode()
        number = int.from_bytes(hashlib.blake2b(message, key=str(seed).encode()).digest(), "big")
        letters = []
        for _ in range(LENGTH):
            number, index = divmod(number, len(ALPHABET))
            letters.append(ALPHABET[index])
        yield "".join(letters)


def load(path: str | Path, tables: Mapping[str, pd.DataFrame] | None = None) -> Crosswalk:
    """Return the crosswalk of a file; with tables, the pseudonyms of the ids in them and no others.

    A shard needs no memory for the rest. Raise StudyError when the file is not a crosswalk.
    """
    if tables is None:
        return Crosswalk(_load(Path(path)))
    wanted = set().union(*(_ids(key, tables.values()) for key in PREFIXES))
    return Crosswalk(_load(Path(path), field("source_id").isin(pyarrow.array(sorted(wanted), pyarrow.string()))))


def _load(path: Path, rows: Expression | None = None) -> dict[str, dict[str, str]]:
    frame: pd.DataFrame | None = None
    with suppress(OSError, ValueError):
        frame = files.validate(pd.read_parquet(path, filters=rows), SCHEMA)
    if frame is None:
        raise StudyError(f"{path} is no readable crosswalk; put the right file back, or move it away to draw anew")
    by_key = {key: frame[frame["key"] == key] for key in PREFIXES}
    return {key: dict(zip(of_key["source_id"], of_key["pseudonym"], strict=True)) for key, of_key in by_key.items()}


def _save(known: Mapping[str, Mapping[str, str]], path: Path) -> None:
    rows = [(key, source_id, pseudonym) for key, ids in known.items() for source_id, pseudonym in ids.items()]
    frame = files.validate(pd.DataFrame(sorted(rows), columns=list(COLUMNS), dtype="str"), SCHEMA)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)

    def write_locked(part: Path) -> None:
        # Created with its mode, not changed to it afterwards: at no time can others open the file.
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
            frame.to_parquet(stream, index=False)

    files.write_atomically(path, write_locked)
