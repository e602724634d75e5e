"""Shards: many jobs or one, the same bytes."""

import hashlib
from pathlib import Path

RELEASED = ("deid", "cohort", "annotation")


def digests(results: Path) -> dict[str, str]:
    """Return the digest of every file that the data stages release, but for the shards' own."""
    return {
        path.relative_to(results).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for stage in RELEASED
        for path in sorted((results / stage).rglob("*"))
        if path.is_file() and "selected" not in path.parts and path.name != "certificate.json"
    }


def test_two_shards_give_the_bytes_of_one_and_train_nothing(study) -> None:
    before = digests(study.results)
    assert "deid/diagnoses.parquet" in before
    done = study.snakemake("--quiet", "rules", "--set-scatter", "data=2", "--", "all_data", "all_pairs")
    assert done.returncode == 0, done.stderr[-4000:]
    for stage in ("private/deidentified", "cohort/selected"):
        assert {path.name for path in (study.results / stage).glob("*-of-2")} == {"1-of-2", "2-of-2"}
    assert digests(study.results) == before
    assert "build_demo_model" not in done.stdout
    assert {"finetune", "predict_base", "predict_tuned"}.isdisjoint(study.plan("--set-scatter", "data=2"))
