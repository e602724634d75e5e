import subprocess
import sys
from pathlib import Path

MAKE = Path(__file__).parents[3] / "benchmarks" / "deid" / "corpus" / "make.py"


def test_the_frozen_corpus_is_as_it_was_frozen(tmp_path):
    out = tmp_path / "corpus.jsonl"
    made = subprocess.run([sys.executable, MAKE, "--check", "--out", out], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    assert len(out.read_text(encoding="utf-8").splitlines()) == 3903
