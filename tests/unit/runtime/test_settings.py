import copy
import json
import math
import re
from functools import cache
from pathlib import Path
from typing import get_args

import jsonschema
import pytest
import yaml

from radonc.runtime.code import reachable
from radonc.runtime.errors import StudyError
from radonc.runtime.settings import reference, tasks
from radonc.runtime.settings.files import json_schema, resolve
from radonc.runtime.settings.study import EXTRACT_VARIABLE, Study, complete, require_one
from radonc.vocabulary.modality import MODALITIES

ROOT = Path(__file__).parents[3]
RECIPE = "config/recipes/demo-llama.yaml"
DEMO = {"demo": "llama", "recipe": RECIPE}
REVISION = "0123456789" * 4


class Gone:
    """Stands for a key that is taken out; named so that every process names the tests alike."""

    def __repr__(self) -> str:
        return "gone"


GONE = Gone()


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv(EXTRACT_VARIABLE, raising=False)


@cache
def read(path):
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def load(name):
    return copy.deepcopy(read(f"config/{name}"))


def changed(path, value, base="config.yaml"):
    config = load(base)
    *above, last = path.split("/")
    place = config
    for key in above:
        place = place.setdefault(key, {})
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return config


def faults_of(config, given=None):
    """Return the lines that a bad config is refused with."""
    with pytest.raises(StudyError) as caught:
        complete(config, given)
    lines = str(caught.value).splitlines()
    assert all(re.match(r"(config|[\w./-]+\.yaml(, line \d+)?): \S", line) for line in lines), lines
    return lines


def message_of(config):
    [line] = faults_of(config)
    return line


# ---- what a good config becomes ---------------------------------------------------------------------------------


def test_the_embedded_config_is_completed_with_defaults():
    config, given = load("config.yaml"), load("config.yaml")
    study = complete(config)
    assert {*config} == {*Study.model_fields, "recipes"} - {"pathvars"}
    for section in ("cohort", "review", "predict", "train", "annotation", "statistics"):
        assert section not in given
        assert config[section] == type(getattr(study, section))().model_dump(mode="json")
    assert config["split"] == {"validation": 0.05, "test": 0.1, "key": "radonc-sft"}
    assert list(config["tasks"]) == ["regimen", "modality", "icd10"]
    assert config["tasks"]["modality"]["labels"] == ["photon", "proton", "electron", "brachytherapy"]
    assert config["tasks"]["icd10"]["require"] == "billable"
    assert config["deidentify"]["pseudonym_seed"] == 20250130  # what is given stays


def test_a_completed_config_holds_what_yaml_and_json_can_say():
    for name in ("config.yaml", "study.yaml"):
        config = load(name)
        complete(config)
        assert json.loads(json.dumps(config)) == config
        assert yaml.safe_load(yaml.safe_dump(config)) == config


def test_the_content_of_the_mapping_is_a_part_of_the_config(tmp_path):
    config, _ = with_mapping(tmp_path, "patients/columns/sex", {"from": "S", "values": {"F": "female", "U": None}})
    complete(config)
    assert list(config["extract"]["tables"]) == ["patients", "diagnoses", "plans", "annotations"]
    columns = config["extract"]["tables"]["patients"]["columns"]
    assert columns["sex"] == {"from": ["S"], "values": {"F": "female", "U": None}}
    assert columns["mrn"] == {"from": ["PatientId"]}


def test_a_default_that_is_written_out_changes_nothing():
    plain, explicit = load("config.yaml"), changed("cohort", {"dose_gy": [1, 100], "fraction_dose_gy": [0.5, 34]})
    complete(plain)
    complete(explicit)
    assert json.dumps(plain, sort_keys=True) == json.dumps(explicit, sort_keys=True)


def test_every_model_and_task_gets_a_flat_recipe():
    config = load("config.yaml")
    complete(config)
    assert set(config["recipes"]) == {"demo-llama", "demo-mistral"}
    for recipes in config["recipes"].values():
        assert set(recipes) == {"regimen", "modality", "icd10"}
        for recipe in recipes.values():
            assert "tasks" not in recipe
            assert recipe["learning_rate"] > 0
            assert recipe["lr_scheduler_type"] == "cosine"
            assert recipe["lora_target_modules"] == "all-linear"


