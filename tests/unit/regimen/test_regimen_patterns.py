"""Every form of the tables of patterns reads the example beside it."""

from pathlib import Path

import pytest

from radonc.regimen import quantities, sites
from radonc.regimen.lexicon import tokenize
from radonc.regimen.quantities import FORMS, find_groups
from radonc.regimen.sites import find_sites


def examples(name):
    text = Path(quantities.__file__).with_name(f"{name}.patterns.txt").read_text(encoding="utf-8")
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


FORMS_OF_SITES = list(zip(sites._FORMS, examples("sites"), strict=True))
NEIGHBOURS = [(form, example) for form, example in FORMS_OF_SITES if form in sites._NEIGHBOURS]


@pytest.mark.parametrize(("form", "example"), [pair for pair in FORMS_OF_SITES if pair not in NEIGHBOURS])
def test_a_form_of_a_site_fits_its_example(form, example):
    sentence = tokenize(example)
    found = form.regex.match(sentence.classes)
    assert found
    assert found.end() == len(sentence.tokens) - (form.kind == "body")


@pytest.mark.parametrize(("form", "example"), NEIGHBOURS)
def test_neighbours_say_of_the_example_whether_it_was_treated(form, example, monkeypatch):
    found = []

    class Recorder:
        match = staticmethod(lambda context: found.append(original.match(context)) or found[-1])

    original = sites._FIRST_THAT_FITS
    monkeypatch.setattr(sites, "_FIRST_THAT_FITS", Recorder)
    kept = find_sites(tokenize(example))
    assert [sites._NEIGHBOURS[match.lastindex - 1] for match in found] == [form]
    assert [site.certainty for site in kept] == [sites._CERTAINTIES[form.kind]][: form.kind != "excluded"]
