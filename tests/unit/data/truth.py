"""What the cohort made of a synthetic extract, against what is true of it, patient by patient."""

from __future__ import annotations

import pandas as pd

from radonc.synthetic.fates import ANNOTATED, ELIGIBLE

CASE = "case"


def outcomes(cases: pd.DataFrame, rejects: pd.DataFrame) -> pd.Series:
    """Return what became of every patient: ``case``, or the reason.

    Parameters
    ----------
    cases, rejects
        By the schemas of these names.
    """
    kept = pd.Series(CASE, index=pd.Index(cases["case_id"], dtype=object), dtype=object)
    left = pd.Series(rejects["reason"].astype(object).to_numpy(), index=pd.Index(rejects["patient_id"], dtype=object))
    everyone: pd.Series = pd.concat([kept, left]).sort_index()
    return everyone.rename("outcome").rename_axis("patient_id")


def confusion(outcome: pd.Series, fates: pd.Series) -> pd.DataFrame:
    """Count the patients by outcome and fate.

    Parameters
    ----------
    outcome
        Patient -> outcome, as ``outcomes`` gives it.
    fates
        Patient -> fate, as the truth table has it; the same patients by the same ids.

    Returns
    -------
    DataFrame
        One row per outcome, one column per fate. A perfect cohort has numbers at equal names and, of cases, under
        ``eligible`` and ``eligible_annotated``; all else is 0.
    """
    return pd.crosstab(outcome, fates.reindex(outcome.index).rename("fate"))


def differences(outcome: pd.Series, fates: pd.Series) -> pd.DataFrame:
    """Return the patients who came out otherwise than they were made, one row each; nobody may be missing.

    >>> made = pd.Series({"A": "eligible", "B": "no_plan", "C": "no_plan"})
    >>> differences(pd.Series({"A": "case", "B": "case"}), made).fillna("nowhere").to_dict("index")
    {'B': {'outcome': 'case', 'fate': 'no_plan'}, 'C': {'outcome': 'nowhere', 'fate': 'no_plan'}}
    """
    both = pd.concat({"outcome": outcome, "fate": fates}, axis=1)
    wanted = both["fate"].replace({ELIGIBLE: CASE, ANNOTATED: CASE})
    return both[both["outcome"].ne(wanted)]