def test_a_task_left_out_has_no_recipe():
    config = changed("tasks", {"icd10": {}})
    complete(config)
    assert set(config["recipes"]["demo-llama"]) == {"icd10"}
    assert config["tasks"] == {"icd10": {"require": "billable"}}


def test_two_configs_are_completed_alike_and_share_no_defaults():
    first, second, third = load("config.yaml"), load("config.yaml"), load("config.yaml")
    complete(first)
    complete(second)
    assert yaml.safe_dump(first, sort_keys=False) == yaml.safe_dump(second, sort_keys=False)
    first["tasks"]["modality"]["labels"].append("carbon")
    complete(third)
    assert third == second


def test_the_environment_names_the_folder_of_the_extract(monkeypatch, tmp_path):
    for table in ("patients", "courses"):
        (tmp_path / f"{table}.csv").touch()
    monkeypatch.setenv(EXTRACT_VARIABLE, str(tmp_path))
    config = load("tcga.yaml")
    complete(config)
    assert config["extract"]["folder"] == str(tmp_path)


def test_an_empty_environment_variable_names_nothing(monkeypatch):
    monkeypatch.setenv(EXTRACT_VARIABLE, "")
    assert "data/elsewhere/patients.csv" in faults_of(changed("extract/folder", "data/elsewhere", "tcga.yaml"))[0]


def test_a_missing_source_file_is_named_with_its_key_and_the_way_out():
    text, *others = faults_of(changed("extract/folder", "/nowhere", "tcga.yaml"))
    assert [line.split(":")[1] for line in others] == [" diagnoses.file", " plans.file"]
    assert text.startswith("config/mappings/tcga.yaml: patients.file: there is no file '/nowhere/patients.csv'")
    assert EXTRACT_VARIABLE in text


def test_a_folder_is_no_source_file(tmp_path):
    (tmp_path / "patients.csv").mkdir()
    lines = faults_of(changed("extract/folder", str(tmp_path), "tcga.yaml"))
    assert "config/mappings/tcga.yaml: patients.file" in lines[0]


# ---- how a bad config is refused -----------------------------------------------------------------------------------

