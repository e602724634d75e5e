"""The gate proven by mutation: each class of identifier in each kind of artefact that leaves."""

import re
from itertools import product

import pytest
from gate_study import KEYED, WRITERS, House

from radonc.deid.gate.folder import certify, examine
from radonc.runtime.errors import StudyError

PLANTED = {
    "last_name": "Whitfield",
    "full name": "Harriet Whitfield",
    "full name, turned": "WHITFIELD, HARRIET J",
    "first_name": "Harriet",
    "middle_name": "Jane",
    "former_name": "O'Dowd",
    "former full name": "Harriet ODowd",
    "relative_name": "Tobias Whitfield",
    "relative's first name": "Tobias",
    "physician": "Rosalind Pemberton",
    "physician of a plan": "Dr. Lionel Achterberg",
    "mrn": "00481516",
    "patient_id": "100234",
    "diagnosis_id": "DX70001",
    "plan_id": "PL-90001",
    "street": "12 Orchard Lane Apt 4",
    "street, cut": "12 Orchard Ln",
    "city": "Cedar Rapids",
    "postal_code": "52401-1234",
    "zip": "52401",
    "phone": "(319) 555-0147",
    "phone, local": "555-0147",
    "email": "harriet.w@example.org",
    "birth date": "1951-05-02",
    "date": "14 April 2014",
    "date, short": "04/14/14",
    "date, month": "5/1951",
    "plan_name": "HW_RtBrst",
    "machine": "TrueBeam3",
    "age over 89": "aged 93",
}
KINDS = {
    "full name, turned": "full name",
    "former full name": "full name",
    "relative's first name": "relative_name",
    "physician of a plan": "physician",
    "street, cut": "street",
    "zip": "postal_code",
    "phone, local": "phone",
    "birth date": "date",
    "date, short": "date",
    "date, month": "date",
}
"""What the gate calls them, where that is not the class's name."""

TELL_NOBODY_ALONE = {
    "first_name", "middle_name", "relative's first name",  # many bear it
    "patient_id", "zip", "phone, local",                   # short numbers are counts as well
    "date, short", "date, month",                          # so are fractions; releases have a month
    "machine",                                             # many are treated on it
}  # fmt: skip
"""Searched for in the patient's own rows alone: the stated limit of what has no key."""

NOT_IN_VOCABULARIES = {"last_name", "former_name"}
"""Single names are tokens of any model that was trained elsewhere."""

A_MODEL_MAY_MAKE_UP = {"age over 89"}

MISSED = {
    *product(WRITERS.keys() - set(KEYED), TELL_NOBODY_ALONE),
    *product(["vocabulary"], NOT_IN_VOCABULARIES),
    *product(["predictions"], A_MODEL_MAY_MAKE_UP),
}
ALL = set(product(WRITERS, PLANTED))


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    return House(tmp_path_factory.mktemp("house"))


@pytest.fixture(scope="module")
def mutants(tmp_path_factory):
    """Return the findings in each mutant, by kind of artefact and class of identifier; each is a file of its own."""
    house = House(tmp_path_factory.mktemp("mutants"))
    names = {
        (artefact, planted): house.write(artefact, f"seen: {PLANTED[planted]}; well", below=f"m{number}/")
        for number, (artefact, planted) in enumerate(sorted(ALL))
    }
    findings, _ = examine([house.results], house.private)
    assert {finding.artefact for finding in findings} <= set(names.values())
    return {mutant: [finding for finding in findings if finding.artefact == name] for mutant, name in names.items()}


def test_the_clean_house_passes(house) -> None:
    record = certify([house.results], house.private)
    assert record["verdict"].startswith(f"no identifier of the extract found in {len(record['digests'])} artefacts;")
    assert len(record["digests"]) >= len(WRITERS)


@pytest.mark.parametrize(("artefact", "planted"), sorted(ALL - MISSED))
def test_an_identifier_is_found_wherever_it_is_planted(mutants, artefact, planted) -> None:
    found = mutants[artefact, planted]
    assert KINDS.get(planted, planted) in {finding.kind for finding in found}
    assert PLANTED[planted].casefold() not in " ".join(map(str, found)).casefold()


@pytest.mark.parametrize(("artefact", "planted"), sorted(MISSED))
def test_the_limit_is_where_it_is_said_to_be(mutants, artefact, planted) -> None:
    assert mutants[artefact, planted] == []


@pytest.mark.parametrize("artefact", WRITERS)
def test_a_find_stops_the_run_and_is_named_without_its_value(house, artefact) -> None:
    name = house.write(artefact, "seen: Harriet Whitfield, 00481516")
    with pytest.raises(StudyError) as caught:
        certify([house.results], house.private)
    house.write_clean()
    message = str(caught.value)
    assert f"'{name}'" in message
    assert {"full name (1)", "mrn (1)"} <= set(re.findall(r"full name \(\d\)|mrn \(\d\)", message))
    assert not any(value in message.casefold() for value in ("harriet", "whitfield", "481516"))
    assert set(re.findall(r"'([^']+/[^']+)'", message)) == {name}


IN_NAMES = sorted(PLANTED.keys() - TELL_NOBODY_ALONE - {"age over 89"})


@pytest.mark.parametrize("form", ["logs/{}.log", "logs/{}/a.log", "{}/logs/a.unknown"])
def test_an_identifier_is_found_in_names_of_files_and_folders(tmp_path, form) -> None:
    house = House(tmp_path)
    values = {planted: PLANTED[planted].replace("/", "-").replace(" ", "_").lower() for planted in IN_NAMES}
    for value in values.values():
        path = house.results / form.format(value)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("well", encoding="utf-8")
    findings, _ = examine([house.results], house.private)
    said = " ".join(map(str, findings))
    for planted, value in values.items():
        assert f"{KINDS.get(planted, planted)} in the name" in said
        assert value not in said.lower()
    named = [finding for finding in findings if finding.kind.endswith("in the name")]
    assert {finding.artefact.rpartition("(name withheld)")[::2] for finding in named} == {(form.partition("{")[0], "")}
