"""Plans and refusals: what Snakemake says before any job runs, typed as the README types it."""

import os
import re
from collections import Counter
from itertools import pairwise

import pytest
import yaml
from checkouts import ROOT, Checkout, check_out, tiny_config


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return check_out(tmp_path_factory.mktemp("fresh") / "checkout")


def claims(plan: str) -> Counter[tuple[str, str]]:
    """Count the jobs that claim GPUs, by number and script."""
    return Counter(re.findall(r"radonc\.runtime\.gpus (\d+) python workflow/scripts/(\w+)", plan))


def test_the_papers_study_is_planned_on_a_cluster(fresh) -> None:
    done = fresh.snakemake("--profile", "slurm", "--dry-run", "--printshellcmds", config="config/study.yaml")
    assert done.returncode == 0, done.stderr
    plan = done.stdout + done.stderr
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", plan, flags=re.MULTILINE))
    assert (jobs["finetune"], jobs["predict_base"], jobs["predict_tuned"], jobs["fetch_model"]) == ("6", "2", "6", "2")
    assert "build_demo_model" not in plan
    # Each GPU job claims its own, and no other job does.
    assert claims(plan) == {("1", "finetune"): 6, ("1", "predict"): 2 + 6}


def test_the_embedded_study_asks_for_no_gpu(fresh) -> None:
    done = fresh.snakemake("--dry-run", "--printshellcmds", config="config/config.yaml")
    plan = done.stdout + done.stderr
    assert claims(plan) == {("0", "finetune"): 6, ("0", "predict"): 2 + 6}
    assert "fetch_model" not in plan


def test_a_site_that_takes_only_gres_gives_a_job_its_gpus_all_the_same(fresh) -> None:
    by_gres = ["finetune:gres=gpu:a100:2", "finetune:gpu=0", "predict_base:gpu=2"]
    done = fresh.snakemake("-n", "-p", "--set-resources", *by_gres, config="config/study.yaml")
    assert claims(done.stdout + done.stderr) == {("2", "finetune"): 6, ("2", "predict"): 2, ("1", "predict"): 6}


def test_the_tutorial_draws_the_graph_of_the_rules_without_its_shortcuts(fresh) -> None:
    done = fresh.snakemake("--rulegraph", "mermaid-js", config="config/config.yaml")
    assert done.returncode == 0, done.stderr
    names = dict(re.findall(r"(id\d+)\[(\w+)\]", done.stdout))
    feeds: dict[str, set[str]] = {name: set() for name in names.values()}
    for one, other in re.findall(r"(id\d+) --> (id\d+)", done.stdout):
        feeds[names[one]].add(names[other])
    assert feeds

    def fed_by(rule: str) -> set[str]:
        return feeds[rule].union(*map(fed_by, feeds[rule]))

    shortest = {
        (rule, other)
        for rule, others in feeds.items()
        for other in others - {"all"}
        if not any(other in fed_by(between) for between in others)
    }
    tutorial = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```mermaid\n(.*?)^```", tutorial, flags=re.MULTILINE | re.DOTALL)
    lines = block.splitlines()[1:]
    assert {(one.strip(), other.strip()) for line in lines for one, other in pairwise(line.split("-->"))} == shortest


BAD = {
    "an unknown key": (["extrct"], {}, r"extrct.*did you mean 'extract'"),
    "a wrong type": (["predict"], {"batch_size": "many"}, r"predict\.batch_size.*whole number"),
    "a task that does not exist": (["tasks"], {"icd11": {}}, r"tasks.*icd11.*icd10"),
    "a label that does not exist": (["tasks"], {"modality": {"labels": ["photon", "neutron"]}}, r"neutron.*photon"),
    "a model from two sources": (
        ["models", "demo-llama"],
        {"demo": "llama", "folder": "here", "recipe": "config/recipes/demo-llama.yaml"},
        r"models\.demo-llama.*exactly one of",
    ),
    "a recipe that is missing": (
        ["models", "demo-llama"],
        {"demo": "llama", "recipe": "config/recipes/none.yaml"},
        r"models\.demo-llama\.recipe.*no file",
    ),
    "a mapping that is missing": (["extract", "mapping"], "mine.yaml", r"extract\.mapping.*no file 'mine.yaml'"),
    "limits the wrong way round": (["cohort"], {"dose_gy": [100, 1]}, r"cohort\.dose_gy: 100 is above 1"),
    "a rule that does not exist": (["cohort"], {"rules": ["no_dose"]}, r"cohort\.rules.*'no_dose'"),
    "a file of words that is missing": (["deidentify", "words"], ["w.txt"], r"deidentify\.words\.0.*no file 'w.txt'"),
}


