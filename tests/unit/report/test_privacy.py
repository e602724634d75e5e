import itertools
import re

import privacy_inputs
import pytest
from lxml import html

from radonc.report.privacy import render

HOSTILE = "<script>alert('x')</script>&\"<b>"


def shown(**changes):
    return html.document_fromstring(render(privacy_inputs.page(**changes)))


def text_of(element):
    return " ".join(element.text_content().split())


def rows_of(page, caption):
    """Return the rows of the table of this caption: name -> cells."""
    (table,) = (found for found in page.iter("table") if found.findtext("caption/b") == caption)
    return {text_of(row[0]): [text_of(cell) for cell in row[1:]] for row in table.xpath("./tbody/tr")}


@pytest.fixture(scope="module")
def page():
    return shown()


def test_it_states_the_verdict_and_claims_no_compliance(page):
    text = text_of(page)
    assert "Safe Harbor checks passed" in text
    assert "complian" not in text.lower()
    assert "hipaa" not in text.lower()
    assert "not for a program to say" in text


def test_it_can_be_signed_for_this_run_alone(page):
    decision = text_of(page.get_element_by_id("decision"))
    for part in ("Signature", "Date", "Name and office", "9a7b" * 16, "ef56" * 16, "may be published"):
        assert part in decision


def test_tags_are_shown_without_small_numbers(page):
    rows = rows_of(page, "Redactions in the texts")
    assert list(rows) == ["Diagnoses: history", "Diagnoses: t stage", "Plans: site", "All"]
    for cells in rows.values():
        assert not [cell for cell in cells[2:] if re.fullmatch(r"[1-9]|10", cell)]
    # 1, 3, 4 and 7 are small; the rows and columns in which they stand have others hidden.
    assert rows["Plans: site"][2:4] == ["*", "*"]
    assert rows["All"][0] == "3,000"
    hidden = [[cell == "*" for cell in cells[2:]] for cells in rows.values()]
    assert not any(sum(column) == 1 for column in zip(*hidden, strict=True))
    assert not any(sum(row) == 1 for row in hidden)


def test_single_numbers_of_people_are_hidden_where_small(page):
    assert "Patients without a name to look for: <11 of 15,649" in text_of(page)
    assert rows_of(page, "Identifiers looked for")["E-mail"] == ["<11", "0"]
    assert "<20" in text_of(shown(smallest=20))


def test_vocabularies_have_their_version_number_and_digest(page):
    rows = rows_of(page, "What a text may hold")
    assert rows["English"] == ["hunspell-en", "2020.12", "98,212", "cd34cd34cd34…"]


def test_groups_are_shown_with_k_and_without_small_numbers(page):
    rows = rows_of(page, "Groups of equal cases")
    assert rows["sex"] == ["2", "3,783", "0.0 %"]
    assert rows["and age in bands of ten years"] == ["20", "3", "withheld"]
    assert rows["and ICD-10 category"] == ["400", "1", "11.5 %"]
    # All but 3 of 7,903.
    assert rows["as released: sex, age in years and whole ICD-10 code"] == ["6,572", "1", "withheld"]
    assert "60 (1" in text_of(page.get_element_by_id("alike"))


@pytest.mark.parametrize(
    ("patients", "hidden"),
    [((5, 0, 400, 300, 40, 50), {0, 2}), ((60, 140, 705, 1112, 7, 0), {3, 4}), ((4, 0, 0, 700, 80, 90), set(range(6)))],
)
def test_sizes_of_groups_show_no_number_of_a_few_people(patients, hidden):
    sizes = [row | {"patients": n} for row, n in zip(privacy_inputs.GROUPS["sizes"], patients, strict=True)]
    step = privacy_inputs.GROUPS["steps"][-1] | {"below_11": sum(patients[:3])}
    groups = {**privacy_inputs.GROUPS, "sizes": sizes, "steps": [step], "patients": sum(patients)}
    (said,) = re.findall(
        r"1 patient: [^<]*", html.tostring(shown(groups=groups), encoding="unicode").replace("&lt;", "≤")
    )
    numbers = [part.split(": ")[1] for part in said.strip().split("; ")]
    assert {i for i, n in enumerate(numbers) if not re.fullmatch(r"[\d,]+", n)} == hidden


def test_a_few_cases_are_not_described():
    few = {**privacy_inputs.GROUPS, "patients": 8}
    assert "fewer than 11 cases" in text_of(shown(groups=few).get_element_by_id("alike"))


def test_what_readers_found_stands_with_its_intervals(page):
    section = page.get_element_by_id("reading")
    values = {float(value) for value in section.xpath(".//@data-value")}
    reading = privacy_inputs.READ
    for rate in (reading["per_text"], reading["per_1000_words"], reading["recall"]):
        assert set(rate.values()) <= values
    text = text_of(section)
    assert "2 identifiers missed in 390 texts of 8,097 words, in which 598 places had been redacted" in text
    assert "10 of 400 texts have not been read" in text
    assert "reader-1 and reader-2 both read 200 texts" in text
    assert "598 places show 99.5" in text
    assert rows_of(page, "Texts drawn") == {"Diagnoses: history": ["12,860", "362"], "Plans: site": ["152", "38"]}


def test_what_nobody_has_read_is_outstanding():
    page = shown(reading=privacy_inputs.UNREAD)
    assert "Outstanding: 400 texts wait to be read" in text_of(page.get_element_by_id("reading"))
    assert "nobody has read the sample" in text_of(page)
    done = shown(reading={**privacy_inputs.READ, "outstanding": 0})
    assert not done.find_class("outstanding")


def test_texts_without_a_redacted_place_have_no_recall():
    page = shown(reading={**privacy_inputs.READ, "recall": None, "per_1000_words": None})
    assert list(rows_of(page, "How much was missed")) == ["Texts with an identifier left"]


def test_a_release_without_texts_has_a_page():
    empty = privacy_inputs.texts(0, 0, 0, 0, 0)
    audit = {**privacy_inputs.AUDIT, "texts": empty, "texts_by_table": {"patients": empty}, "vocabulary": []}
    assert list(rows_of(shown(audit=audit), "Redactions in the texts")) == ["All"]


def test_it_says_whether_the_report_shows_cases(page):
    assert "verbatim" not in text_of(page)
    assert "verbatim" in text_of(shown(examples=True))


def test_a_clinic_s_page_does_not_speak_of_synthetic_records(page):
    assert "synthetic" in text_of(page.find_class("verdict")[0])
    assert "synthetic" not in text_of(shown(synthetic=False))


def test_whatever_people_wrote_is_escaped():
    vocabulary = [privacy_inputs.AUDIT["vocabulary"][0] | {"name": HOSTILE, "origin": HOSTILE}]
    text = render(privacy_inputs.page(title=HOSTILE, audit={**privacy_inputs.AUDIT, "vocabulary": vocabulary}))
    assert "<script" not in text
    assert "<b>&" not in text


def test_the_page_needs_nothing_but_itself(page):
    assert not page.xpath("//@src | //@href[not(starts-with(., '#'))] | //script | //iframe | //link | //img")
    assert not re.search(r"url\((?!#)", html.tostring(page, encoding="unicode"))


def test_the_page_can_be_read_by_a_screen_reader(page):
    levels = [int(heading.tag[1]) for heading in page.xpath("//h1|//h2|//h3")]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert not page.xpath("//th[not(@scope)]")
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))
    for table in page.iter("table"):
        assert len({len(row) for row in table.iter("tr")}) == 1


def test_same_inputs_same_bytes():
    assert render(privacy_inputs.page()) == render(privacy_inputs.page())