BAD = [
    # path, value, what the one line must hold
    ("titel", "x", ["'titel' is not a key here", "did you mean 'title'?", "Allowed: title, pathvars"]),
    ("unheard_of", 1, ["'unheard_of' is not a key here; remove it", "Allowed: title"]),
    ("title", GONE, ["'title' is missing; add it (the study's name"]),
    ("title", 3, ["title: must be a text, not 3; put it in quotes"]),
    ("title", True, ["title: must be a text, not true; put it in quotes"]),
    ("title", None, ["title: must be a text, not empty"]),
    ("title", ["a"], ["title: must be a text, not a list; correct it"]),
    ("title", "", ["title: must not be empty; write a text"]),
    ("extract", GONE, ["'extract' is missing; add it"]),
    ("extract", None, ["extract: must be a mapping, not empty; write {}, or give its keys"]),
    ("extract/folder", "x", ["extract: give exactly one of: folder, synthetic"]),
    ("extract/synthetic", GONE, ["extract: give exactly one of: folder, synthetic"]),
    ("extract/synthetic/n_patients", "100", ["extract.synthetic.n_patients: must be a whole number", "without quotes"]),
    ("extract/synthetic/n_patients", 100.0, ["n_patients: must be a whole number, not 100.0"]),
    ("extract/synthetic/n_patients", True, ["n_patients: must be a whole number, not true"]),
    ("extract/synthetic/n_patients", 10, ["n_patients: must be at least 40, not 10 (the number of patients to make)"]),
    ("extract/synthetic/n_eligible", 10**6, ["extract.synthetic.n_eligible: 1000000 of 15724", "make it smaller"]),
    ("deidentify", None, ["deidentify: must be a mapping, not empty; write {}"]),
    ("deidentify/pseudonym_seed", "x", ["pseudonym_seed: must be a whole number or null, not the text 'x'"]),
    ("cohort/fraction_dose_gy", [1], ["cohort.fraction_dose_gy: needs 2 or more entries"]),
    ("cohort/fraction_dose_gy", [1, 2, 3], ["cohort.fraction_dose_gy: may have no more than 2 entries"]),
    ("cohort/fraction_dose_gy", [0, 3], ["cohort.fraction_dose_gy.0: must be above 0, not 0"]),
    ("cohort/fraction_dose_gy", [5, 1], ["cohort.fraction_dose_gy: 5 is above 1; write the lowest value first"]),
    ("cohort/fraction_dose_gy", ["low", 1], ["cohort.fraction_dose_gy.0: must be a number, not the text 'low'"]),
    ("cohort/dose_gy", [100, 1], ["cohort.dose_gy: 100 is above 1; write the lowest value first"]),
    ("cohort/min_cases", 0, ["cohort.min_cases: must be at least 1, not 0"]),
    ("cohort/custom_rules", ["none.py"], ["cohort.custom_rules.0: there is no file 'none.py'; correct the path"]),
    ("deidentify/words", ["none.txt"], ["deidentify.words.0: there is no file 'none.txt'; correct the path"]),
    ("deidentify/max_tagged", 1.5, ["deidentify.max_tagged: must be at most 1, not 1.5"]),
    ("extract/max_rejected", -0.1, ["extract.max_rejected: must be at least 0, not -0.1"]),
    ("extract/mapping", GONE, ["extract: 'mapping' is missing; add it (the file that maps the source tables to ours"]),
    ("extract/mapping", "none.yaml", ["extract.mapping: there is no file 'none.yaml'; correct the path"]),
    ("statistics/plausibility", "none.yaml", ["statistics.plausibility: there is no file 'none.yaml'"]),
    ("tasks", {}, ["tasks: needs 1 or more entries"]),
    ("tasks", {"icd": {}}, ["tasks: 'icd' is not a key here; did you mean 'icd10'?"]),
    ("tasks", {"icd10": None}, ["tasks.icd10: must be a mapping, not empty; write {}"]),
    ("tasks/regimen", {"x": 1}, ["tasks.regimen: 'x' is not a key here; remove it. Allowed: none"]),
    (
        "tasks/icd10",
        {"require": "valis"},
        ["tasks.icd10.require: 'valis' is not allowed; choose one of billable, valid"],
    ),
    ("tasks/modality", {"labels": ["photon"]}, ["tasks.modality.labels: needs 2 or more entries"]),
    ("tasks/modality", {"labels": ["photon", "xray"]}, ["tasks.modality.labels.1: 'xray' is not allowed"]),
    ("tasks/modality", {"labels": ["photon"] * 2}, ["tasks.modality.labels: names something twice; name each once"]),
    ("prompt/fields", ["icd10_code"], ["prompt.fields.0: 'icd10_code' is not allowed; choose one of sex, age"]),
    ("prompt/fields", [], ["prompt.fields: needs 1 or more entries"]),
    ("split/test", "0.1", ["split.test: must be a number, not the text '0.1'; write it without quotes"]),
    ("split/test", 1, ["split.test: must be below 1, not 1"]),
    ("split/test", math.nan, ["split.test: must be a number, not nan"]),
    ("split", {"validation": 0.5, "test": 0.5}, ["split: validation and test leave no cases to train on"]),
    ("split/key", 12, ["split.key: must be a text, not 12; put it in quotes"]),
    ("models", {}, ["models: needs 1 or more entries"]),
    ("models/Big_One", DEMO, ["models: 'Big_One' does not have the form"]),
    ("models/x", "llama", ["models.x: must be a mapping, not the text 'llama'"]),
    ("models/x", {"demo": "llama"}, ["models.x: 'recipe' is missing; add it"]),
    ("models/x", {**DEMO, "demo": "gpt"}, ["models.x.demo: 'gpt' is not allowed; choose one of llama, mistral"]),
    ("models/x", {"recipe": RECIPE}, ["models.x: give exactly one of: demo, folder, hub with revision"]),
    ("models/x", {**DEMO, "folder": "y"}, ["models.x: give exactly one of: demo, folder, hub with revision"]),
    ("models/x", {**DEMO, "hub": "a/b", "revision": REVISION}, ["models.x: give exactly one of"]),
    ("models/x", {"hub": "a/b", "recipe": RECIPE}, ["models.x: 'revision' is missing; add it (the commit"]),
    ("models/x", {"revision": REVISION, "recipe": RECIPE}, ["models.x: 'hub' is missing; add it"]),
    ("models/x", {"hub": "a/b", "revision": "main", "recipe": RECIPE}, ["models.x.revision: 'main' does not have"]),
    (
        "models/x",
        {"folder": "/nowhere", "recipe": RECIPE},
        ["models.x.folder: '/nowhere' holds no model", "config.json"],
    ),
    ("models/x", {"demo": "llama", "recipe": "none.yaml"}, ["models.x.recipe: there is no file 'none.yaml'"]),
    ("models/x", {"demo": "llama", "recipe": "config"}, ["models.x.recipe: there is no file 'config'"]),
    ("predict/max_new_tokens", {"icd": 3}, ["predict.max_new_tokens: 'icd' is not a key here; did you mean 'icd10'"]),
    (
        "models/x",
        {"hub": "a/b", "revision": REVISION, "recipe": RECIPE, "n_steps": 9},
        ["models.x.n_steps: only a demo"],
    ),
    ("review/reviewers", ["a", "a"], ["review.reviewers: names something twice; name each once"]),
    ("review/reviewers", ["A B"], ["review.reviewers.0: 'A B' does not have the form"]),
    ("statistics/confidence", 95, ["statistics.confidence: must be below 1, not 95 (the level of all intervals)"]),
    (
        "statistics/primary_metric",
        {"icd10": "f1"},
        ["statistics.primary_metric.icd10: 'f1' is not allowed; choose one of accuracy"],
    ),
    (
        "statistics/acceptability",
        {"null_rate": 0.7},
        ["statistics.acceptability.expected_rate: 0.7 must be at least 0.01 above the null_rate 0.7"],
    ),
    ("statistics/acceptability", {"null_rate": 1}, ["statistics.acceptability.null_rate: must be below 1, not 1"]),
    ("pathvars", {"results": "r", "logs": "l"}, ["pathvars: 'benchmarks' is missing; add it"]),
    ("recipes", {}, ["'recipes' is not a key here"]),
    ("report/min_cell_size", 5, ["report.min_cell_size", "11"]),
    ("report/examples", "sometimes", ["report.examples"]),
    ("deidentify/quasi_identifiers", ["mrn"], ["deidentify.quasi_identifiers", "diagnosis_year"]),
    ("deidentify/privacy_reading", {"n_texts": 0}, ["deidentify.privacy_reading.n_texts", "50"]),
]


