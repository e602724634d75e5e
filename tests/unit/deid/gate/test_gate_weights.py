"""Weights before the gate: numbers alone, as the workflow wrote them; all else in such files stops the run."""

import json
import struct

import numpy as np
import pytest
from deid_extract import WHITFIELD, YOUNG
from gate_study import WEIGHTS, House
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save

from radonc.deid.gate import files
from radonc.deid.gate.files import Text, Unsearchable
from radonc.deid.gate.folder import FETCHED, certify, examine
from radonc.runtime.hashing import hash_file

ROWS = "\n".join(",".join(str(value) for value in (WHITFIELD, YOUNG)[n % 2].values()) for n in range(300)).encode()
NAME = "adapters/demo-llama/icd10/adapter_model.safetensors"
UNKNOWN = "cannot be checked: files of this kind are not known"
UNVOUCHED = "cannot be checked: no manifest beside these weights says that the workflow wrote them"
NO_FLOATS = "cannot be checked: a tensor of other numbers than floats"
A_TEXT = "cannot be checked: a text among the numbers of a tensor"
BROKEN = "cannot be checked: it is not what its suffix says"


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


def kinds(house, name=NAME):
    """Return the kinds of findings in one file, where there are none in others."""
    findings, _ = examine([house.results], house.private)
    assert {finding.artefact for finding in findings} <= {name}
    return {finding.kind for finding in findings}


def put(house, content, name=NAME):
    """Write bytes as they are, and vouch for them: what they hold must stop the run all the same."""
    path = house.results / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    house.vouch(name)
    return kinds(house, name)


def packed(header, body=b""):
    """Return a file of safetensors with a header, a JSON value or a text, and the bytes behind it."""
    text = (header if isinstance(header, str) else json.dumps(header)).encode()
    return struct.pack("<Q", len(text)) + text + body


