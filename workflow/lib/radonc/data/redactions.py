"""Answers that de-identification took something out of: how many are left, and when that is too many to go on with.

A tag in an answer is a fault of the answer. A place that is redacted in *[PLACE]: 45 Gy in 25 fractions* was most
likely a site of the body under a name that no vocabulary has, and a model would learn to answer with tags. The rules
leave such an answer open (``labels.REDACTED``), people are asked for it, and what the extract brings in their place
with a tag in it does not count.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from radonc.data.labels import REDACTED
from radonc.runtime.errors import StudyError
from radonc.vocabulary.tags import TAG

COMMONEST = 3


def count(
    candidates: pd.DataFrame,
    choices: pd.DataFrame,
    from_extract: pd.DataFrame,
    answers: pd.DataFrame,
    tasks: Sequence[str],
) -> list[dict[str, Any]]:
    """Count each task's answers, those of them that hold a tag, and their tags.

    Parameters
    ----------
    candidates, choices
        By the schemas of these names.
    from_extract
        The annotations that the extract brings.
    answers
        The answers that ``annotation.collect`` found: what they answer is resolved.
    tasks
        The tasks that are studied.

    Returns
    -------
    list of dict
        ``task``; ``answers``, resolved by rules or people, or redacted; ``redacted``; ``tags``: each ``tag`` with the
        number of ``answers`` that hold it, the commonest first.
    """
    plans = choices.groupby("case_id")["plan"].agg(" ".join)
    rows = []
    for task in tasks:
        resolved = set(answers.loc[answers["task"] == task, "case_id"])
        reasons = candidates.set_index("case_id")[f"unresolved_{task}"]
        unresolved = reasons[reasons.notna() & ~reasons.index.isin(resolved)]
        by_record = plans.reindex(unresolved.index[unresolved == REDACTED])
        by_people = from_extract[(from_extract["task"] == task) & from_extract["patient_id"].isin(unresolved.index)]
        tags: dict[str, set[str]] = defaultdict(set)
        for case, text in [*by_record.items(), *zip(by_people["patient_id"], by_people["answer"], strict=True)]:
            if not pd.isna(text) and (found := TAG.findall(text)):
                tags[str(case)].update(found)
        numbers = Counter(tag for found in tags.values() for tag in found)
        commonest = sorted(numbers.items(), key=lambda one: (-one[1], one[0]))
        rows.append(
            {"task": task, "answers": len(reasons) - len(unresolved) + len(tags), "redacted": len(tags)}
            | {"tags": [{"tag": tag, "answers": n} for tag, n in commonest]}
        )
    return rows


def require_few(redacted: Sequence[Mapping[str, Any]], max_tagged: float) -> None:
    """Stop where more answers of a task hold a tag than the study allows.

    Parameters
    ----------
    redacted
        As ``count`` returns it.
    max_tagged
        The largest share of a task's answers.

    Raises
    ------
    StudyError
        With the commonest tags, and never with the text beside them.
    """
    for row in redacted:
        if row["redacted"] > max_tagged * row["answers"]:
            tags = "; ".join(f"{tag['tag']} ({tag['answers']})" for tag in row["tags"][:COMMONEST])
            raise StudyError(
                f"cohort: {row['redacted']} of {row['answers']} answers to {row['task']} hold a redaction tag, more "
                f"than the share of {max_tagged:g} that deidentify.max_tagged allows; commonest tags (answers): "
                f"{tags}; put the clinical words that were redacted into a file of deidentify.words, fill in the "
                "worksheet, or raise deidentify.max_tagged"
            )
