import pandas as pd
import pytest
import report_inputs

from radonc.report import cohort


@pytest.fixture(scope="module")
def cases():
    return report_inputs.cases(900)


def test_groups_add_up_where_nothing_is_hidden(cases):
    cells = cohort.describe(cases)["characteristics"]["Sex"]
    assert [cell.label for cell in cells] == ["Female", "Male"]
    assert sum(cell.n for cell in cells) == 900
    assert cells[0].share == (cases["sex"] == "female").mean()


@pytest.mark.parametrize("n", [5, 12, 40, 300, 900])
def test_no_small_number_is_published(cases, n):
    table = cohort.describe(cases.head(n))
    groups = [cell for cells in table["characteristics"].values() for cell in cells]
    published = [cell.n for cell in [*groups, *table["missing"]] if cell.mark is None]
    assert not [number for number in published if 0 < number < 11]
    assert all(cell.n is None and cell.share is None for cell in groups if cell.mark)


def test_a_few_with_a_detail_are_as_private_as_a_few_without():
    column = pd.Series(["x"] * 4 + [None] * 200, dtype="object")
    assert cohort._missing(column, "Grade").mark


def test_quartiles_of_a_few_are_withheld(cases):
    assert cohort.describe(cases.head(10))["age_quartiles"] is None
    low, median, high = cohort.describe(cases)["age_quartiles"]
    assert (low, median, high) == tuple(cases["age"].astype(float).quantile([0.25, 0.5, 0.75]))


@pytest.mark.parametrize(
    ("word", "group"),
    [("IA", "I"), ("IIB", "II"), ("IIIC1", "III"), ("IVB", "IV"), ("IV", "IV"), ("0", "0"), ("stage iia", "II")]
    + [(word, cohort.OTHER_STAGE) for word in ("limited", "Ivy Smith", "10", "IX")],
)
def test_stage_groups_show_no_free_text(word, group):
    assert cohort.main_stage(word) == group


def test_rare_categories_are_pooled_and_named_last(cases):
    cells = cohort.describe(cases)["characteristics"]["Diagnosis (ICD-10-CM category)"]
    assert len(cells) == cohort.N_CATEGORIES + 1
    assert cells[-1].label == cohort.OTHER


def test_a_task_that_is_not_studied_leaves_its_answer_unstated(cases):
    table = cohort.describe(cases.assign(modality=None, icd10=None))
    cells = table["characteristics"]["Modality of the treatment"]
    assert [(cell.label, cell.n) for cell in cells] == [(cohort.NOT_STATED, 900)]


def test_order_of_rows_does_not_matter(cases):
    assert cohort.describe(cases) == cohort.describe(cases.sample(frac=1, random_state=3))
