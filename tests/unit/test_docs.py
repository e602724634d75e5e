"""The manual and the pages say what the code does: keys, defaults, columns, rules, files, commands, links."""

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from test_reruns import SCORED

from radonc.data import outcomes, rules
from radonc.data.checks import CHECKS
from radonc.data.outcomes import ANSWER_MODES, COMPARISONS, SCORES, SUBGROUPS
from radonc.data.outcomes import DOUBTS as DOUBT_COLUMNS
from radonc.data.schemas import CANONICAL, WORKSHEET
from radonc.deid import __main__ as deidentifier
from radonc.deid.sampling import FILLED_IN
from radonc.deid.scrubber.lexicon import Lexicon
from radonc.deid.scrubber.scrub import PATTERNS
from radonc.evaluation.calibration import TOPS
from radonc.evaluation.classification import AVERAGES
from radonc.evaluation.coherence import PAIRS
from radonc.evaluation.components import ROUNDED
from radonc.evaluation.privacy_reading import KINDS
from radonc.evaluation.ratings import LEVEL, cases_needed, power
from radonc.evaluation.review import SCALE
from radonc.evaluation.subgroups import RARE, YEARS
from radonc.regimen.quantities import ROUNDING
from radonc.report.robustness import CHARACTERISTICS, DOUBTS
from radonc.report.small_cells import EVERY_HUNDREDTH, SMALLEST
from radonc.report.words import COMPONENTS as COMPONENT_NAMES
from radonc.runtime.settings import reference
from radonc.runtime.settings.files import load
from radonc.runtime.settings.mapping import ExtractMapping
from radonc.runtime.settings.statistics import Acceptability
from radonc.runtime.settings.study import Study
from radonc.statistics import paired_differences, paired_tests
from radonc.vocabulary.tags import Label

ROOT = Path(__file__).parents[2]
MANUAL = ROOT / "config" / "README.md"
DOCS = ROOT / "docs"
PAGES = [MANUAL, *sorted(DOCS.rglob("*.md"))]
MARKDOWN = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not any(part.startswith(".") or part == "results" for part in path.relative_to(ROOT).parts)
)
RULE_FILES = sorted((ROOT / "workflow" / "rules").glob("*.smk"))
RULES = "\n".join(path.read_text(encoding="utf-8") for path in RULE_FILES)
PLACES = [ROOT, ROOT / "workflow" / "lib" / "radonc", ROOT / "config"]
YOURS = {
    "config/mine.yaml",
    "config/mappings/mine.yaml",
    "config/annotations",
    "config/ratings",
    "config/readings",
    "results/private/workflow-report.html",
}
"""What the pages tell the reader to make."""


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def page(name: str) -> str:
    return text_of(DOCS / f"{name}.md")


def code_of(text: str) -> list[str]:
    """Return what a page sets as code: blocks, and spans between backticks."""
    return re.findall(r"^```.*?^```", text, flags=re.MULTILINE | re.DOTALL) + spans_of(text)