def tensor(body, dtype="F32", **other):
    """Return the header's entry of a tensor that starts at the first byte."""
    return {"dtype": dtype, "shape": [len(body) // 4], "data_offsets": [0, len(body)], **other}


# ---- what passes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_weights_as_the_workflow_wrote_them_pass_and_are_searched(house, dtype):
    house.weights({"base_model.model.q_proj.lora_A.weight": WEIGHTS.astype(dtype), "scale": np.array(0.5, dtype)})
    record = certify([house.results], house.private)
    assert record["digests"][NAME] == hash_file(house.results / NAME)
    assert record["artefacts"]["weights"] == 1


def test_bfloat16_and_a_demo_model_pass(house):
    body = (WEIGHTS.view(np.uint32) >> 16).astype(np.uint16).tobytes()
    path = house.results / "models" / "demo-llama" / "model.safetensors"
    path.write_bytes(packed({"w": {"dtype": "BF16", "shape": [16, 128], "data_offsets": [0, len(body)]}}, body))
    manifest = {"source": {"demo": "llama", "n_steps": 1}, "files": {path.name: hash_file(path)}}
    path.with_name("model.json").write_text(json.dumps(manifest))
    record = certify([house.results], house.private)
    assert record["digests"]["models/demo-llama/model.safetensors"] == hash_file(path)


@given(
    st.dictionaries(st.text(max_size=5), st.lists(st.integers(1, 4), max_size=3)), st.dictionaries(st.text(), st.text())
)
def test_whatever_the_library_writes_is_read_whole(tmp_path_factory, shapes, notes):
    shapes.pop("__metadata__", None)
    path = tmp_path_factory.getbasetemp() / "any.safetensors"
    path.write_bytes(save({name: np.ones(shape, np.float32) for name, shape in shapes.items()}, notes or None))
    (text,) = files.parts(path)
    assert isinstance(text, Text)
    for word in (*shapes, *notes, *notes.values()):
        assert word in text.text


def test_weights_that_came_with_a_public_model_are_read_once_and_for_their_digest(house, monkeypatch):
    folder = house.results / "models" / "llama2-7b"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(ROWS)
    (folder / "old.bin").write_bytes(b"\x80\x04pickle")
    digests = {path.name: hash_file(path) for path in folder.iterdir()}
    (folder / "model.json").write_text(json.dumps({"source": {"hub": "meta-llama/Llama-2-7b-hf"}, "files": digests}))
    read = []
    monkeypatch.setattr("radonc.deid.gate.folder.hash_file", lambda path: read.append(path.name) or hash_file(path))
    record = certify([house.results], house.private)
    assert record["not_searched"][FETCHED] == ["models/llama2-7b/model.safetensors", "models/llama2-7b/old.bin"]
    assert read.count("model.safetensors") == 1


# ---- rows of patients in files of weights ----------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["bin", "pt", "pth", "BIN", "ckpt", "gguf"])
@pytest.mark.parametrize("folder", ["adapters/demo-llama/icd10/", "checkpoints/0a1b/"])
def test_files_of_weights_that_cannot_be_read_stop_the_run(house, folder, suffix):
    assert put(house, ROWS, f"{folder}only.{suffix}") == {UNKNOWN}


@pytest.mark.parametrize("name", ["only.safetensors", "only.SAFETENSORS", NAME])
def test_rows_in_place_of_weights_stop_the_run(house, name):
    assert put(house, ROWS, name) == {BROKEN}


def test_rows_in_notes_and_names_of_tensors_are_found(house):
    line = ROWS.splitlines()[0].decode()
    for tensors, notes in (({"w": WEIGHTS}, {"rows": line}), ({"w": WEIGHTS}, {line: ""}), ({line: WEIGHTS}, {})):
        house.weights(tensors, notes)
        assert {"full name", "mrn", "phone", "email", "street"} <= kinds(house)
    house.weights({"w": WEIGHTS}, {"rows": json.dumps({"seen": "Harriet Whitfield"})})
    assert kinds(house) == {"full name", "last_name"}


@pytest.mark.parametrize(
    "dtype", ["U8", "I8", "U16", "I16", "U32", "I32", "I64", "U64", "BOOL", "F8_E4M3", "F4", "text"]
)
def test_tensors_of_other_numbers_than_floats_stop_the_run(house, dtype):
    assert put(house, packed({"w": tensor(ROWS, dtype)}, ROWS)) == {NO_FLOATS}


def test_a_tensor_of_bytes_as_the_library_writes_it_stops_the_run(house):
    house.weights({"lora_A.weight": WEIGHTS, "rows": np.frombuffer(ROWS, np.uint8)})
    assert kinds(house) == {NO_FLOATS}


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("shift", range(4))
def test_rows_in_the_bytes_of_floats_stop_the_run(house, monkeypatch, dtype, shift):
    monkeypatch.setattr(files, "_BYTES_AT_A_TIME", 100)
    hidden = WEIGHTS.tobytes()[:shift] + ROWS[:99] + WEIGHTS.tobytes()
    house.weights({"w": np.frombuffer(hidden[: len(hidden) // 8 * 8], dtype)})
    assert kinds(house) == {A_TEXT}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x02",
        struct.pack("<Q", 1 << 40) + b"{}",
        struct.pack("<Q", 99) + b"{}",
        packed("[]"),
        packed('{"w": 1}'),
        packed('{"w": {"dtype": "F32"'),
        packed({"__metadata__": {"rows": ["a"]}}),
        packed({"__metadata__": "a"}),
        packed('{"__metadata__": {"a": "1", "a": "2"}}'),
        packed({"w": tensor(bytes(8), note="a")}, bytes(8)),
        packed({"w": tensor(bytes(8)) | {"dtype": "F16"}}, bytes(8)),
        packed({"w": tensor(bytes(8)) | {"shape": [3]}}, bytes(8)),
        packed({"w": tensor(bytes(8)) | {"shape": ["2"]}}, bytes(8)),
        packed({"w": tensor(bytes(8)) | {"shape": [-2]}}, bytes(8)),
        packed({"w": tensor(bytes(8)) | {"shape": [2, 0, 100234], "data_offsets": [0, 0]}}),
        packed({"w": tensor(bytes(8))}, bytes(7)),
        packed({"w": tensor(bytes(8))}, bytes(8) + b"Harriet Whitfield"),
        packed({"w": tensor(bytes(8)) | {"data_offsets": [8, 16]}}, bytes(16)),
        packed({"v": tensor(bytes(8)), "w": tensor(bytes(8))}, bytes(8)),
        packed({"v": tensor(bytes(8)), "w": tensor(bytes(8)) | {"data_offsets": [9, 17]}}, bytes(17)),
        packed({}, b"Harriet Whitfield"),
    ],
)
def test_a_layout_that_leaves_room_for_something_else_stops_the_run(house, content):
    assert put(house, content) == {BROKEN}


# ---- who wrote them --------------------------------------------------------------------------------------------


def test_weights_stop_the_run_unless_the_workflow_wrote_these_very_bytes(house):
    path = house.results / NAME
    manifest = path.with_name("manifest.json")
    assert kinds(house) == set()
    for said in ("{}", "[]", '{"files": []}', '{"files": {"other": "x"}}', f'{{"files": {{"{path.name}": "0"}}}}'):
        manifest.write_text(said)
        assert kinds(house) == {UNVOUCHED}
    manifest.unlink()
    assert kinds(house) == {UNVOUCHED}
    # Floats that are a text, one character each: nothing but their digest can tell.
    house.weights({"w": WEIGHTS})
    path.write_bytes(save({"w": np.frombuffer(ROWS, np.uint8).astype(np.float32)}))
    assert kinds(house) == {UNVOUCHED}


def test_a_model_in_a_folder_that_a_user_names_vouches_for_nothing(house):
    folder = house.results / "models" / "mine"
    folder.mkdir(parents=True)
    name = house.weights({"w": np.frombuffer(ROWS, np.uint8).astype(np.float32)}, name="models/mine/model.safetensors")
    (folder / "manifest.json").unlink()
    (folder / "tokenizer.model").write_bytes(ROWS)
    digests = {path.name: hash_file(path) for path in folder.iterdir()}
    (folder / "model.json").write_text(json.dumps({"source": {"folder": str(folder)}, "files": digests}))
    findings, _ = examine([house.results], house.private)
    found = {finding.artefact: finding.kind for finding in findings}
    assert found == {name: UNVOUCHED, "models/mine/tokenizer.model": UNKNOWN}


def test_a_fault_says_nothing_of_what_is_in_the_file(house):
    for part in files.parts(house.results / NAME):
        assert not isinstance(part, Unsearchable)
    line = ROWS.splitlines()[0].decode()
    put(house, packed({line: tensor(ROWS, line)}, ROWS))
    findings, _ = examine([house.results], house.private)
    said = " ".join(map(str, findings)).casefold()
    assert NO_FLOATS in {finding.kind for finding in findings}
    assert not any(str(value).casefold() in said for value in WHITFIELD.values() if value and value != "female")
