"""Shifted dates, for use under an expert determination only: they are still dates in the sense of Safe Harbor.

45 CFR 164.514(b)(2)(i)(C) allows no element of a date but the year; a date that was shifted by some days is a date.
Under 164.514(b)(1) an expert may determine that the risk is very small. The table therefore stays in the private area,
and only such a determination permits its release.
"""

import hashlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from radonc.data import fields, schemas
from radonc.data.fields import Kind
from radonc.deid.crosswalk import Crosswalk

SHIFTED_DATES = fields.table(
    "shifted_dates", fields.key("patient_id"), fields.key("record_id"), fields.word("column"), fields.date("shifted")
)
"""One row per date except dates of birth: pseudonyms of patient and record, the column, and the shifted date."""


def shift(tables: Mapping[str, pd.DataFrame], crosswalk: Crosswalk, secret: bytes, n_days: int) -> pd.DataFrame:
    """Return all dates shifted by 1 to ``n_days`` days, each patient's by the same number, so that intervals stay.

    Whoever has the secret, which never leaves the private area, can shift the dates back.
    """
    parts = []
    for name, key in (("patients", "patient_id"), ("diagnoses", "diagnosis_id"), ("plans", "plan_id")):
        frame = tables[name]
        days = frame["patient_id"].map(lambda patient: offset(patient, secret, n_days))
        for column in fields.columns_of(schemas.CANONICAL[name], Kind.DATE):
            if column != "birth_date":
                shifted = {
                    "patient_id": crosswalk.replace("patient_id", frame["patient_id"]),
                    "record_id": crosswalk.replace(key, frame[key]),
                    "column": column,
                    "shifted": frame[column] + pd.to_timedelta(days, unit="D"),
                }
                parts.append(pd.DataFrame(shifted).dropna(subset="shifted"))
    return pd.concat(parts, ignore_index=True)


def offset(patient: str, secret: bytes, n_days: int) -> int:
    """Return by how many days a patient's dates are shifted: never 0, the same in every run with the same secret."""
    number = int.from_bytes(hashlib.blake2b(patient.encode(), key=secret).digest(), "big") % (2 * n_days)
    return number - n_days if number < n_days else number - n_days + 1


def load_or_create_secret(path: str | Path) -> bytes:
    """Return the secret in a file of the private area; without such a file, draw one and keep it (mode 0600)."""
    path = Path(path)
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
            stream.write(secrets.token_bytes(32))
    return path.read_bytes()
