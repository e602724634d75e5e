"""Every form of the tables of patterns reads the example beside it."""

from pathlib import Path

import pytest

from radonc.regimen import patterns, quantities, sites
from radonc.regimen.patterns import FORMS
from radonc.regimen.quantities import find_groups
from radonc.regimen.tokens import tokenize


def examples(name):
    text = Path(patterns.__file__).with_name(f"patterns.{name}.txt").read_text(encoding="utf-8")
    rules = [line for line in text.splitlines() if line and line[0] != "#" and " = " not in line.partition("#")[0]]
    return [rule.partition("  # ")[2] for rule in rules]


def test_every_form_has_an_example():
    assert len(examples("quantities")) == len(FORMS)
    assert all(examples("quantities"))
    assert all(examples("sites"))


@pytest.mark.parametrize(("place", "example"), list(enumerate(examples("quantities"))))
def test_a_form_reads_its_example(place, example, monkeypatch):
    read = []
    interpret = quantities._interpret

    def recorded(sentence, form, start, end):
        group = interpret(sentence, form, start, end)
        if group:
            read.append(FORMS.index(form))
        return group

    monkeypatch.setattr(quantities, "_interpret", recorded)
    find_groups(tokenize(example))
    assert read == [place]


@pytest.mark.parametrize(("kind", "example"), list(zip(sites._REGEX, examples("sites"), strict=True)))
def test_a_form_of_a_site_fits_its_example(kind, example):
    found = sites._REGEX[kind].match(tokenize(example).classes)
    assert found
    assert found.end() == len(tokenize(example).tokens) - (kind == "body")