@pytest.mark.parametrize(("path", "value", "message"), BAD, ids=[f"{path}={value!r:.40}" for path, value, _ in BAD])
def test_a_bad_key_is_named_in_one_line_with_what_to_do(path, value, message):
    text = message_of(changed(path, value))
    assert text.startswith("config: ")
    assert "{limit}" not in text
    for part in message:
        assert part in text


@pytest.mark.parametrize("config", [None, [], "x", 3])
def test_a_config_that_is_no_mapping_is_refused(config):
    assert message_of(config).startswith("config: must be a mapping, not ")


def test_an_empty_config_is_refused_with_every_key_that_it_lacks():
    keys = [re.match(r"config: '(\w+)' is missing; add it \(", line)[1] for line in faults_of({})]
    assert keys == ["title", "extract", "models"]


def test_a_key_that_yaml_does_not_read_as_a_text_is_explained():
    for bare in ("no: 1", "3: x"):
        config = yaml.safe_load(f"{bare}\n{(ROOT / 'config' / 'config.yaml').read_text(encoding='utf-8')}")
        assert "is not a text (YAML reads yes, no, on, off and bare numbers so); put it in quotes" in message_of(config)


@pytest.mark.parametrize(
    ("line", "bare"), [("", "on: {file: x}"), ("  columns:\n", "Yes: PatientSer"), ("  columns:\n", "3: PatientSer")]
)
def test_a_key_of_a_mapping_that_yaml_does_not_read_as_a_text_is_explained(tmp_path, line, bare):
    text = (ROOT / "config" / "mappings" / "synthetic.yaml").read_text(encoding="utf-8")
    file = tmp_path / "mapping.yaml"
    indent = "    " * bool(line)
    file.write_text(text.replace(line, f"{line}{indent}{bare}\n", 1), encoding="utf-8")
    message = message_of(changed("extract/mapping", str(file)))
    assert message.startswith(f"{file}: ")
    assert "is not a text (YAML reads yes, no, on, off and bare numbers so); put it in quotes" in message


