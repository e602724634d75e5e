from datetime import date

import pytest

from radonc.deid.scrubber import known_identifiers as variants


def joined(forms):
    return {" ".join(form) for form in forms}


def test_a_full_name_comes_in_both_orders_and_with_initials():
    forms = joined(variants.full_names(["ann", "beth"], ["lee"]))
    expected = (
        "ann beth lee, lee ann beth, ann lee, lee ann, beth lee, lee beth, a lee, lee a, a b lee, ann b lee, ann l"
    )
    assert set(expected.split(", ")) <= forms
    assert not forms & {"a", "a b", "a b l", "lee", "ann", "ann beth"}


def test_a_surname_of_several_words_stays_together():
    assert {"jan van der berg", "van der berg jan", "j van der berg"} <= joined(
        variants.full_names(["jan"], ["van", "der", "berg"])
    )


@pytest.mark.parametrize(("given", "surname"), [([], ["lee"]), (["ann"], []), ([], [])])
def test_who_has_one_name_has_no_full_name(given, surname):
    assert not list(variants.full_names(given, surname))


def test_initials_that_stand_for_a_name_make_no_pair_of_initials():
    assert joined(variants.full_names(["j"], ["lee"])) == {"j lee", "lee j"}


def test_parts_of_one_letter_are_no_parts():
    assert variants.name_parts(["o", "neil", "li"]) == ["neil", "li"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("O'Dowd", ["o", "dowd"]),
        ("Lund Jr.", ["lund"]),
        ("Lund-Abara III", ["lund", "abara"]),
        ("Muñoz née García", ["munoz", "garcia"]),
        ("Li", ["li"]),
        ("Jr", []),
    ],
)
def test_the_words_of_a_patients_name(text, expected):
    assert variants.patient_name(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ann Lee", (["ann"], ["lee"])),
        ("Lee, Ann", (["ann"], ["lee"])),
        ("LEE,ANN B", (["ann", "b"], ["lee"])),
        ("Dr. Ann B. Lee, MD PhD", (["ann", "b"], ["lee"])),
        ("Lee, Ann, MD", (["ann"], ["lee"])),
        ("Lee", ([], ["lee"])),
        ("Dr. Lee", ([], ["lee"])),
        ("Ann Lee (wife)", (["ann"], ["lee"])),
        ("Lee, Ann (mother-in-law)", (["ann"], ["lee"])),
        ("daughter: Ann", ([], ["ann"])),
        ("van der Berg, Jan", (["jan"], ["van", "der", "berg"])),
        ("wife", ([], [])),
        ("", ([], [])),
    ],
)
def test_people_are_named_without_titles_and_kinship(text, expected):
    assert variants.person(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("48151623", {"48151623"}),
        ("00481516", {"00481516", "481516"}),
        ("AB-4711", {"ab 4711"}),
        ("00 48 15", {"00 48 15"}),
        ("004711", {"004711"}),
        ("4711", set()),
        ("", set()),
    ],
)
def test_record_numbers_of_five_characters_or_more(text, expected):
    assert joined(variants.record_number(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+1 (319) 555-0147 x22", {"3195550147", "5550147"}),
        ("319.555.0147", {"3195550147", "5550147"}),
        ("1-319-555-0147 ext. 9", {"3195550147", "5550147"}),
        ("555-0147", {"5550147"}),
        ("+44 20 7946 0958", {"442079460958"}),
    ],
)
def test_a_phone_comes_without_country_area_and_extension(text, expected):
    forms = joined(variants.phone(text))
    assert forms >= expected
    assert not any(form.endswith(("22", "9")) for form in forms)


@pytest.mark.parametrize("text", ["x4711", "none", "", "555"])
def test_too_few_digits_are_no_phone(text):
    assert not list(variants.phone(text))


@pytest.mark.parametrize("text", ["12 Orchard Ln, Apt. 4B", "12 Orchard Lane #4B", "12 ORCHARD LN. Unit 7"])
def test_a_street_comes_with_each_suffix_and_without_unit_and_number(text):
    forms = joined(variants.street(text))
    assert {"12 orchard ln", "12 orchard lane", "12 orchard", "orchard ln", "orchard lane"} <= forms
    assert not forms & {"orchard", "12"}


def test_a_street_without_suffix_or_number_comes_as_it_is():
    assert joined(variants.street("Broadway")) == {"broadway"}
    assert joined(variants.street("7 Broadway")) == {"7 broadway"}


@pytest.mark.parametrize(
    ("text", "expected"), [("Cedar Rapids, Iowa", {"cedar rapids"}), ("Ely", {"ely"}), ("Y", set()), ("", set())]
)
def test_a_city_comes_without_its_state(text, expected):
    assert joined(variants.city(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("52401", {"52401"}),
        ("52401-1234", {"52401 1234", "524011234", "52401"}),
        ("524011234", {"524011234", "52401 1234", "52401"}),
        ("SW1A 1AA", {"sw 1 a 1 aa", "sw1a1aa"}),
        ("52", set()),
    ],
)
def test_postal_codes_whole_and_in_five_digits(text, expected):
    assert set(variants.postal_code(text)) == expected


def test_an_address_for_mail_comes_whole_and_without_its_domain_where_that_is_no_ordinary_word():
    forms = joined(variants.email("harriet.w@example.org"))
    assert {"harriet w example org", "harriet w at example dot org", "harriet w"} <= forms
    assert "example org" not in forms
    assert "info" not in joined(variants.email("info@example.org"))


@pytest.mark.parametrize(("text", "expected"), [("HW_RtBrst", {"hw rtbrst"}), ("TB3", {"tb 3"}), ("1A", set())])
def test_plans_and_machines_of_three_characters_or_more(text, expected):
    assert joined(variants.plan(text)) == expected


def forms_of(day):
    return [form for forms in variants.date_forms(day).values() for form in forms]


FORMS = [
    "03 07 2014", "3 7 14", "3 7 2014", "07 03 2014", "2014 03 07", "mar 7 2014", "7 mar 14", "march 7 2014",
    "7 of march 2014", "march 7 th 2014", "march the 7 th", "7 th of march 2014", "mar 2014", "march 2014",
    "march of 2014", "2014 march", "march 7", "7 march", "20140307", "03072014", "07032014",
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_day_comes_in_all_common_formats(form):
    assert form in forms_of(date(2014, 3, 7))


@pytest.mark.parametrize("day", [date(2014, 3, 7), date(2001, 12, 31), date(1999, 9, 9), date(2011, 11, 11)])
def test_forms_of_a_day_stand_under_their_first_words_and_none_is_two_numbers_or_a_year(day):
    for first, forms in variants.date_forms(day).items():
        for parts in map(str.split, forms):
            assert parts[0] == first
            assert parts != [str(day.year)]
            assert len(parts) == 3 or not all(part.isdigit() and len(part) <= 4 for part in parts)


@pytest.mark.parametrize(("number", "ordinal"), [(1, "st"), (2, "nd"), (3, "rd"), (4, "th"), (11, "th"), (22, "nd")])
def test_ordinals(number, ordinal):
    assert f"may {number} {ordinal} 2014" in forms_of(date(2014, 5, number))


def test_september_has_two_short_forms():
    assert {"sep 9 1999", "sept 9 1999", "september 9 1999"} <= set(forms_of(date(1999, 9, 9)))


def test_the_year_belongs_to_the_date_where_it_ends_as_the_day_does():
    assert {"01 june 1901", "june 1 st 01", "1 of jun 1901"} <= set(forms_of(date(1901, 6, 1)))
