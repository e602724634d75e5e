"""The scorer of the de-identification benchmark, by cases that are computed by hand."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FOLDER = Path(__file__).parents[3] / "benchmarks" / "deid"


@pytest.fixture(scope="module")
def load() -> Any:
    """Load a module of the benchmark from its file: the scripts of the workflow have some of the same names."""
    patch = pytest.MonkeyPatch()

    def loaded(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        patch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    yield loaded
    patch.undo()


@pytest.fixture(scope="module")
def scorer(load: Any) -> ModuleType:
    return load("score")


@pytest.fixture(scope="module")
def table(load: Any, scorer: ModuleType) -> ModuleType:
    assert sys.modules["score"] is scorer
    return load("table")


def gold(text: str, part: str, kind: str, form: str = "unknown") -> dict[str, Any]:
    start = text.index(part)
    return {"start": start, "end": start + len(part), "class": kind, "told": form != "unknown", "form": form}


def shield(text: str, part: str, kind: str) -> dict[str, Any]:
    start = text.index(part)
    return {"start": start, "end": start + len(part), "kind": kind}


def corpus_record(text: str, spans: list[Any], protected: list[Any], known: Any = None) -> dict[str, Any]:
    return {"id": "r", "text": text, "known": known or {}, "spans": spans, "protected": protected}


def answer(text: str, *parts: str) -> dict[str, Any]:
    places = [(text.index(part), text.index(part) + len(part)) for part in parts]
    return {"id": "r", "spans": [{"start": start, "end": end, "label": "X"} for start, end in places]}


def counts(scorer: ModuleType, record: dict[str, Any], *parts: str) -> dict[str, tuple[int, int]]:
    tally = scorer.Tally()
    tally.add(record, answer(record["text"], *parts))
    return {name: (rate.count, rate.n) for name, rate in tally.rates().items()}


TEXT = "Ms. Ana Ruiz had 60 Gy."
RECORD = corpus_record(TEXT, [gold(TEXT, "Ana Ruiz", "NAME")], [shield(TEXT, "60 Gy", "DOSE")])


@pytest.mark.parametrize(
    ("parts", "missed"),
    [
        ((), 1),
        (("Ana Ruiz",), 0),
        (("Ms. Ana Ruiz had",), 0),
        (("Ana", "Ruiz"), 0),  # the space between says nothing
        (("Ana", "Rui"), 1),  # one letter exposed is a miss
        (("Ruiz",), 1),
    ],
)
def test_an_identifier_is_closed_when_all_its_letters_are(scorer: ModuleType, parts: Any, missed: int) -> None:
    assert counts(scorer, RECORD, *parts)["unknown/NAME"] == (missed, 1)


def test_separators_of_a_number_need_no_closing(scorer: ModuleType) -> None:
    text = "Call (216) 555-0143."
    record = corpus_record(text, [gold(text, "(216) 555-0143", "PHONE")], [])
    assert counts(scorer, record, "216", "555-0143")["unknown/PHONE"] == (0, 1)


def test_the_price_is_counted_in_characters_outside_identifiers(scorer: ModuleType) -> None:
    # 23 characters, 8 of them the name's; redacted without need: "Ms. " and "60".
    found = counts(scorer, RECORD, "Ms. Ana Ruiz", "60")
    assert found["characters"] == (6, 15)
    assert found["characters/unprotected"] == (4, 10)
    assert found["protected"] == found["protected/DOSE"] == (1, 1)


def test_overlapping_answers_count_once(scorer: ModuleType) -> None:
    assert counts(scorer, RECORD, "Ms. Ana", "Ms. Ana Ruiz")["characters"] == (4, 15)


def test_records_without_known_identifiers_are_also_counted_apart(scorer: ModuleType) -> None:
    with_known = corpus_record(TEXT, RECORD["spans"], RECORD["protected"], known={"last_name": "Ruiz"})
    tally = scorer.Tally()
    tally.add(RECORD, answer(TEXT, "Ms."))
    tally.add(with_known, answer(TEXT, "had"))
    rates = tally.rates()
    assert (rates["characters"].count, rates["characters"].n) == (6, 30)
    assert (rates["characters/nothing known"].count, rates["characters/nothing known"].n) == (3, 15)


@pytest.mark.parametrize(
    ("kind", "form", "measure"),
    [
        ("mrn", "exact", "known/mrn"),
        ("birth_date", "format", "known/birth_date"),
        ("relative", "edit1", "edit1/relative"),
        ("NAME", "unknown", "unknown/NAME"),
    ],
)
def test_every_gold_span_counts_for_one_measure(scorer: ModuleType, kind: str, form: str, measure: str) -> None:
    assert scorer.measure(TEXT, gold(TEXT, "Ana", kind, form)) == measure


@pytest.mark.parametrize(
    "span",
    [
        {"class": "NAME", "told": True, "form": "exact"},
        {"class": "mrn", "told": False, "form": "unknown"},
        {"class": "mrn", "told": True, "form": "unknown"},
        {"class": "surname", "told": True, "form": "exact"},
    ],
)
def test_a_gold_span_of_no_known_class_is_no_silent_gap(scorer: ModuleType, span: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no such class or form"):
        scorer.measure(TEXT, {"start": 4, "end": 7, **span})


def test_places_and_organisations_count_together(scorer: ModuleType) -> None:
    text = "From Ely, sent by Abbey House."
    record = corpus_record(text, [gold(text, "Ely", "PLACE"), gold(text, "Abbey House", "ORG")], [])
    found = counts(scorer, record, "Ely")
    assert found["unknown/PLACE+ORG"] == (1, 2)
    assert found["unknown/PLACE"] == (0, 1)
    assert found["unknown/ORG"] == (1, 1)


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("3/14/2022", True),
        ("14.03.22", True),
        ("2022-03-14", True),
        ("20220314", True),
        ("14 March 2022", True),
        ("Mar 14th, '22", True),
        ("14MAR2022", True),
        ("O3/l4/2O22", True),
        ("3/14", False),
        ("March 2022", False),
        ("14 March", False),
        ("Thursday", False),
        ("Thanksgiving", False),
        ("03/2022", False),
    ],
)
def test_a_full_date_tells_day_month_and_year(scorer: ModuleType, text: str, full: bool) -> None:
    assert scorer.is_full_date(text) is full


def test_no_miss_of_598_shows_99_4_percent(scorer: ModuleType) -> None:
    # With no miss the upper end is 1 - (0.05 / 2) ** (1 / n).
    rate = scorer.exact(0, 598)
    assert rate.low == 0
    assert rate.high == pytest.approx(1 - 0.025 ** (1 / 598))


def test_records_are_the_units_of_the_price(scorer: ModuleType) -> None:
    # Two records of 10 characters, 0 and 10 redacted: differences -5 and 5, so s.e. = sqrt(50 * 2) / 20 = 0.5.
    rate = scorer.ratio([(0, 10), (10, 10)])
    assert rate.value == 0.5
    assert (rate.low, rate.high) == (0.0, 1.0)
    # Ten such pairs: sqrt(500 * 20 / 19) / 200.
    rate = scorer.ratio([(0, 10), (10, 10)] * 10)
    assert rate.high - 0.5 == pytest.approx(1.959964 * (500 * 20 / 19) ** 0.5 / 200, rel=1e-6)


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 3), (5, 4), (20, 24)])
def test_a_span_outside_its_text_is_refused(scorer: ModuleType, start: int, end: int) -> None:
    given = {"id": "r", "spans": [{"start": start, "end": end, "label": "X"}]}
    with pytest.raises(ValueError, match="record r: a span from"):
        scorer.Tally().add(RECORD, given)


def test_an_answer_to_another_record_is_refused(scorer: ModuleType) -> None:
    with pytest.raises(ValueError, match="answers keep the corpus's order"):
        scorer.Tally().add(RECORD, {"id": "s", "spans": []})


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("answers", [[], [answer(TEXT), answer(TEXT)]])
def test_too_few_or_too_many_answers_are_refused(scorer: ModuleType, tmp_path: Path, answers: list[Any]) -> None:
    corpus = write(tmp_path / "corpus.jsonl", RECORD)
    with pytest.raises(ValueError, match="zip"):
        scorer.score(corpus, write(tmp_path / "answers.jsonl", *answers))


@pytest.mark.parametrize("show", [False, True])
def test_what_was_missed_is_printed_for_invented_corpora_alone(
    scorer: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], show: bool
) -> None:
    corpus = write(tmp_path / "corpus.jsonl", RECORD)
    answers = write(tmp_path / "answers.jsonl", answer(TEXT, "Ana", "had 60"))
    scorer.main([str(corpus), str(answers), *(["--show"] if show else [])])
    printed = capsys.readouterr().out
    assert "unknown/NAME" in printed
    assert ("Ruiz" in printed) is show
    assert ("had 1" in printed) is show


def test_verdicts_and_cells(table: ModuleType, scorer: ModuleType) -> None:
    missed = table.Row("known: mrn", "known/mrn", table.MISSED, 0.0, 3000)
    assert missed.verdict(scorer.exact(0, 3000)).strip() == table.MET
    assert missed.verdict(scorer.exact(0, 2999)).strip() == table.TOO_FEW
    assert missed.verdict(scorer.exact(1, 9000)).strip() == table.UNMET
    redacted = table.Row("names", "unknown/NAME", table.REDACTED, 0.05)
    assert redacted.target == "≥ 95 %"
    assert redacted.verdict(scorer.exact(5, 100)).strip() == table.MET
    assert redacted.verdict(scorer.exact(6, 100)).strip() == table.UNMET
    assert redacted.short(scorer.exact(6, 100)) == "94.00 %"
    assert redacted.short(None) == "–"


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (1, "100 %"), (1e-9, "0.01 %"), (1 - 1e-9, "99.99 %"), (0.12345, "12.35 %")]
)
def test_nothing_is_rounded_to_none_or_all(table: ModuleType, share: float, text: str) -> None:
    assert table.percent(share) == text


def test_every_measure_of_the_table_can_be_scored(table: ModuleType, scorer: ModuleType) -> None:
    known_measures = {f"known/{name}" for name in scorer.KNOWN}
    unknown = {f"unknown/{name}" for name in scorer.UNKNOWN}
    more = {"edit1", "protected", "unknown/PLACE+ORG", "unknown/DATE, partial"}
    more |= {"characters", "characters/unprotected", "characters/nothing known"}
    assert {row.measure for row in table.ROWS} <= known_measures | unknown | more
    # Places and organisations stand in one row; nothing else of the corpora is left out.
    assert known_measures | unknown <= {row.measure for row in table.ROWS} | {"unknown/PLACE", "unknown/ORG"}


def test_memory_that_grows_is_marked(table: ModuleType) -> None:
    streams = [{"n_records": n, "records_per_second": 3000.0, "peak_mb": mb} for n, mb in ((10, 100.0), (20, 111.0))]
    lines = table.at_scale(streams)
    assert lines[2].endswith(f"100 {table.MET} |")
    assert lines[3].endswith(f"111 {table.UNMET} |")


def test_a_cost_that_is_not_known_has_no_verdict(table: ModuleType) -> None:
    assert table.SPEED.cell(None, judged=True) == "–"
    assert table.SPEED.cell(1999.0, judged=True) == f"1,999 {table.UNMET}"
    assert table.SPEED.cell(1999.0, judged=False) == "1,999"


@pytest.mark.parametrize(
    ("kind", "value", "named", "form"),
    [
        ("NAME", "Ana Ruiz", "name", "format"),
        ("NAME", "Ruiz", "name", "exact"),
        ("NAME", "Leo Ruiz", "relative", "exact"),
        ("NAME", "Leo", "relative", "format"),
        ("NAME", "Kim", "physician", "format"),
        ("NAME", "Ana Kim", "NAME", "unknown"),
        ("DATE", "Mar 04, 1960", "birth_date", "format"),
        ("DATE", "03/05/1960", "DATE", "unknown"),
        ("ID", "0012345", "mrn", "exact"),
        ("PHONE", "216.555.0143", "phone", "format"),
        ("PHONE", "216-555-0144", "PHONE", "unknown"),
        ("PLACE", "ELY", "city", "format"),
        ("AGE", "91", "AGE", "unknown"),
    ],
)
def test_the_synthetic_corpus_says_what_is_known(load: Any, kind: str, value: str, named: str, form: str) -> None:
    known = {
        "first_name": "Ana",
        "last_name": "Ruiz",
        "relative_name": "Leo Ruiz",
        "physician": ["Yu Kim"],
        "birth_date": "1960-03-04",
        "mrn": "0012345",
        "phone": "(216) 555-0143",
        "city": "Ely",
    }
    found = load("synthetic_corpus").classify(kind, value, known)
    assert found == {"class": named, "told": form != "unknown", "form": form}


def test_protected_spans_of_the_synthetic_corpus_leave_identifiers_alone(load: Any) -> None:
    text = "Seen 5 cm left of Dr. Left, pT2b, 60 Gy in 30 fractions, 58 yo."
    start = text.index("Left")
    made = load("synthetic_corpus").record("1", text, {}, [{"start": start, "end": start + 4, "kind": "NAME"}])
    found = [(span["kind"], text[span["start"] : span["end"]]) for span in made["protected"]]
    assert found == [
        ("SIZE", "5 cm"),
        ("LATERALITY", "left"),
        ("TNM", "pT2b"),
        ("DOSE", "60 Gy"),
        ("FRACTIONS", "30 fractions"),
        ("AGE89", "58"),
    ]


def test_streams_never_repeat_a_word(load: Any) -> None:
    stream = load("stream")
    assert len({stream.word(number) for number in range(20_000)}) == 20_000


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="cores are named on Linux alone")
def test_a_program_is_measured_and_its_status_kept(tmp_path: Path) -> None:
    report = tmp_path / "took.json"
    program = "import os, sys; held = b'x' * 60_000_000; print(len(os.sched_getaffinity(0))); sys.exit(3)"
    runner = [sys.executable, "-S", FOLDER / "measure.py", report, sys.executable, "-S", "-c", program]
    done = subprocess.run(runner, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert done.stdout.strip() == "1"
    took = json.loads(report.read_text())
    assert 60 < took["peak_mb"] < 120
    assert took["cpu_seconds"] <= took["seconds"] + 0.1
