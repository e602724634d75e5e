"""Draws, typing noise, histories and fates: the small parts."""

from collections import Counter
from datetime import date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.synthetic.charts import last_day, plan_start
from radonc.synthetic.fates import REJECTED, apportion, broader_code, draw_fates
from radonc.synthetic.histories import Piece, TypingNoise, join
from radonc.synthetic.knowledge import maybe, numbers, weighted
from radonc.synthetic.people import US_DATE, People
from radonc.synthetic.sites import settings
from radonc.vocabulary import icd10


def test_weights_count():
    rng = Random(1)
    drawn = Counter(weighted(rng, {"often": 9, "seldom": 1, "never": 0}) for _ in range(2000))
    assert 1700 < drawn["often"] < 1900
    assert drawn["never"] == 0
    assert maybe(rng, {}) is None


@given(st.integers(0, 50), st.integers(0, 50), st.integers())
def test_numbers_stay_within_their_range_and_keep_their_decimals(low, more, seed):
    whole = numbers(Random(seed), f"{{{low}-{low + more}}} mm")
    assert low <= int(whole.removesuffix(" mm")) <= low + more
    tenth = numbers(Random(seed), f"PSA {{{low}.0-{low + more}.5}}").removeprefix("PSA ")
    assert low <= float(tenth) <= low + more + 0.5
    assert tenth[-2] == "."


def test_words_in_braces_are_left_to_others():
    assert numbers(Random(0), "the {side} breast") == "the {side} breast"


@given(st.text(st.characters(codec="ascii")), st.integers(0, 500))
def test_typing_errors_move_letters_and_lose_none(text, seed):
    typed = TypingNoise(Random(seed), {}).apply(text)
    assert Counter(typed.lower()) == Counter(text.lower())


def test_each_kind_of_noise_occurs():
    clean = "Patient with status post excision, without complications."
    typed = {
        TypingNoise(Random(seed), {"status post": "s/p", "with": "w/", "without": "w/o"}).apply(clean)
        for seed in range(300)
    }
    assert clean in typed
    assert clean.lower() in typed
    assert clean.upper() in typed
    assert "Patient w/ s/p excision, w/o complications." in typed
    assert any("complications" not in text and "s/p" not in text and text[0] == "P" for text in typed)


@given(st.lists(st.tuples(st.text(), st.sampled_from([None, "NAME", "DATE"]))))
def test_spans_cut_their_pieces_out(parts):
    text, spans = join([Piece(*part) for part in parts])
    assert text == "".join(part for part, _ in parts)
    assert [(text[span.start : span.end], span.kind) for span in spans] == [part for part in parts if part[1]]
    assert all(span.value == text[span.start : span.end] for span in spans)


@given(st.dates(date(2008, 1, 1), date(2022, 12, 31)), st.integers(1, 60), st.integers())
def test_treatment_runs_on_weekdays(diagnosed, n_fractions, seed):
    start = plan_start(Random(seed), diagnosed)
    end = last_day(start, n_fractions)
    days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
    assert start > diagnosed
    assert end.weekday() < 5
    assert sum(day.weekday() < 5 for day in days) == n_fractions


@given(st.integers(0, 97), st.dates(date(2008, 1, 1), date(2022, 12, 31)))
def test_patients_are_as_old_as_they_are_said_to_be(age, diagnosed):
    born = datetime.strptime(PEOPLE.draw_patient("female", age, diagnosed).row["DateOfBirth"], US_DATE)
    had_birthday = (diagnosed.month, diagnosed.day) >= (born.month, born.day)
    assert diagnosed.year - born.year - (not had_birthday) == age


PEOPLE = People(Random(1), 1)


def test_children_come_with_a_parent():
    people = [PEOPLE.draw_patient("male", 8, date(2015, 5, 5)) for _ in range(50)]
    assert {person.relation for person in people} == {"mother", "father"}
    assert not any(person.row["FormerName"] for person in people)


@given(st.integers(0, 20_000), st.integers(1, 20_000), st.integers())
def test_fates_add_up(n_others, n_eligible, seed):
    counts = Counter(draw_fates(Random(seed), n_others + n_eligible, n_eligible))
    assert counts["eligible"] + counts["eligible_annotated"] == n_eligible
    assert counts.total() == n_others + n_eligible
    assert n_others < len(REJECTED) or all(counts[fate] for fate in REJECTED)


@given(st.integers(0, 5000), st.dictionaries(st.text(max_size=3), st.floats(0.1, 50), min_size=1, max_size=12))
def test_apportionment_keeps_to_the_quotas(total, weights):
    counts = apportion(total, weights)
    assert sum(counts.values()) == total
    assert min(counts.values()) >= (1 if total >= len(weights) else 0)
    quotas = {name: total * weight / sum(weights.values()) for name, weight in weights.items()}
    if min(quotas.values()) >= 1:
        assert all(abs(counts[name] - quotas[name]) < 1 for name in weights)


def test_the_study_of_the_paper():
    counts = Counter(draw_fates(Random(0), 15_724, 7_903))
    assert counts["eligible"] + counts["eligible_annotated"] == 7_903
    assert counts["multiple_diagnoses"] == pytest.approx(7_821 * 18 / 51, abs=1)


def test_a_broader_code_is_valid_and_cannot_be_billed():
    codes = {
        code
        for setting in settings()
        for subsite in setting.subsites
        for code in ([subsite.code] if isinstance(subsite.code, str) else subsite.code.values())
    }
    broader = {broader_code(code) for code in codes} - {""}
    assert len(broader) > 30
    assert all(icd10.is_valid(code) and not icd10.is_billable(code) for code in broader)