def test_a_value_of_many_lines_is_shown_in_one_short_one():
    message = message_of(changed("tasks/icd10", {"require": "a\nb" * 500}))
    assert len(message) < 250


def test_a_key_with_a_misspelt_brother_is_not_called_missing():
    config = load("config.yaml")
    config["titel"] = config.pop("title")
    assert "did you mean 'title'?" in message_of(config)


# ---- mappings ----------------------------------------------------------------------------------------------------

SEX = "patients/columns/sex"
DOSE = "plans/columns/dose_gy"
BAD_MAPPINGS = [
    ("patient", {}, ["'patient' is not a key here; did you mean 'patients'?"]),
    ("patients", GONE, ["'patients' is missing; add it"]),
    ("patients/fiel", "x", ["patients: 'fiel' is not a key here; did you mean 'file'?"]),
    ("patients/columns", None, ["patients.columns: must be a mapping, not empty"]),
    ("patients/missing", "NA", ["patients.missing: must be a list, not the text 'NA'"]),
    ("patients/missing", [9], ["missing.0: must be a text, not 9; put it in quotes"]),
    (SEX, None, ["columns.sex: must be a text or a mapping, not empty"]),
    (SEX, 3, ["columns.sex: must be a text or a mapping, not 3"]),
    (SEX, ["A", "B"], ["columns.sex: must be a text or a mapping, not a list"]),
    (SEX, {"frm": "Sex"}, ["columns.sex: 'frm' is not a key here; did you mean 'from'?"]),
    (SEX, {"from": "Sex", "valuess": {}}, ["columns.sex: 'valuess' is not a key here; did you mean 'values'?"]),
    (SEX, {}, ["columns.sex: give exactly one of: from, constant"]),
    (SEX, {"from": "Sex", "constant": "female"}, ["columns.sex: give exactly one of: from, constant"]),
    (SEX, {"from": 3}, ["columns.sex.from: must be a text or a list, not 3"]),
    (SEX, {"from": []}, ["columns.sex.from: needs 1 or more entries"]),
    (SEX, {"from": ["A", 3]}, ["columns.sex.from.1: must be a text, not 3"]),
    (SEX, {"from": "Sex", "values": {"F": 3}}, ["columns.sex.values.F: must be a text or null, not 3"]),
    (SEX, {"from": "Sex", "values": ["F"]}, ["columns.sex.values: must be a mapping, not a list"]),
    (SEX, {"from": "Sex", "values": {1: "male"}}, ["columns.sex.values: the key 1 is not a text", "put it in quotes"]),
    (DOSE, {"from": "D", "unit": "gray"}, ["dose_gy.unit: 'gray' is not allowed; choose one of Gy, cGy, mCi"]),
    (DOSE, {"from": "D", "unit_from": "u"}, ["columns.dose_gy: 'units' is missing; add it"]),
    (DOSE, {"from": "D", "units": {"gy": "Gy"}}, ["columns.dose_gy: 'unit_from' is missing; add it"]),
    (DOSE, {"from": "D", "unit_from": "u", "units": {"gy": "gray"}}, ["dose_gy.units.gy: 'gray' is not allowed"]),
    ("patients/file", "patients.txt", ["patients.file: 'patients.txt' must end in one of .csv, .tsv, .parquet, .xlsx"]),
    ("patients/encoding", "latin-99", ["patients.encoding: there is no encoding 'latin-99'; write one, such as utf-8"]),
    (SEX, {"from": "Sex", "unit_from": "u", "units": {"Gy": "Gy"}, "values": None}, ["sex.values: must be a mapping"]),
]


def with_mapping(folder, path, value):
    """Return a config whose mapping is the embedded study's, changed in one place, and the mapping's file."""
    file = folder / "mapping.yaml"
    file.write_text(yaml.safe_dump(changed(path, value, "mappings/synthetic.yaml")), encoding="utf-8")
    return changed("extract/mapping", str(file)), file


@pytest.mark.parametrize(
    ("path", "value", "message"), BAD_MAPPINGS, ids=[f"{path}={value!r:.40}" for path, value, _ in BAD_MAPPINGS]
)
def test_a_bad_mapping_is_named_with_file_and_key(tmp_path, path, value, message):
    config, file = with_mapping(tmp_path, path, value)
    text = message_of(config)
    assert text.startswith(f"{file}: ")
    for part in message:
        assert part in text


