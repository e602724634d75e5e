import importlib.util
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from radonc.runtime import environment

LIBRARY = Path(environment.__file__).parents[2]

# Each way that a job could reach for the hub, and what it must end in.
ATTEMPTS = {
    "load_model('owner/name', bf16=False)": "OSError",
    "load_tokenizer('owner/name')": "OSError",
    "huggingface_hub.hf_hub_download('owner/name', 'config.json')": "LocalEntryNotFoundError",
    "huggingface_hub.HfApi().model_info('owner/name')": "OfflineModeIsEnabled",
    "datasets.load_dataset('owner/name')": "ConnectionError",
}


@pytest.fixture
def hub() -> Iterator[tuple[str, list[object]]]:
    """A hub that would answer nobody: its address, and who connected."""
    connected: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            while True:
                try:
                    connected.append(server.accept())
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", connected
        server.shutdown(socket.SHUT_RDWR)


def run(imports: str, attempts: list[str], folder: Path, **variables: str) -> list[list[str]]:
    """Run offline what a job might try; return the error of each attempt, its seconds and its text."""
    program = f"""
import json, time
from radonc.runtime.environment import go_offline
go_offline()
{imports}
said = []
for attempt in {attempts}:
    started = time.monotonic()
    try:
        exec(attempt)
        said.append(["none", 0, ""])
    except Exception as error:
        said.append([type(error).__name__, time.monotonic() - started, str(error)])
print(json.dumps(said))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(LIBRARY), **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_job_that_reaches_for_the_hub_fails_at_once(hub, tmp_path) -> None:
    address, connected = hub
    imports = "import datasets, huggingface_hub; from radonc.models.loading import load_model, load_tokenizer"
    said = run(imports, list(ATTEMPTS), tmp_path, HF_ENDPOINT=address, HF_HUB_OFFLINE="0")
    assert [name for name, *_ in said] == list(ATTEMPTS.values()), said
    assert max(seconds for _, seconds, _ in said) < 2
    assert connected == []


def test_a_library_that_respects_no_switch_is_refused_at_the_socket(tmp_path) -> None:
    # An address of documentation: without the refusal this would wait for minutes.
    [(name, seconds, text)] = run("import urllib.request", ["urllib.request.urlopen('http://192.0.2.1/')"], tmp_path)
    assert name == "StudyError"
    assert seconds < 1
    assert "tried to reach 192.0.2.1: only fetch_model may" in text


def test_a_connection_within_the_machine_is_none_of_the_hub(hub, tmp_path) -> None:
    address, connected = hub
    port = address.rsplit(":", 1)[1]
    attempts = [f"socket.create_connection(('{name}', {port}))" for name in ("127.0.0.1", "localhost")]
    assert [name for name, *_ in run("import socket", attempts, tmp_path)] == ["none", "none"]
    for _ in range(100):
        if len(connected) == 2:
            break
        time.sleep(0.02)
    assert len(connected) == 2


def test_nothing_may_reach_for_a_network(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", dict(os.environ, HF_HUB_OFFLINE="0", HF_TOKEN="hf_secret"))
    environment.go_offline()
    for switch in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "HF_EVALUATE_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
        assert os.environ[switch] == "1"
    # Absolute: a job that changes its folder keeps its cache.
    assert os.environ["HF_HOME"] == str(tmp_path.resolve() / environment.CACHE)
    assert "HF_TOKEN" not in os.environ


def test_what_is_left_out_counts_as_not_installed(monkeypatch) -> None:
    monkeypatch.setattr(sys, "modules", {**sys.modules})
    sys.modules.pop("tabnanny", None)
    environment.leave_out("tabnanny")
    assert importlib.util.find_spec("tabnanny") is None
    with pytest.raises(ImportError):
        import tabnanny  # noqa: F401


def test_what_is_in_use_is_not_left_out() -> None:
    environment.leave_out("importlib.util")
    assert sys.modules["importlib.util"] is importlib.util
