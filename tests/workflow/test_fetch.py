"""Models from the hub, by the real client from a hub on loopback: whole, at one commit, and no token anywhere."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from checkouts import Checkout, check_out, tiny_config
from hub import REPOSITORY, REVISION, Hub, git_digest, serve, sha256

# In two parts, since the checkout that is searched holds this file.
TOKEN = "_".join(("hf", "PlantedTokenThatMustBeNowhere"))
FILES = {
    "config.json": b'{"model_type": "llama"}',
    "tokenizer.json": b'{"version": "1.0"}',
    "model-00001-of-00002.safetensors": b"first weights " * 1000,
    "model-00002-of-00002.safetensors": b"second weights " * 1000,
    "LICENSE.txt": b"a licence",
    # What must stay where it is.
    "pytorch_model.bin": b"a pickle",
    "modeling_own.py": b"raise SystemExit",
    "consolidated.safetensors": b"the same weights in another form",
    "onnx/config.json": b"{}",
}
WANTED = set(FILES) - {"pytorch_model.bin", "modeling_own.py", "consolidated.safetensors", "onnx/config.json"}


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serve(Hub(dict(FILES))) as served:
        yield served


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    checkout = check_out(tmp_path_factory.mktemp("fetching") / "checkout")
    config = tiny_config()
    config["models"] = {
        "small": {"hub": REPOSITORY, "revision": REVISION, "recipe": "config/recipes/mistral-7b.yaml"},
    }
    (checkout.folder / "config" / "tiny.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return checkout


@pytest.fixture
def fetch(
    checkout: Checkout, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], subprocess.CompletedProcess[str]]:
    """Return a function that fetches the model as a user does, with no model there at first."""
    for name in [name for name in os.environ if name.startswith("HF_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HF_ENDPOINT", hub.url)
    monkeypatch.setenv("HOME", str(checkout.folder / "home"))
    subprocess.run(["rm", "-rf", folder_of(checkout)], check=True)
    return lambda: checkout.snakemake("--forcerun", "fetch_model", "--", "all_models")


def folder_of(checkout: Checkout) -> Path:
    return checkout.results / "models" / "small"


def manifest_of(checkout: Checkout) -> dict:
    return json.loads((folder_of(checkout) / "model.json").read_text())


def leaks(checkout: Checkout, done: "subprocess.CompletedProcess[str]") -> list[str]:
    """Return where the token is found, in all that a run left behind and said."""
    found = [str(path) for path in checkout.folder.rglob("*") if path.is_file() and TOKEN.encode() in path.read_bytes()]
    return found + [text for text in (done.stdout, done.stderr) if TOKEN in text]


def test_a_gated_model_is_fetched_by_a_token_that_stays_nowhere(checkout, hub, fetch, monkeypatch) -> None:
    hub.token = TOKEN
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    done = fetch()
    assert done.returncode == 0, done.stderr
    assert hub.asked
    assert leaks(checkout, done) == []
    manifest = manifest_of(checkout)
    assert set(manifest["files"]) == WANTED
    assert {path.name for path in folder_of(checkout).iterdir() if path.is_file()} == WANTED | {"model.json"}
    assert manifest["source"] == {"hub": REPOSITORY, "revision": REVISION}
    assert manifest["files"] == {name: sha256(FILES[name]) for name in WANTED}
    assert manifest["stated_by_hub"] == {
        name: f"sha256:{sha256(FILES[name])}" if name.endswith("safetensors") else f"git-sha1:{git_digest(FILES[name])}"
        for name in WANTED
    }


def test_what_is_damaged_or_missing_is_named_and_fetched_anew(checkout, hub, fetch) -> None:
    assert fetch().returncode == 0
    before = manifest_of(checkout)
    damaged, missing = "model-00001-of-00002.safetensors", "tokenizer.json"
    path = folder_of(checkout) / damaged
    kept = path.stat()
    path.write_bytes(b"x" + FILES[damaged][1:])
    # As a failing disk damages: neither size nor time tell.
    os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    (folder_of(checkout) / missing).unlink()
    (folder_of(checkout) / "model.safetensors").write_bytes(b"of another revision")
    hub.asked.clear()
    assert fetch_log(checkout, fetch()) >= {f"{damaged} is damaged: fetched again", "model.safetensors is not a part"}
    assert manifest_of(checkout) == before
    assert {name.rsplit("/", 1)[1] for name in hub.asked if name.startswith("GET") and "/resolve/" in name} == {
        damaged,
        missing,
    }


def fetch_log(checkout: Checkout, done: "subprocess.CompletedProcess[str]") -> set[str]:
    assert done.returncode == 0, done.stderr
    log = (checkout.results / "logs" / "fetch_model" / "small.log").read_text()
    return set(re.findall(r"small/(\S+ is (?:damaged: fetched again|not a part))", log))


def test_other_bytes_than_the_hub_states_are_refused(checkout, hub, fetch) -> None:
    hub.forged = {"model-00002-of-00002.safetensors"}
    done = fetch()
    assert done.returncode != 0
    assert re.search(r"model-00002-of-00002\.safetensors: it does not have the sha256 that the hub states", done.stderr)
    assert not (folder_of(checkout) / "model.json").exists()
    hub.forged = set()
    assert fetch().returncode == 0


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("", r"is gated: accept its licence on https://huggingface\.co/owner/small-model, and set HF_TOKEN"),
        (TOKEN, r"use an HF_TOKEN of the account that accepted it"),
    ],
)
def test_a_gated_model_says_what_it_wants(checkout, hub, fetch, monkeypatch, token, message) -> None:
    hub.token = "hf_another"
    if token:
        monkeypatch.setenv("HF_TOKEN", token)
    # A token that lies in the home is not the environment's, and is not used.
    stored = checkout.folder / "home" / ".cache" / "huggingface" / "token"
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.write_text("hf_another")
    done = fetch()
    assert done.returncode != 0
    assert re.search(message, done.stderr), done.stderr
    assert leaks(checkout, done) == []


def test_a_branch_is_no_revision(checkout) -> None:
    config = yaml.safe_load((checkout.folder / "config" / "tiny.yaml").read_text())
    for revision in ("main", REVISION[:7]):
        config["models"]["small"]["revision"] = revision
        (checkout.folder / "branch.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        done = checkout.snakemake("-n", config="branch.yaml")
        assert done.returncode != 0
        assert re.search(rf"models\.small\.revision: '{revision}' does not have the form", done.stderr), done.stderr