# ---- recipes -----------------------------------------------------------------------------------------------------

GOOD = "learning_rate: 2.0e-3\nmax_length: 512\n"
BAD_RECIPES = [
    ("", "must be a mapping, not empty"),
    ("- a\n", "must be a mapping, not a list"),
    ("learning_rate: 2e-3\nmax_length: 9\n", "learning_rate: must be a number, not the text '2e-3'; write it without"),
    ("learning_rate: .inf\nmax_length: 9\n", "learning_rate: must be a number, not inf"),
    ("learning_rate: 0.1\n", "'max_length' is missing; add it"),
    (GOOD + "max_steps: 0\n", "max_steps: 0 trains nothing; write the number of steps, or -1 for no limit"),
    (
        GOOD + "per_device_train_batch_size: 6\nn_gpus: 4\n",
        "per_device_train_batch_size: 6 pairs cannot be shared by 4 GPUs; take a multiple of 4",
    ),
    (GOOD + "lora_rr: 3\n", "'lora_rr' is not a key here; did you mean 'lora_r'?"),
    (GOOD + 'bf16: "yes"\n', "bf16: must be true or false, not the text 'yes'"),
    (
        GOOD + "lora_target_modules: q_proj\n",
        "lora_target_modules: must be 'all-linear' or a list, not the text 'q_proj'",
    ),
    (GOOD + "lora_target_modules: [3]\n", "lora_target_modules.0: must be a text, not 3"),
    (GOOD + "no: 1\n", "the key false is not a text"),
    (GOOD + "tasks:\n", "tasks: must be a mapping, not empty"),
    (GOOD + "tasks: {icd: {lora_r: 8}}\n", "tasks: 'icd' is not a key here; did you mean 'icd10'?"),
    (GOOD + "tasks: {icd10: }\n", "tasks.icd10: must be a mapping, not empty"),
    (GOOD + "tasks: {icd10: {lora_rr: 8}}\n", "tasks.icd10: 'lora_rr' is not a key here; did you mean 'lora_r'?"),
    (GOOD + 'tasks: {icd10: {lora_r: "8"}}\n', "tasks.icd10.lora_r: must be a whole number, not the text '8'"),
    (GOOD + "tasks: {icd10: {lora_r: 0}}\n", "tasks.icd10.lora_r: must be at least 1, not 0"),
    (GOOD + "tasks: {icd10: {tasks: {}}}\n", "tasks.icd10: 'tasks' is not a key here"),
    (GOOD + "tasks:\n\ticd10: {}\n", "line 4: this is not YAML; check indentation (no tabs) and quotes"),
    (GOOD + 'lr_scheduler_type: "cos\n', "this is not YAML"),
    (GOOD + "seed: !!python/object/apply:os.getpid []\n", "this is not YAML"),
]


@pytest.mark.parametrize(("content", "message"), BAD_RECIPES, ids=[message[:50] for _, message in BAD_RECIPES])
def test_a_bad_recipe_is_named_with_file_and_key(tmp_path, content, message):
    path = tmp_path / "recipe.yaml"
    path.write_text(content, encoding="utf-8")
    text = message_of(changed("models", {"m": {"demo": "llama", "recipe": str(path)}}))
    assert text.startswith(str(path))
    assert message in text


@pytest.mark.parametrize(("key", "value"), [("bf16", "true"), ("load_in_4bit", "true"), ("n_gpus", "2")])
def test_tasks_of_one_model_load_it_in_one_way(tmp_path, key, value):
    path = tmp_path / "recipe.yaml"
    path.write_text(GOOD + f"tasks: {{icd10: {{{key}: {value}}}}}\n", encoding="utf-8")
    text = message_of(changed("models", {"m": {"demo": "llama", "recipe": str(path)}}))
    assert text.startswith(f"{path}: {key}: must be the same for all tasks")
    assert f"icd10 {value}" in text


