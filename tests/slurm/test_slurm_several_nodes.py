"""A model that several nodes train together: one process on each (gloo; on CPUs each holds all weights, no FSDP)."""

from __future__ import annotations

import json

import pandas as pd
import yaml
from checkouts import CONFIG
from runs import RECIPES


def test_two_nodes_learn_what_one_learns(site) -> None:
    path = site.checkout.folder / CONFIG
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    folder = config["models"]["llama"]["folder"]
    config["models"] = {name: {"folder": folder, "recipe": RECIPES[name]} for name in ("narrow", "wide")}
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    site.train_from_a_job()
    assert sorted(("wide" in job["Comment"], job["NumNodes"]) for job in site.jobs()) == [(False, "1"), (True, "2")]
    folders = {name: site.checkout.results / "adapters" / name / "icd10" / "seed1" for name in ("narrow", "wide")}
    manifests = {name: json.loads((folder / "manifest.json").read_text()) for name, folder in folders.items()}
    assert {name: manifest["n_devices"] for name, manifest in manifests.items()} == {"narrow": 1, "wide": 2}
    one, two = (pd.read_parquet(folders[name] / "curve.parquet") for name in ("narrow", "wide"))
    validated = "validation_loss"
    pd.testing.assert_frame_equal(one.drop(columns=validated), two.drop(columns=validated), rtol=1e-4)
    # Two nodes fill up the last batch with pairs that were counted before.
    pd.testing.assert_series_equal(one[validated], two[validated], rtol=1e-3)
