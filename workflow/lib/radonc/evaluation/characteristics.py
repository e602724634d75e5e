"""The groups of cases that subgroup figures are about, by what the de-identified record says of a case.

All of it stands in the cohort's table anyway, and finer there: here are bands of ages and of years, and no code.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import pandas as pd

from radonc.data.schemas import INTENTS, SEXES
from radonc.runtime.errors import StudyError
from radonc.vocabulary import sites
from radonc.vocabulary.staging import MAIN_STAGES, main_stage

NOT_STATED = "not stated"
OTHER_STAGE = "another word"
NO, YES = "no", "yes"
RARE = 20
"""A code of fewer training cases than this is rare."""
FREQUENCIES = (f"under {RARE} cases", f"{RARE} cases and more")
AGES = {"under 50": 0, "50 to 59": 50, "60 to 69": 60, "70 to 79": 70, "80 and older": 80}
"""Band of age -> its first year. De-identification makes one age of 90 and all above."""
YEARS = 5
"""Years of diagnosis in a band."""


def describe(
    cases: pd.DataFrame, training: Collection[str], similarity: pd.Series, near_duplicate: float
) -> pd.DataFrame:
    """Say which groups each test case belongs to.

    Parameters
    ----------
    cases
        By the schema ``CASES``: all of the study.
    training
        The training cases; a code with fewer than ``RARE`` of them is rare.
    similarity
        Test case -> its greatest similarity to a training text, 0 to 1.
    near_duplicate
        From which similarity on a text has a near duplicate in training.

    Returns
    -------
    DataFrame
        A row per test case, in the order of ``similarity``; a column per characteristic, whose categories are its
        groups in the order in which they are shown. What the record does not state is the group ``not stated``; a
        characteristic of which it states nothing at all is left out.

    Raises
    ------
    StudyError
        When a test case is none of the cases.
    """
    known = cases.set_index("case_id")
    if n_missing := int((~similarity.index.isin(known.index)).sum()):
        raise StudyError(
            f"table 'cases': {n_missing} of {len(similarity)} test cases are missing; make the pairs again from the "
            "present cases"
        )
    tested = known.loc[similarity.index]
    frequency = tested["icd10"].map(known.loc[known.index.isin(training), "icd10"].value_counts()).fillna(0)
    columns = {
        "site": _grouped(tested["icd10"].map(sites.group_of_code, na_action="ignore"), sites.groups()),
        "sex": _grouped(tested["sex"], SEXES),
        "age": _grouped(_bands(tested["age"]), AGES),
        "diagnosis_year": _years(tested["diagnosis_year"]),
        "stage_group": _grouped(_main_stages(tested["stage_group"]), [*MAIN_STAGES, OTHER_STAGE]),
        "intent": _grouped(tested["intent"], INTENTS),
        "code": _grouped(_either(frequency < RARE, FREQUENCIES).where(tested["icd10"].notna()), FREQUENCIES),
        "near_duplicate": yes_or_no(similarity >= near_duplicate),
    }
    stated = {name: column for name, column in columns.items() if (column != NOT_STATED).any()}
    return pd.DataFrame(stated, index=similarity.index)


def yes_or_no(values: pd.Series) -> pd.Series:
    """Return the groups of a characteristic that a case has or has not."""
    return _grouped(_either(values, (YES, NO)), (NO, YES))


def _bands(ages: pd.Series) -> pd.Series:
    starts = [*AGES.values(), float("inf")]
    return pd.cut(ages.astype("float64"), starts, right=False, labels=list(AGES)).astype("object")


def _years(years: pd.Series) -> pd.Series:
    first = years.astype("Int64") // YEARS * YEARS
    names = {start: f"{start} to {start + YEARS - 1}" for start in sorted(set(first.dropna()))}
    return _grouped(first.map(names, na_action="ignore").astype("object"), names.values())


def _main_stages(stages: pd.Series) -> pd.Series:
    return stages.map(lambda text: main_stage(text) or OTHER_STAGE, na_action="ignore")


def _either(is_first: pd.Series, names: tuple[str, str]) -> pd.Series:
    return is_first.map({True: names[0], False: names[1]})


def _grouped(values: pd.Series, order: Iterable[str]) -> pd.Series:
    """Return the values as categories in this order, and what is missing as a group of its own, the last."""
    groups = pd.Categorical(values.astype("object").where(values.notna(), NOT_STATED), [*order, NOT_STATED])
    return pd.Series(groups, index=values.index)