@pytest.mark.parametrize(("key", "value"), [("load_in_4bit", "true"), ("n_gpus", "2")])
def test_vllm_refuses_a_model_that_it_would_load_in_another_way(tmp_path, key, value):
    path = tmp_path / "recipe.yaml"
    path.write_text(GOOD + f"{key}: {value}\n", encoding="utf-8")
    (tmp_path / "config.json").touch()
    config = changed("models", {"m": {"folder": str(tmp_path), "recipe": str(path)}})
    complete(copy.deepcopy(config))
    config["predict"] = {**config.get("predict", {}), "backend": "vllm"}
    message = message_of(config)
    assert message.startswith("config: predict.backend: vllm")
    assert f"'m' has the recipe {key}: {value}" in message


def test_a_task_overrides_the_recipe_and_no_other_task_does(tmp_path):
    path = tmp_path / "recipe.yaml"
    path.write_text("\ufeff" + GOOD + "lora_r: 8\ntasks: {icd10: {lora_r: 64, max_length: 99}}\n", encoding="utf-8")
    config = changed("models", {"m": {"demo": "llama", "recipe": str(path)}})
    complete(config)
    recipes = config["recipes"]["m"]
    assert (recipes["icd10"]["lora_r"], recipes["icd10"]["max_length"]) == (64, 99)
    assert (recipes["regimen"]["lora_r"], recipes["regimen"]["max_length"]) == (8, 512)
    assert recipes["regimen"] == recipes["modality"]


# ---- all at once ---------------------------------------------------------------------------------------------------