def spans_of(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


def flat(text: str) -> str:
    return " ".join(text.split())


# ---- the manual against the settings ---------------------------------------------------------------------------


def test_what_is_made_from_the_settings_is_current() -> None:
    """``python -m radonc.runtime.settings.reference`` makes it anew."""
    stale = [path.name for path, text in reference.files(ROOT).items() if not path.exists() or text_of(path) != text]
    assert stale == []


def test_the_manual_names_every_column_and_value_of_an_extract() -> None:
    words = set(re.findall(r"\w+", text_of(MANUAL)))
    for table in CANONICAL.values():
        assert set(table.columns) <= words
        for column in table.columns.values():
            allowed = [check.statistics.get("allowed_values", ()) for check in column.checks]
            assert {word for values in allowed for word in values} <= words, column.name


# ---- the pages against the code --------------------------------------------------------------------------------


KEYS = dict(re.findall(r"^\| `([\w.<>]+)` \|.*\| (.+) \|$", text_of(MANUAL), flags=re.MULTILINE))
"""Each key of the manual's tables, which are made from the settings -> its default, as it stands there."""


def default(key: str) -> Any:
    return json.loads(KEYS[key].strip("`"))


@pytest.mark.parametrize("path", [ROOT / "README.md", *PAGES], ids=lambda path: path.stem)
def test_every_key_of_the_config_that_is_named_exists(path: Path) -> None:
    known = {".".join(key.split(".")[:n]) for key in KEYS for n in range(1, key.count(".") + 2)}
    sections = {key.split(".")[0] for key in KEYS if "." in key}
    spans = {span for span in spans_of(text_of(path)) if re.fullmatch(r"[a-z_]+\.[\w.]+", span)}
    assert [span for span in sorted(spans) if span.split(".")[0] in sections and span not in known] == []


def test_the_index_has_every_page() -> None:
    linked = {
        (DOCS / target).resolve() for target in re.findall(r"^\| \[[^]]+\]\(([^)]+)\)", page("README"), re.MULTILINE)
    }
    assert linked == {*PAGES} - {DOCS / "README.md"}


JOBS = re.findall(r"^(?:rule|checkpoint) (?!all)(\w+):", RULES, flags=re.MULTILINE)


def test_rules_has_every_rule() -> None:
    rows = re.findall(r"^\| `((?!all_)\w+)`", page("reference/rules"), flags=re.MULTILINE)
    assert sorted(rows) == sorted(JOBS)


def test_rules_has_every_named_target() -> None:
    targets = set(re.findall(r"^rule (all_\w+):", RULES, flags=re.MULTILINE))
    assert set(re.findall(r"^\| `(all_\w+)` \|", page("reference/rules"), flags=re.MULTILINE)) == targets


def test_developing_has_every_room() -> None:
    rooms = {path.parent.name for path in (ROOT / "workflow" / "lib" / "radonc").glob("*/__init__.py")}
    assert set(re.findall(r"\| `(\w+)/` \|", page("developing"))) == rooms


def test_own_data_has_every_reason_to_leave_the_cohort() -> None:
    assert {*(rule.code for rule in rules.RULES), *rules.ANNOTATION} <= set(spans_of(page("guides/own-data")))


def test_own_data_has_the_columns_that_tcga_needs() -> None:
    wanted: dict[str, set[str]] = {}
    for table in load(ROOT / "config" / "mappings" / "tcga.yaml", ExtractMapping).tables.values():
        for column in table.columns.values():
            wanted.setdefault(table.file, set()).update(column.sources)
    for file, columns in wanted.items():
        listed = re.search(
            rf"^`{re.escape(file)}`, one row per [\w ]+: ([^.]+)\.", page("guides/own-data"), re.MULTILINE
        )
        assert listed, file
        assert set(flat(listed[1]).split(", ")) == columns


def test_privacy_has_every_tag_and_every_class_of_safe_harbor() -> None:
    assert {label.tag for label in Label} <= set(spans_of(page("reference/privacy")))
    rows = re.findall(r"^\| ((?:[A-R](?:, )?)+) ", page("reference/privacy"), flags=re.MULTILINE)
    assert "".join(rows).replace(", ", "") == "ABCDEFGHIJKLMNOPQR"


def test_privacy_has_an_example_that_the_command_answers_so() -> None:
    text = page("reference/privacy")
    shown = re.search(r"echo '(.+)' \|\n +\.venv/bin/python -m radonc\.deid ", text)
    answer = re.search(r'`(\{"id": 1, "text": ".+), "spans": …\}`', text)
    assert shown
    assert answer
    [record] = deidentifier.records([shown[1]])
    answered = deidentifier.scrub(record, Lexicon())
    assert answered.keys() == {"id", "text", "spans"}
    assert json.loads(answer[1] + "}") == {"id": answered["id"], "text": answered["text"]}


def test_developing_has_a_pattern_that_there_is() -> None:
    shown = re.search(r'`_(\w+)\(r"(.+)", "(.+)"\)`', page("developing"))
    assert shown
    patterns = {(pattern.label.name.lower(), pattern.expression, pattern.example) for pattern in PATTERNS.patterns}
    assert shown.groups() in patterns


def test_the_sheets_have_the_columns_and_words_that_people_fill_in() -> None:
    text = page("guides/annotation-and-review")
    assert all(f"| {step} | {meaning} |" in text for step, meaning in SCALE.items())
    assert {*FILLED_IN, "answer", "annotator", "rating", "comment", *WORKSHEET.columns} - {
        "case_id",
        "task",
        "reason",
    } <= set(spans_of(text))
    assert f": {', '.join(KINDS)}." in flat(text)


def test_own_data_shows_a_config_and_a_mapping_that_are_allowed(tmp_path: Path) -> None:
    blocks = re.findall(r"^```yaml\n# (config/\S+)\n(.*?)^```", page("guides/own-data"), flags=re.MULTILINE | re.DOTALL)
    models = {"config/mine.yaml": Study, "config/mappings/mine.yaml": ExtractMapping}
    assert [name for name, _ in blocks] == [*models]
    for name, text in blocks:
        (tmp_path / "mine.yaml").write_text(text)
        load(tmp_path / "mine.yaml", models[name])


def test_own_data_has_the_limits_at_which_a_run_stops() -> None:
    text = page("guides/own-data")
    for words, key in {
        "more than {:.0%} of the rows": "extract.max_rejected",
        "more than {:.0%} of the answers": "deidentify.max_tagged",
        "fewer than {} cases": "cohort.min_cases",
    }.items():
        stated = words.format(default(key)).replace("%", " %")
        assert re.search(rf"^\| {stated} .*\| `{re.escape(key)}` \|$", text, re.MULTILINE), key


def test_own_data_has_every_flag() -> None:
    assert {check.code for check in CHECKS} <= set(spans_of(page("guides/own-data")))


STATISTICS = page("reference/statistics")


def test_statistics_has_every_table_and_column() -> None:
    spans = set(spans_of(STATISTICS))
    assert {f"{name}.parquet" for name in outcomes.TABLES} <= spans
    keys = {"case_id", "task", "model", "metric", "group", "arm", "run", "answer_mode", "reference", "answer", "parsed"}
    for table in (SCORES, COMPARISONS, SUBGROUPS, DOUBT_COLUMNS):
        assert set(table.columns) - keys - {"characteristic"} <= spans, table.name
    assert set(ANSWER_MODES) <= spans


def test_statistics_has_every_metric_group_and_kind_of_doubt() -> None:
    spans = set(spans_of(STATISTICS))
    assert {*AVERAGES, "accuracy", "rouge1", "parse_rate"} <= spans
    assert {"brier", "ece", *(f"top{top}" for tops in TOPS.values() for top in tops)} <= spans
    assert {*COMPONENT_NAMES, *PAIRS, *CHARACTERISTICS, *DOUBTS} <= spans


def test_statistics_states_the_numbers_of_the_code() -> None:
    text = flat(STATISTICS)
    assert f"up to {paired_tests.LONGEST_EXACT} differences" in text
    assert f"up to {paired_differences.LONGEST_EXACT} cases" in text
    assert f"less than {ROUNDED} Gy" in text
    assert f"within {100 * ROUNDING:g} %" in text
    assert f"fewer than {EVERY_HUNDREDTH + SMALLEST} cases" in text
    assert f"fewer than {RARE} training cases" in text
    assert f"bands of {YEARS} calendar years" in text
    assert f"`statistics.near_duplicate_similarity` ({default('statistics.near_duplicate_similarity')})" in text


def test_statistics_states_the_power_of_the_planned_test() -> None:
    text = flat(STATISTICS)
    claim = Acceptability()
    n_cases = default("review.n_cases")
    first_of_two = LEVEL / 2
    percent = f"{power(n_cases, claim, first_of_two):.0%}".replace("%", " %")
    design = f"For {claim.expected_rate} against {claim.null_rate} and two models the default sheet of {n_cases} cases"
    assert f"{design} has a power of {percent}" in text
    assert f"**{cases_needed(claim, first_of_two)} cases** are needed for 80 %" in text
    assert f"({cases_needed(claim)} with one model)" in text


def test_troubleshooting_quotes_messages_that_there_are() -> None:
    files = [*(ROOT / "workflow" / "lib" / "radonc").rglob("*.py"), ROOT / "radonc-sft"]
    source = "\n".join(map(text_of, files))
    # As a message reads: the strings of several lines as one, and what is filled in as dots.
    source = re.sub(r"\{[^{}]*\}", "…", re.sub(r'"\s*\n\s*f?"', "", source))
    cells = re.findall(r"^\| (`[^|]+`) \|", page("troubleshooting"), flags=re.MULTILINE)
    quoted = [message for cell in cells for message in spans_of(cell) if message not in OF_SNAKEMAKE]
    assert len(quoted) > 15
    parts = {part.strip() for message in quoted for part in message.split("…")}
    assert [part for part in sorted(parts) if part not in source] == []


OF_SNAKEMAKE = {"Directory cannot be locked"}
"""Messages that are Snakemake's own."""


# ---- the tutorial ----------------------------------------------------------------------------------------------


def test_the_tutorial_shows_what_a_learning_rate_reruns() -> None:
    (block,) = re.findall(r"^```text\njob +count\n(.*?)^```", page("tutorial"), flags=re.MULTILINE | re.DOTALL)
    shown = {rule: int(n) for rule, n in re.findall(r"^(\w+) +(\d+)$", block, flags=re.MULTILINE)}
    jobs = {"finetune": 1, "predict_tuned": 1, **SCORED, "all": 1}
    assert shown == {**jobs, "total": sum(jobs.values())}


# ---- files, commands, links ------------------------------------------------------------------------------------


def is_made(path: str) -> bool:
    """Tell whether a rule makes a file below a study's results, or a folder with such files."""
    wanted = path.replace("<reviewer>", "x").replace("*", "x").rstrip("/")
    templates = re.findall(r'f?"(?:<results>|\{RESULTS\})/([^"]+)"', RULES)
    templates += [f"logs/{name}" for name in re.findall(r'"<logs>/([^"]+)"', RULES)]
    patterns = [re.sub(r"\\\{+\w+\\\}+", "[^/]+", re.escape(template)) for template in templates]
    folder = f"{re.escape(wanted)}/"
    return any(
        re.fullmatch(pattern, wanted) or re.match(folder, template)
        for pattern, template in zip(patterns, templates, strict=True)
    )


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_file_that_is_named_exists_or_is_made(path: Path) -> None:
    unknown = []
    for span in spans_of(text_of(path)):
        made = span.removeprefix("<results>/").removeprefix("results/")
        if not re.fullmatch(r"[\w.<>*-]+(/[\w.<>*-]*)+", span) or span in YOURS or span.startswith("."):
            continue
        is_of_results = made != span
        if not ((not made or is_made(made)) if is_of_results else any((place / span).exists() for place in PLACES)):
            unknown.append(span)
    assert unknown == []


def commands() -> list[str]:
    return [
        line.split(" #")[0].strip()
        for path in PAGES
        for code in code_of(text_of(path))
        for line in code.splitlines()
        if "./radonc-sft " in line
    ]


def test_every_command_that_is_shown_exists() -> None:
    assert commands()
    cases = re.findall(r"^ {4}([\w|]+)\)", text_of(ROOT / "radonc-sft"), flags=re.MULTILINE)
    known = [name for case in cases for name in case.split("|")]
    targets = re.findall(r"^rule (\w+):", RULES, flags=re.MULTILINE)
    for line in commands():
        command, *words = line.split("./radonc-sft ")[1].replace("'", "").split()
        assert command in known, line
        assert all(word in targets for word in words if word.startswith("all_")), line
        options = dict(pairwise(words))
        config = options.get("--configfile", "config/config.yaml")
        assert config in YOURS or (ROOT / config).is_file(), line
        assert "--profile" not in options or (ROOT / options["--profile"] / "config.yaml").is_file(), line


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", text_of(path))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = path.parent / name if name else path
        if not file.exists() or (anchor and anchor not in anchors_of(file)):
            broken.append(target)
    assert broken == []


def anchors_of(path: Path) -> set[str]:
    """Return the anchors that a Markdown page's headings get on GitHub."""
    headings = re.findall(r"^#+ (.+)$", text_of(path), flags=re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
