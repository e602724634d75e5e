"""The project as a whole: what linters, type checks and contracts say, and that its files agree."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

ROOT = Path(__file__).parents[1]
RULES = sorted((ROOT / "workflow" / "rules").glob("*.smk"))
SCRIPTS = {path.stem for path in (ROOT / "workflow" / "scripts").glob("*.py")}
WITHOUT_JOB = {"common", "collect"}


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("snakefmt", "--check", "Snakefile", "workflow/rules"),
        ("mypy",),
        ("snakemake", "--lint"),
    ],
    ids=" ".join,
)
def test_it_is_clean(command: tuple[str, ...]) -> None:
    done = run(*command)
    assert done.returncode == 0, done.stdout + done.stderr


def lint_imports(library: Path) -> subprocess.CompletedProcess[str]:
    """Hold a copy of the library against the contracts."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(library)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_no_room_imports_from_above() -> None:
    done = lint_imports(ROOT / "workflow" / "lib")
    assert done.returncode == 0, done.stdout


def test_planted_imports_break_the_contracts(tmp_path: Path) -> None:
    library = shutil.copytree(ROOT / "workflow" / "lib", tmp_path / "lib", ignore=shutil.ignore_patterns("__pycache__"))
    planted = {
        "data/upwards.py": "import radonc.report.words",
        "added_room/__init__.py": "",
        # A module of the scrubber that no contract names, imported directly and through another room's.
        "deid/scrubber/added.py": "",
        "deid/between.py": "from radonc.deid.scrubber import added",
        "deid/gate/directly.py": "from radonc.deid.scrubber import added",
        "deid/gate/indirectly.py": "from radonc.deid import between",
    }
    for name, text in planted.items():
        path = library / "radonc" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{text}\n", encoding="utf-8")
    done = lint_imports(library)
    assert done.returncode != 0
    assert "Contracts: 0 kept, 2 broken" in done.stdout
    for culprit in ("data.upwards", "added_room", "deid.gate.directly", "deid.gate.indirectly"):
        assert f"radonc.{culprit}" in done.stdout