@pytest.mark.parametrize(("path", "value", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_config_stops_in_one_line(fresh, path, value, message) -> None:
    config = tiny_config()
    config["models"] = {"demo-llama": {"demo": "llama", "recipe": "config/recipes/demo-llama.yaml"}}
    place = config
    for key in path[:-1]:
        place = place.setdefault(key, {})
    place[path[-1]] = value
    (fresh.folder / "bad.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    done = fresh.snakemake("--dry-run", config="bad.yaml")
    assert done.returncode != 0
    said = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("Using workflow")]
    assert len(said) == 1, done.stderr
    assert re.search(message, said[0]), said[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_private_area_of_another_user_stops_in_one_line(fresh) -> None:
    area = fresh.folder / "theirs" / "private"
    area.mkdir(mode=0o700, parents=True)
    os.chown(area, 12345, 12345)
    config = yaml.safe_load((fresh.folder / "config" / "config.yaml").read_text(encoding="utf-8"))
    config["pathvars"] = dict.fromkeys(("results", "logs", "benchmarks"), "theirs")
    (fresh.folder / "theirs.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    done = fresh.snakemake("--dry-run", config="theirs.yaml")
    said = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("Using workflow")]
    assert done.returncode != 0
    assert len(said) == 1, done.stderr
    assert said[0].startswith("theirs/private belongs to another user (user id 12345); continue as that user, or name")


def test_two_configs_are_refused_and_a_target_between_them_is_explained(fresh) -> None:
    (fresh.folder / "flow.json").write_text('{"kept": 3}')
    done = fresh.snakemake("--configfile", "config/config.yaml", "flow.json", "-n")
    assert done.returncode != 0
    said = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("Using workflow")]
    assert len(said) == 1, done.stderr
    assert re.search(r"names 2 files: .*flow\.json; .*name one.*target.*before --configfile", said[0])


def test_the_command_takes_a_target_as_the_guide_types_it(fresh, tmp_path) -> None:
    link = tmp_path / "linked"
    link.symlink_to(fresh.folder / "radonc-sft")
    fresh.set_up()
    done = fresh.call(str(link), "run", "--configfile", "config/config.yaml", "all_data", "-n")
    assert done.returncode == 0, done.stderr
    assert re.search(r"^all_data +1$", done.stdout, flags=re.MULTILINE)
    assert "finetune" not in done.stdout


def test_all_faults_of_a_study_are_named_at_once(fresh) -> None:
    mapping = (fresh.folder / "config" / "mappings" / "synthetic.yaml").read_text(encoding="utf-8")
    (fresh.folder / "mapping.yaml").write_text(mapping.replace("last_name:", "surname:"), encoding="utf-8")
    config = tiny_config()
    config["extract"]["mapping"] = "mapping.yaml"
    config["cohort"] = {"rules": ["no_dose"]}
    config["models"] = {"demo-llama": {"demo": "llama", "recipe": "config/recipes/demo-llama.yaml"}}
    (fresh.folder / "bad.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    said = fresh.snakemake("--dry-run", config="bad.yaml").stderr
    assert re.search(r"^mapping\.yaml: patients\.columns: there is no column 'surname'.*last_name", said, re.MULTILINE)
    assert re.search(r"^config: cohort\.rules: there is no rule 'no_dose'", said, re.MULTILINE)


def test_a_nested_key_is_changed_on_the_command_line(fresh) -> None:
    done = fresh.snakemake(
        "--dry-run", "--config", "predict={batch_size: 8}", "train={seeds: [1, 2]}", config="config/config.yaml"
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"^finetune +12$", done.stdout, flags=re.MULTILINE)
    bad = fresh.snakemake("--dry-run", "--config", "predict={batch_size: many}", config="config/config.yaml")
    assert "config: predict.batch_size: must be a whole number, not the text 'many'" in bad.stderr


def test_a_missing_extract_says_where_to_name_it(fresh, monkeypatch) -> None:
    monkeypatch.setenv("RADONC_EXTRACT", "nowhere")
    done = fresh.snakemake("--dry-run", config="config/tcga.yaml")
    assert done.returncode != 0
    assert re.search(r"nowhere/patients\.csv.*RADONC_EXTRACT", done.stderr)


def test_a_task_can_be_left_out(fresh) -> None:
    config = tiny_config()
    config["tasks"] = {"icd10": {}}
    config["models"] = {"demo-llama": {"demo": "llama", "recipe": "config/recipes/demo-llama.yaml"}}
    (fresh.folder / "one.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    done = fresh.snakemake("--dry-run", config="one.yaml")
    assert done.returncode == 0, done.stderr
    assert "review_sheets" not in done.stdout
    assert re.search(r"^finetune +1$", done.stdout, flags=re.MULTILINE)


def test_dates_are_shifted_where_the_config_asks_for_it(fresh) -> None:
    config = tiny_config()
    assert "shift_dates" not in fresh.snakemake("--dry-run", config="config/config.yaml").stdout
    config["deidentify"]["max_shift_days"] = 365
    config["models"] = {"demo-llama": {"demo": "llama", "recipe": "config/recipes/demo-llama.yaml"}}
    (fresh.folder / "shifted.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    assert re.search(r"^shift_dates +1$", fresh.snakemake("--dry-run", config="shifted.yaml").stdout, re.MULTILINE)


def test_real_patients_become_cases(tcga, tmp_path, monkeypatch) -> None:
    checkout = check_out(tmp_path / "checkout")
    monkeypatch.setenv("RADONC_EXTRACT", str(tcga))
    done = checkout.snakemake("all_data", config="config/tcga.yaml")
    assert done.returncode == 0, done.stderr[-3000:]
    flow = (checkout.folder / "results" / "tcga" / "cohort" / "flow.json").read_text()
    assert yaml.safe_load(flow)["extracted"] == 11_150
    assert yaml.safe_load(flow)["kept"] > 1_000
