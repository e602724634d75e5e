"""The blinded review: a sheet of regimens per reviewer, and apart from it the key that says whose they are.

A reviewer must not see, or guess from an order, what answered. So the treated regimen stands among the answers, all
pass through the same reader, equal texts for a case are shown once, and the choice of cases, the items' names and their
order come from digests: they do not depend on the arm, and additions to a study leave them and the ratings valid.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from radonc.data.schemas import NO_MODEL
from radonc.evaluation import answers
from radonc.evaluation.arms import TREATED, by_arm
from radonc.runtime import tables
from radonc.runtime.hashing import hash_value

SCALE = {
    1: "unacceptable: could harm the patient or cannot be understood",
    2: "unacceptable without major changes",
    3: "not acceptable as it stands: needs a change before use",
    4: "acceptable: a minor remark at most",
    5: "fully acceptable: I would prescribe it",
}
ACCEPTABLE = 4
"""The lowest rating that counts as acceptable."""
NO_ANSWER = "(no answer)"


def make_sheets(
    predictions: pd.DataFrame,
    cases: pd.DataFrame,
    fields: Sequence[str],
    reviewers: Sequence[str],
    *,
    n_cases: int,
    seed: int,
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Make the reviewers' sheets and the key, of ``n_cases`` cases, or all where there are fewer.

    Parameters
    ----------
    predictions
        The primary scores. Those of other tasks than ``regimen``, and of arms of no model, are passed over: what a
        baseline answers is some patient's regimen, and not worth a reviewer's time.
    cases, fields
        Rows of ``CASES``, and the columns that the models were shown.

    Returns
    -------
    sheets
        Reviewer -> rows with ``item``, the fields, ``regimen`` and the empty columns ``rating`` and ``comment``, all as
        text: the same items for everyone, in a different order for each.
    key
        Rows of ``REVIEW_KEY``: one per item and source. A text that several arms wrote for one case has a row for each.
        An empty answer is an item as well, for it is an arm's failure.

    Raises
    ------
    StudyError
        When the arms did not answer the same cases, each once.
    """
    arms = by_arm(predictions[(predictions["task"] == "regimen") & (predictions["model"] != NO_MODEL)])
    answered = sorted(
        {case for rows in arms.values() for case in rows["case_id"]}, key=lambda case: hash_value([seed, "case", case])
    )
    details = cases.set_index("case_id").loc[answered[:n_cases]]
    sources = [details["regimen"].rename("regimen").reset_index().assign(model=NO_MODEL, arm=TREATED)]
    for (_, model, arm), rows in arms.items():
        chosen = rows.loc[rows["case_id"].isin(details.index), ["case_id", "answer"]]
        sources.append(chosen.rename(columns={"answer": "regimen"}).assign(model=model, arm=arm))
    key = pd.concat(sources, ignore_index=True)
    key["regimen"] = [answers.regimen(text) or NO_ANSWER for text in key["regimen"]]
    # Begins with a letter that is no hex digit: a spreadsheet would read 12e45 as a number.
    key["item"] = [
        f"r{hash_value([seed, 'item', case, text])[:12]}"
        for case, text in zip(key["case_id"], key["regimen"], strict=True)
    ]
    key = key[["item", "regimen", "case_id", "model", "arm"]].sort_values(["item", "model", "arm"], ignore_index=True)
    shown = details[list(fields)]
    items = key.drop_duplicates("item").set_index("case_id").join(shown.astype("str").where(shown.notna(), ""))
    items = items.assign(rating="", comment="")[["item", *fields, "regimen", "rating", "comment"]]
    sheets = {}
    for reviewer in reviewers:
        order = sorted(items["item"], key=lambda item: hash_value([seed, "order", reviewer, item]))
        sheets[reviewer] = items.set_index("item", drop=False).loc[order].reset_index(drop=True)
    return sheets, key


def write_sheet(sheet: pd.DataFrame, path: str | Path) -> None:
    """Write a sheet as CSV in UTF-8, marked as such for spreadsheet programs."""
    tables.write_atomically(
        path, lambda part: sheet.to_csv(part, index=False, encoding="utf-8-sig", lineterminator="\n")
    )
