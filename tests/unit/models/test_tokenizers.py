import json
import os
import subprocess
import sys

from radonc.models.loading import load_tokenizer
from radonc.models.tokenizers import n_positions, open_tokenizer

TEXT = "Diagnosis: C50.9 left breast, 40.05 Gy in 15 fractions"
ALONE = """
import json, sys
from radonc.models.tokenizers import n_positions, open_tokenizer
folder, text = sys.argv[1:]
print(json.dumps([open_tokenizer(folder)(text)["input_ids"], n_positions(folder), "torch._C" in sys.modules]))
"""


def test_without_torch_it_is_the_tokenizer_of_training(base) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-c", ALONE, str(base), TEXT]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    expected = load_tokenizer(base)(TEXT)["input_ids"]
    assert json.loads(done.stdout.splitlines()[-1]) == [expected, n_positions(base), False]


def test_where_torch_is_loaded_it_stays(base) -> None:
    import torch

    assert open_tokenizer(base)(TEXT)["input_ids"] == load_tokenizer(base)(TEXT)["input_ids"]
    assert sys.modules["torch"] is torch
