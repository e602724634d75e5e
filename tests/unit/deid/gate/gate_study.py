"""A finished study in miniature: its private area, and what leaves it, clean."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from deid_extract import DIAGNOSIS, WHITFIELD, YOUNG, crosswalk_of, extract
from safetensors.numpy import save_file

from radonc.data import schemas
from radonc.deid.crosswalk import PREFIXES, Crosswalk
from radonc.runtime import tables as files
from radonc.runtime.hashing import hash_file

HODGKIN = YOUNG | {
    "patient_id": "100888",
    "first_name": "Otto",
    "last_name": "Hodgkin",
    "mrn": "00777001",
    "phone": None,
}
DIAGNOSES = (
    DIAGNOSIS,
    DIAGNOSIS | {"diagnosis_id": "DX70002", "patient_id": "100777", "physician": None, "histology": "Hodgkin lymphoma"},
)


def study_extract() -> dict[str, pd.DataFrame]:
    """Return the canonical tables of three patients, to be changed at will."""
    return {name: frame.copy() for name, frame in _validated().items()}


@cache
def _validated() -> dict[str, pd.DataFrame]:
    return extract(patients=(WHITFIELD, YOUNG, HODGKIN), diagnoses=DIAGNOSES)


def without_columns(tables: Mapping[str, pd.DataFrame], walk: Crosswalk) -> dict[str, pd.DataFrame]:
    """Return the tables as they leave, but for their texts, which nobody scrubbed."""
    released = {}
    for name, schema in schemas.DEIDENTIFIED.items():
        frame = tables[name][list(schema.columns)].copy()
        for key in PREFIXES:
            if key in frame:
                frame[key] = walk.replace(key, frame[key])
        released[name] = frame
    return released


PAGE = """<!DOCTYPE html><html><head><title>Report</title><style>td {{ font-family: Geneva, Vera }}</style></head>
<body><h1 title="{attribute}">Tuned against base, Wilcoxon signed-rank</h1><table><tr><td>Accuracy</td>
<td data-value="79.3548387096774">79 %</td></tr></table><p>History: {text}</p>
<svg><text x="1">{drawn}</text></svg><!-- {comment} --></body></html>
"""
PICTURE = """<svg xmlns="http://www.w3.org/2000/svg"><title>Flow</title><desc>{text}</desc>
<text style="font-family: 'Lucida Grande'">Excluded: 20</text></svg>
"""
WEIGHTS = np.random.default_rng(1).normal(0, 0.02, (16, 128)).astype(np.float32)
TOKENS = ["Ġcarcinoma", "Ġof", "White", "Ġthe", "Smith", "ĠWhitfield", "Harriet", "2014"]


def page(**texts: str) -> str:
    """Return an HTML page with texts in some of its places."""
    return PAGE.format(**{"text": "", "attribute": "", "comment": "", "drawn": "", **texts})


class House:
    """A folder with a study's results, and its private area."""

    def __init__(self, folder: Path) -> None:
        self.below = ""
        self.results = folder / "results"
        self.private = self.results / "private"
        self.tables = study_extract()
        self.walk = crosswalk_of(self.tables, self.results)
        for name, frame in self.tables.items():
            self._table(frame, f"private/extract/{name}.parquet")
        self.case = self.walk.pseudonyms["patient_id"]["100234"]
        self.write_clean()

    def write_clean(self) -> None:
        """Write everything that leaves, without an identifier."""
        for name, frame in without_columns(self.tables, self.walk).items():
            self._table(frame, f"deid/{name}.parquet")
        for artefact in WRITERS:
            self.write(artefact, "s/p lumpectomy, 0/3 nodes")
        self._text("", ".gitkeep")
        self.weights({"lora_A.weight": WEIGHTS, "lora_B.weight": 0 * WEIGHTS})
        self._text("{}", "adapters/demo-llama/icd10/adapter_config.json")
        self._text("Emissions: see Lacoste et al. (2019)", "adapters/demo-llama/icd10/README.md")

    def weights(
        self,
        tensors: Mapping[str, np.ndarray],
        notes: Mapping[str, str] | None = None,
        name: str = "adapters/demo-llama/icd10/adapter_model.safetensors",
    ) -> str:
        """Write weights as PEFT does, and their manifest, and return their name."""
        self._text("", name)
        save_file(dict(tensors), self.results / name, metadata={"format": "pt", **(notes or {})})
        return self.vouch(name)

    def vouch(self, name: str) -> str:
        """Write a manifest as a training run leaves it, with a file's digest as it is now beside those it has."""
        path = self.results / name
        manifest = path.with_name("manifest.json")
        known = files.read_json(manifest)["files"] if manifest.exists() else {}
        files.write_json({"run": "seed1", "files": {**known, path.name: hash_file(path)}}, manifest)
        return name

    def write(self, artefact: str, text: str, below: str = "") -> str:
        """Write one artefact with a text in it, in a folder of its own if one is named, and return its name."""
        self.below = below
        return WRITERS[artefact](self, text)

    def _table(self, frame: pd.DataFrame, name: str) -> str:
        name = self.below + name
        path = self.results / name
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(path, index=False)
        return name

    def _sheet(self, frame: pd.DataFrame, name: str) -> str:
        files.write_csv(frame, self.results / self.below / name)
        return self.below + name

    def _text(self, text: str, name: str) -> str:
        files.write_text(text, self.results / self.below / name)
        return self.below + name

    # ---- the kinds of what leaves ------------------------------------------------------------------------------

    def table(self, text: str) -> str:
        frame = without_columns(self.tables, self.walk)["diagnoses"]
        return self._table(frame.assign(history=[text, "well"]), "deid/diagnoses.parquet")

    def pairs(self, text: str) -> str:
        prompt = f"Patient: female, 62\nHistory: {text}\nQuestion: Which code?\nAnswer:"
        row = {"case_id": self.case, "split": "train", "prompt": prompt, "completion": " C50.411"}
        return self._table(pd.DataFrame([row]), "pairs/icd10/train.parquet")

    def predictions(self, text: str) -> str:
        row = {
            "case_id": self.case, "task": "regimen", "model": "demo-llama", "arm": "base",
            "prompt_digest": "a8099006f1803392", "reference": "right breast", "answer": text, "n_tokens": 7,
        }  # fmt: skip
        return self._table(pd.DataFrame([row]), "predictions/demo-llama/base/regimen.parquet")

    def worksheet(self, text: str) -> str:
        details = f"sex: female; site: breast; history: {text}"
        row = {"case_id": self.case, "task": "regimen", "reason": "modality_missing", "details": details, "answer": ""}
        return self._sheet(pd.DataFrame([row]), "annotation/worksheet.csv")

    def review(self, text: str) -> str:
        row = {
            "item": "r5f363534ae8f",
            "sex": "female",
            "history": text,
            "regimen": "right breast: 50 Gy",
            "rating": "",
        }
        return self._sheet(pd.DataFrame([row]), "review/reviewer-1.csv")

    def record(self, text: str) -> str:
        value: Any = {"seed": 20250130, "n_parameters": 1803392, "code_set": "April 2025", "steps": [{"note": text}]}
        return self._text(json.dumps(value), "cohort/flow.json")

    def log(self, text: str) -> str:
        return self._text(f"09:54:16 INFO read 3 rows\n09:54:17 INFO {text}\n", "logs/extract.log")

    def benchmark(self, text: str) -> str:
        return self._text(f"s\th:m:s\tmax_rss\n2.87\t0:00:02\t{text}\n", "benchmarks/extract.tsv")

    def page(self, text: str) -> str:
        return self._text(page(text=text), "report/report.html")

    def attribute(self, text: str) -> str:
        return self._text(page(attribute=text), "report/privacy.html")

    def comment(self, text: str) -> str:
        return self._text(page(comment=text), "report/comments.html")

    def drawn(self, text: str) -> str:
        return self._text(page(drawn=text), "report/drawn.html")

    def picture(self, text: str) -> str:
        return self._text(PICTURE.format(text=text), "cohort/flow.svg")

    def vocabulary(self, text: str) -> str:
        tokens = {token: place for place, token in enumerate([*TOKENS, text])}
        return self._text(json.dumps({"model": {"vocab": tokens}}), "models/demo-llama/tokenizer.json")


WRITERS = {
    name: getattr(House, name)
    for name in (
        "table", "pairs", "predictions", "worksheet", "review", "record", "log", "benchmark", "page", "attribute",
        "comment", "drawn", "picture", "vocabulary",
    )
}  # fmt: skip
"""The kinds of what leaves, each with the function that writes one."""

KEYED = ("table", "pairs", "predictions", "worksheet")
"""Those whose rows say whose they are."""