def blocks(path: Path) -> dict[str, str]:
    """Return the rules of a file: name -> text."""
    parts = re.split(r"^(?:rule|checkpoint) (\w+):$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("path", [path for path in RULES if path.stem not in WITHOUT_JOB], ids=lambda path: path.stem)
def test_every_rule_says_what_it_does_and_what_it_needs(path: Path) -> None:
    for name, text in blocks(path).items():
        for directive in ("log", "benchmark", "resources", "conda", "params"):
            assert f"\n    {directive}:" in text, f"{name} has no {directive}"
        for detail in ("mem_mb=", "runtime=", "code=code("):
            assert detail in text, f"{name} has no {detail}"


def test_every_job_carries_the_digest_of_its_own_code() -> None:
    # Snakemake's own trigger is off. A rule without the digest would not notice an edit.
    jobs = [
        (name, text)
        for path in [ROOT / "Snakefile", *RULES]
        for name, text in blocks(path).items()
        if re.search(r"^    (run|shell|script|notebook|wrapper|cwl|template_engine):", text, flags=re.MULTILINE)
    ]
    assert len(jobs) == 26
    for name, text in jobs:
        scripts = re.findall(r"^ +script:\n +\"\.\./scripts/(\w+)\.py\"", text, flags=re.MULTILINE)
        commands = re.findall(r"^ +script=path_of\(\"(\w+)\"\),", text, flags=re.MULTILINE)
        digests = re.findall(r"^ +code=code\((.*)\),$", text, flags=re.MULTILINE)
        by_shell = [f'"{script}", run_by="{name}"' for script in commands]
        assert digests == [f'"{script}"' for script in scripts] + by_shell, name
        assert ("\n    script:\n" in text, "\n    shell:\n" in text) == (bool(scripts), bool(commands)), name
        assert len(digests) == 1, name


def test_the_digest_is_the_only_code_trigger() -> None:
    for profile in ("default", "slurm"):
        settings = yaml.safe_load((ROOT / "profiles" / profile / "config.yaml").read_text())
        assert settings["rerun-triggers"] == ["mtime", "params", "input", "software-env"]
        assert settings["max-checksum-file-size"] == 1_000_000_000


def test_what_runs_where_snakemake_runs_counts_so_and_nothing_else_does() -> None:
    # Snakemake lets any number of local jobs run at a time; the profile limits this resource for the login node's sake.
    rules = {name: rule for path in RULES for name, rule in blocks(path).items() if not name.startswith("all_")}
    local = {name for name, rule in rules.items() if "    localrule: True\n" in rule}
    counted = {name for name, rule in rules.items() if "        local_jobs=1,\n" in rule}
    assert counted == local != set()


def test_rule_files_read_on_two_screens() -> None:
    assert all(len(path.read_text().splitlines()) <= 150 for path in RULES)
    assert len((ROOT / "Snakefile").read_text().splitlines()) <= 60


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which ``pip install .`` would put the library."""
    source, wheels, installed = (tmp_path_factory.mktemp(name) for name in ("source", "wheels", "installed"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "workflow" / "lib", source / "workflow" / "lib", ignore=unwanted)
    offline = ("--no-deps", "--no-build-isolation", "--no-index")
    done = run("pip", "wheel", str(source), *offline, "--wheel-dir", str(wheels))
    assert done.returncode == 0, done.stderr
    [wheel] = wheels.glob("*.whl")
    with ZipFile(wheel) as files:
        files.extractall(installed)
    return installed


def test_an_installation_has_every_file_of_the_library(installed: Path) -> None:
    library = ROOT / "workflow" / "lib"
    files = {str(path.relative_to(library)) for path in library.glob("radonc/**/*") if path.is_file()}
    files = {name for name in files if not name.endswith(".pyc")}
    assert len(files) > 100
    assert sorted(name for name in files if not (installed / name).exists()) == []


def test_an_installation_runs(installed: Path) -> None:
    shown = "import radonc; print(radonc.__file__)"
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    found = subprocess.run([sys.executable, "-c", shown], env=environment, capture_output=True, text=True, check=True)
    assert found.stdout.startswith(str(installed))
    command = [sys.executable, "-m", "radonc.deid"]
    record = '{"id": 1, "text": "Seen by Dr. Long on 3/14/2015: 50.4 Gy in 28 fx"}'
    done = subprocess.run(command, input=record, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Seen by Dr. [NAME] on [DATE]: 50.4 Gy in 28 fx" in done.stdout


def test_every_script_has_its_rule() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in RULES)
    used = set(re.findall(r"scripts/(\w+)\.py", text)) | set(re.findall(r'path_of\("(\w+)"\)', text))
    assert used == SCRIPTS


def test_the_environments_pin_what_the_lock_pins() -> None:
    lock = set(re.findall(r"^\S+==\S+$", (ROOT / "requirements.txt").read_text(), flags=re.MULTILINE))
    for path in (ROOT / "envs").glob("*.yaml"):
        pins = yaml.safe_load(path.read_text())["dependencies"][-1]["pip"]
        assert pins
        assert set(pins) <= lock, path.name


def test_the_lock_asks_for_no_cuda() -> None:
    lock = (ROOT / "requirements.txt").read_text()
    # nvidia-ml-py asks the driver for figures and brings nothing of CUDA.
    assert "nvidia" not in lock.replace("nvidia-ml-py==", "")
    assert re.search(r"^torch==[\d.]+$", lock, flags=re.MULTILINE)


def test_the_snakefile_needs_no_torch() -> None:
    program = "import sys; sys.modules['torch'] = None; from snakemake.cli import main; main(['--dry-run', '--quiet'])"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_no_two_test_files_bear_one_name() -> None:
    # pytest imports them by their names alone.
    names = [path.name for path in (ROOT / "tests").rglob("*.py") if path.name != "conftest.py"]
    assert sorted(names) == sorted(set(names))


def test_git_holds_nothing_that_it_is_told_to_ignore() -> None:
    # A link to an environment, once committed, takes the place of the environment wherever the commit is checked out.
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert listed.stdout == ""
