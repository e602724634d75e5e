"""What people found in the released texts: their sheets read back, and how much was missed, with exact intervals."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from radonc.deid import sampling
from radonc.runtime import tables
from radonc.runtime.errors import StudyError
from radonc.statistics.agreement import agreements
from radonc.statistics.proportions import at_least, exact, poisson
from radonc.vocabulary.tags import TAG, Label

KINDS = tuple(label.value.lower() for label in Label)
"""What a missed identifier may be."""
COLUMNS = ["reader", "item", "missed", "kinds"]


def read_sheets(folder: str | Path, sheet: pd.DataFrame) -> pd.DataFrame:
    """Read the filled-in copies of ``sheet`` in a folder, which may be missing: CSV files, of one reader or several.

    Returns
    -------
    DataFrame
        ``reader``, ``item``, ``missed`` (identifiers found), ``kinds`` (of ``KINDS``): one row per text read.
        Rows without a number have not been read.

    Raises
    ------
    StudyError
        When a file is no CSV, a row names an unknown item or holds another text than the sheet did, or what was filled
        in is not allowed: with file and row, never with what stood there.
    """
    texts = {item: " ".join(text.split()) for item, text in zip(sheet["item"], sheet["text"], strict=True)}
    found: dict[tuple[str, str], tuple[int, tuple[str, ...]]] = {}
    for path in sorted(Path(folder).glob("[!.~]*")):
        if path.suffix != ".csv":
            if path.suffix.lower() in {".xlsx", ".xls", ".ods", ".tsv", ".csv"}:
                raise StudyError(f"{path}: a reader's sheet is a .csv file; save it as CSV, or move it elsewhere")
            continue
        for place, reader, item, missed, kinds in _rows(path, texts):
            if (reader, item) in found:
                raise StudyError(f"{place}: this reader has this item twice; leave one row")
            found[reader, item] = missed, kinds
    rows = [(*key, *value) for key, value in sorted(found.items())]
    return pd.DataFrame(rows, columns=COLUMNS)


def summarise(
    readings: pd.DataFrame, sheet: pd.DataFrame, strata: Sequence[dict[str, Any]], *, confidence: float
) -> dict[str, Any]:
    """Summarise what was missed by ``readings`` of a ``sheet`` and its ``strata``, as of ``sampling.sample``.

    A text of several readers counts once, with the greatest of their numbers and the kinds of all. Recall is the share
    of redactions among redactions and missed identifiers; needless redactions count.

    Returns
    -------
    dict
        ``items`` on the sheet, ``read`` by anyone, ``outstanding``, ``readers`` (reader -> texts read), ``words`` and
        ``n_redactions`` (tags) in the texts read, ``missed``, ``texts_with_misses``, ``kinds`` (kind -> texts),
        ``agreement`` of two readers on whether a text holds an identifier, ``strata``, and the rates ``per_text``,
        ``per_1000_words`` and ``recall`` with their ends ``low`` and ``high``; ``recall`` has ``at_least`` besides. A
        rate is None before any text has been read.
    """
    read = readings.groupby("item", sort=True).agg({"missed": "max", "kinds": "sum"})
    texts = sheet.set_index("item")["text"].reindex(read.index)
    n_words, n_redactions = sum(map(sampling.n_words, texts)), sum(len(TAG.findall(text)) for text in texts)
    n_missed, n_with = int(read["missed"].sum()), int((read["missed"] > 0).sum())
    n_places = n_redactions + n_missed
    recall = _rate(n_redactions, n_places, confidence)
    per_1000 = None
    if n_words:
        low, high = (1000 * end / n_words for end in poisson(n_missed, confidence))
        per_1000 = {"value": 1000 * n_missed / n_words, "low": low, "high": high}
    return {
        "items": len(sheet),
        "read": len(read),
        "outstanding": len(sheet) - len(read),
        "readers": {str(reader): len(rows) for reader, rows in readings.groupby("reader", sort=True)},
        "words": n_words,
        "n_redactions": n_redactions,
        "missed": n_missed,
        "texts_with_misses": n_with,
        "kinds": {kind: n for kind in KINDS if (n := sum(kind in kinds for kinds in read["kinds"]))},
        "confidence": confidence,
        "per_text": _rate(n_with, len(read), confidence),
        "per_1000_words": per_1000,
        "recall": recall and recall | {"at_least": at_least(n_redactions, n_places, confidence)},
        "agreement": agreements(readings.rename(columns={"reader": "reviewer"}).assign(rating=readings["missed"] > 0)),
        "strata": list(strata),
    }


def _rate(count: int, n: int, confidence: float) -> dict[str, float] | None:
    if not n:
        return None
    low, high = exact(count, n, confidence)
    return {"value": count / n, "low": low, "high": high}


def _rows(path: Path, texts: dict[str, str]) -> Iterator[tuple[str, str, str, int, tuple[str, ...]]]:
    """Yield place, reader, item, number and kinds of each row that has been read."""
    sheet = tables.read_sheet(path, ["item", "text", *sampling.FILLED_IN])
    for row, item, text, missed, kinds, reader in sheet.itertuples(name=None):
        place = f"{path}, row {row}"
        if not missed:
            if kinds:
                raise StudyError(f"{place}: 'kinds' is filled in, 'n_identifiers_missed' is not; fill in both")
            continue
        if item not in texts:
            raise StudyError(f"{place}: column 'item' names none of the sheet's items; copy it from the present sheet")
        if " ".join(text.split()) != texts[item]:
            raise StudyError(
                f"{place}: column 'text' is not the text that the sheet shows for this item; only "
                f"{', '.join(sampling.FILLED_IN)} are to be filled in: copy the row from the present sheet"
            )
        if not re.fullmatch("[a-z0-9_-]+", reader):
            raise StudyError(
                f"{place}: column 'reader' allows small letters, digits, - and _; write who reads, such as reader-1, "
                "in every row that has been read, and no one's full name"
            )
        if not re.fullmatch("[0-9]{1,3}", missed):
            raise StudyError(
                f"{place}: column 'n_identifiers_missed' allows whole numbers: 0 where the text holds no identifier"
            )
        named = tuple(dict.fromkeys(re.split(r"[\s,;/]+", kinds.casefold()))) if kinds else ()
        if not set(named) <= set(KINDS):
            raise StudyError(f"{place}: column 'kinds' allows {', '.join(KINDS)}, with commas between; never the words")
        if len(named) > int(missed) or (int(missed) and not named):
            raise StudyError(
                f"{place}: 'kinds' and 'n_identifiers_missed' do not agree; name at least one kind, and no more kinds "
                "than identifiers"
            )
        yield place, reader, item, int(missed), named