def test_all_faults_are_named_at_once_those_of_the_files_too(tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(GOOD + "lora_rr: 3\nbf16: 1\ntasks: {icd10: {lora_r: 0}}\n", encoding="utf-8")
    ranges = tmp_path / "ranges.yaml"
    ranges.write_text("owner: me\nranges: [{name: a, dose_gy: [9, 2]}]\n", encoding="utf-8")
    config, mapping = with_mapping(tmp_path, SEX, {"frm": "Sex"})
    config |= {"split": {"validation": 0.5, "test": 0.5}, "cohort": {"dose_gy": [9, 1], "fraction_dose_gy": [2, 1]}}
    config |= {"statistics": {"plausibility": str(ranges), "acceptability": {"null_rate": 0.9}}, "titel": "x"}
    config["models"] = {"m": {"demo": "llama", "recipe": str(recipe)}, "n": {"recipe": RECIPE}}
    lines = faults_of(config)
    wanted = [
        f"{mapping}: patients.columns.sex: 'frm' is not a key here",
        "config: cohort.fraction_dose_gy: 2 is above 1",
        "config: cohort.dose_gy: 9 is above 1",
        "config: split: validation and test leave no cases",
        f"{recipe}: bf16: must be true or false, not 1",
        f"{recipe}: 'lora_rr' is not a key here",
        "config: models.n: give exactly one of: demo, folder, hub with revision",
        "config: statistics.acceptability.expected_rate: 0.7 must be at least 0.01 above the null_rate 0.9",
        "config: 'titel' is not a key here",
    ]
    assert [next((line for line in lines if line.startswith(start)), start) for start in wanted] == lines


def test_a_fault_of_the_plausible_ranges_is_named_with_their_file(tmp_path):
    ranges = tmp_path / "ranges.yaml"
    ranges.write_text("owner: me\nranges: [{name: a, dose_gy: [9, 2]}]\n", encoding="utf-8")
    message = message_of(changed("statistics/plausibility", str(ranges)))
    assert message == f"{ranges}: ranges.0.dose_gy: 9 is above 2; write the lowest value first"


def test_a_file_in_another_encoding_is_named(tmp_path):
    path = tmp_path / "file.yaml"
    path.write_bytes("für".encode("latin-1"))
    for key in ("cohort/custom_rules", "deidentify/words"):
        assert message_of(changed(key, [str(path)])).endswith(f"'{path}' is not UTF-8; save it in that encoding")
    text = message_of(changed("models", {"m": {"demo": "llama", "recipe": str(path)}}))
    assert text == f"{path}: this is not UTF-8; save it in that encoding"


# ---- what is called otherwise now ----------------------------------------------------------------------------------


@pytest.mark.parametrize("old", Study.renamed)
def test_a_key_of_an_older_config_is_named_with_its_new_name(old):
    message = message_of(changed(old.replace(".", "/"), {}))
    assert message.startswith(f"config: {old.split('.')[0]}: '{old}' is now {Study.renamed[old].split(',')[0]}")
    new, *_ = re.findall(r"[\w.]+", Study.renamed[old])
    section, key = new.split(".")
    assert key in Study.model_fields[section].annotation.model_fields


# ---- the command line ----------------------------------------------------------------------------------------------


def test_nested_texts_of_the_command_line_are_read_as_yaml():
    """So Snakemake hands over ``--config 'predict={batch_size: 8}' …``, merged into the file."""
    given = {
        "predict": {"batch_size": "8", "backend": "dummy"},
        "train": {"seeds": ["1", "2"], "train_sizes": ["0.5", "1"]},
        "report": {"examples": "false"},
        "deidentify": {"pseudonym_seed": "null"},
        "cohort": {"dose_gy": ["1", "80"]},
        "split": {"key": "12"},
        "statistics": {"primary_metric": "{regimen: rouge1}"},
    }
    config = load("config.yaml")
    for section, values in given.items():
        config[section] = {**config.get(section, {}), **copy.deepcopy(values)}
    study = complete(config, given)
    assert (study.predict.batch_size, study.predict.backend, study.predict.n_examples) == (8, "dummy", 3)
    assert (study.train.seeds, study.train.train_sizes) == ((1, 2), (0.5, 1.0))
    assert study.report.examples is False
    assert study.deidentify.pseudonym_seed is None
    assert study.cohort.dose_gy == (1, 80)
    assert study.split.key == "12"  # a text stays one
    assert study.split.test == 0.1  # and the file's other keys stay
    assert study.statistics.primary_metric.regimen == "rouge1"


@pytest.mark.parametrize(
    ("text", "given"), [("8", {"predict": {"shards": "2"}}), ("many", {"predict": {"batch_size": "many"}})]
)
def test_a_text_of_the_file_stays_a_text_and_one_of_the_command_line_that_is_no_such_value_too(text, given):
    config = changed("predict", {"batch_size": text} | given["predict"])
    [message] = faults_of(config, given)
    assert message.startswith(f"config: predict.batch_size: must be a whole number, not the text '{text}'")


def test_several_config_files_are_refused_in_one_line():
    require_one([])
    require_one(["a.yaml"])
    with pytest.raises(StudyError, match=r"names 2 files: a\.yaml, b\.yaml; each config stands for itself"):
        require_one(["a.yaml", "b.yaml"])


# ---- what is made from the models ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", reference.SCHEMAS)
def test_every_key_has_a_description_and_every_mapping_is_closed(name):
    schema = json_schema(reference.SCHEMAS[name])
    sections = [section for section in [schema, *schema.get("$defs", {}).values()] if "properties" in section]
    for section in sections:
        assert section["additionalProperties"] is False, section
        assert all(resolve(part, schema)["description"] for part in section["properties"].values()), section
    assert sum(len(section["properties"]) for section in sections) > 8


EDITED = [
    *((path, "config") for path in sorted((ROOT / "config").glob("*.yaml")) if "plausibility" not in path.name),
    *((path, "mapping") for path in sorted((ROOT / "config" / "mappings").glob("*.yaml"))),
    *((path, "recipe") for path in sorted((ROOT / "config" / "recipes").glob("*.yaml"))),
    (ROOT / "config" / "plausibility.example.yaml", "plausibility"),
]


@pytest.mark.parametrize(("path", "name"), EDITED, ids=[path.stem for path, _ in EDITED])
def test_the_files_of_the_repository_name_their_schema_and_meet_it(path, name):
    first, _, _ = path.read_text(encoding="utf-8").partition("\n")
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)[1]
    schema = (path.parent / named).resolve()
    assert schema == ROOT / "config" / "schema" / f"{name}.json"
    validator = jsonschema.Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    validator.validate(content)
    assert not validator.is_valid({**content, "unheard_of": 1})


def test_the_modalities_are_those_of_the_vocabulary():
    assert set(get_args(tasks.Modality)) == set(MODALITIES)


def test_a_job_imports_no_more_of_the_settings_than_it_takes():
    """A new key of the report must not train anything anew: no module of a job on a GPU reaches the whole study."""
    for script in ("finetune", "predict"):
        reached = reachable(ROOT / "workflow" / "scripts" / f"{script}.py")
        names = {path.name for path in reached if path.parent.name == "settings"}
        assert names <= {"__init__.py", "base.py", "recipe.py", "tasks.py"}, script
