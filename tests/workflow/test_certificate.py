"""The gate over a finished study: what it vouches for, and that a find stops the run and is named without its value."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from radonc.deid.gate.folder import PRIVATE, WRITTEN


@pytest.fixture
def patient(study) -> pd.Series:
    """A patient of the study, with identifiers."""
    patients = pd.read_parquet(study.results / "private" / "extract" / "patients.parquet")
    return patients.dropna(subset=["first_name", "last_name", "mrn", "phone", "email", "street"]).iloc[0]


def values(patient: pd.Series) -> list[str]:
    return [f"{patient['first_name']} {patient['last_name']}", patient["mrn"], patient["phone"], patient["email"]]


def test_the_record_vouches_for_every_file_that_may_leave(finished) -> None:
    record = json.loads((finished.results / "deid" / "certificate.json").read_text())
    assert record["verdict"].startswith(f"no identifier of the extract found in {len(record['digests'])} artefacts;")
    there = {
        path.relative_to(finished.results).as_posix()
        for path in finished.results.rglob("*")
        if path.is_file() and "private" not in path.parts
    }
    own = {"deid/certificate.json", "logs/certify.log", "benchmarks/certify.tsv"}
    assert set(record["digests"]) == there - own
    assert record["not_searched"] == {PRIVATE: ["private"], WRITTEN: ["certify.log", "certificate.json", "certify.tsv"]}
    assert {"tables", "sheets", "pages", "pictures", "logs", "benchmarks", "weights"} <= record["artefacts"].keys()
    assert record["identifiers_searched"]["mrn"] > 300


def plant(path: Path, text: str) -> None:
    """Put a text into a file of the study, where such a text would stand."""
    if path.suffix == ".csv":
        sheet = pd.read_csv(path, dtype=str, keep_default_na=False)
        sheet.assign(details=text).to_csv(path, index=False)
    else:
        path.write_text(f"{path.read_text(encoding='utf-8')}\n{text}", encoding="utf-8")


def test_finds_stop_the_run_where_they_stand(study, patient) -> None:
    secrets = values(patient)
    name, *numbers = secrets
    planted = {
        "logs/extract.log": (name, {"full name"}),
        "deid/reading/sheet.csv": ("; ".join(numbers), {"mrn", "phone", "email"}),
        "report/report.html": ("; ".join(secrets), {"full name", "mrn", "phone", "email"}),
    }
    for place, (text, _) in planted.items():
        plant(study.results / place, text)
    done = study.snakemake("--forcerun", "certify", "--rerun-triggers", "mtime", "--", "certify")
    assert done.returncode != 0
    said = done.stdout + done.stderr + (study.results / "logs" / "certify.log").read_text()
    for place, (_, kinds) in planted.items():
        for kind in kinds:
            assert re.search(f"'{place}'( column 'details')?: {kind} \\(", said)
        assert (study.results / place).exists()
    assert not [secret for secret in secrets if secret.lower() in said.lower()]
    assert not (study.results / "deid" / "certificate.json").exists()


def test_a_folder_can_be_searched_by_itself(study, patient, tmp_path) -> None:
    outgoing = tmp_path / "outgoing"
    outgoing.mkdir()
    (outgoing / "report.html").write_bytes((study.results / "report" / "report.html").read_bytes())
    command = [sys.executable, "-m", "radonc.deid.gate", str(outgoing), "--private", str(study.results / "private")]
    environment = {**os.environ, "PYTHONPATH": str(study.folder / "workflow" / "lib")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    (outgoing / f"{patient['mrn']}.csv").write_text("site\nbreast\n", encoding="utf-8")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "'(name withheld)': mrn in the name (1)" in done.stdout
    assert patient["mrn"] not in done.stdout + done.stderr
