"""Does fine-tuning help all groups of cases alike? Differences and accuracies by group: values and intervals, no test.

A test for each of some forty groups would find something by chance in a model that helps all alike, and a group in
which it finds no difference may only be small (Assmann et al. 2000, Lancet 355:1064-1069).
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.preprocessing import MultiLabelBinarizer

from radonc.data.outcomes import LABEL_NOISE, SUBGROUPS, SUBSETS
from radonc.data.schemas import INTENTS, SEXES
from radonc.evaluation.arms import BASE, TUNED, by_arm
from radonc.runtime.errors import StudyError
from radonc.statistics.estimates import Bootstrap, accuracy_and_rouge1, rate
from radonc.statistics.proportions import newcombe
from radonc.study.prompts import details
from radonc.vocabulary import sites
from radonc.vocabulary.staging import MAIN_STAGES, main_stage

ALL = "all"
"""The characteristic that all cases share, and its one group."""
NOT_STATED = "not stated"
OTHER_STAGE = "another word"
NO, YES = "no", "yes"
RARE = 20
"""A code of fewer training cases than this is rare."""
AGES = {"under 50": 0, "50 to 59": 50, "60 to 69": 60, "70 to 79": 70, "80 and older": 80}
"""Band of age -> its first year. De-identification makes one age of 90 and all above."""
YEARS = 5
"""Years of diagnosis in a band."""
# Bounds the memory: a block of test texts against all training texts, of which nearly all share a word.
_CELLS = 10_000_000

Groups = Mapping[str, pd.DataFrame]
"""Task -> a row per case (the index), a column per characteristic, in whose categories the groups have their order."""


def by_group(scores: pd.DataFrame, groups: Groups, *, confidence: float) -> pd.DataFrame:
    """Return how much higher the accuracy of ``tuned`` is than that of ``base``, in each group of cases.

    Of the primary scores, models without base or tuned are passed over. ``confidence`` is the level of each interval by
    itself; it is Newcombe's. The result has rows of ``SUBGROUPS`` in order of task and model: all cases, then the
    groups of each characteristic in its order. Groups without a case have no row. Raise StudyError when the groups of a
    scored case are not known, or the arms did not answer the same cases, each once.
    """
    arms = by_arm(scores)
    rows: list[dict[str, Any]] = []
    for task, model in sorted({(task, model) for task, model, _ in arms}):
        pair = {arm: arms[task, model, arm] for arm in (BASE, TUNED) if (task, model, arm) in arms}
        if len(pair) == 2:
            right = pd.DataFrame({arm: cases["exact_match"] == 1 for arm, cases in pair.items()})
            for names, member in _groups(pair[BASE], groups, task):
                rows.append({"task": task, "model": model, **names, **_difference(right[member], confidence)})
    return pd.DataFrame(rows, columns=list(SUBGROUPS.columns))


def by_subset(scores: pd.DataFrame, groups: Groups, **settings: Unpack[Bootstrap]) -> pd.DataFrame:
    """Return accuracy and ROUGE-1 of every arm, over all cases and over each group, as ``by_group`` takes them.

    The result has rows of ``SUBSETS`` in order of task, model and arm. Groups without a case have no row.
    """
    rows: list[dict[str, Any]] = [
        {"task": task, "model": model, "arm": arm, **names, **estimate}
        for (task, model, arm), cases in by_arm(scores).items()
        for names, member in _groups(cases, groups, task)
        for estimate in accuracy_and_rouge1(cases[member], **settings)
    ]
    return pd.DataFrame(rows, columns=list(SUBSETS.columns))


def _groups(cases: pd.DataFrame, groups: Groups, task: str) -> Iterator[tuple[dict[str, str], pd.Series]]:
    """Yield the names of each group that has a case, and which of the cases belong to it."""
    known = groups[task].reindex(cases["case_id"]).reset_index(drop=True)
    if n_unknown := int(known.isna().any(axis=1).sum()):
        raise StudyError(
            f"task '{task}': the groups of {n_unknown} of {len(cases)} scored cases are not known; make the pairs and "
            "the predictions again from the same cases"
        )
    yield {"characteristic": ALL, "group": ALL}, pd.Series(True, index=cases.index)
    for characteristic in known:
        for group in known[characteristic].cat.categories:
            member = known[characteristic] == group
            if member.any():
                yield {"characteristic": str(characteristic), "group": group}, member


def _difference(right: pd.DataFrame, confidence: float) -> dict[str, Any]:
    base, tuned = right[BASE], right[TUNED]
    n, n_better, n_worse = len(right), int((tuned & ~base).sum()), int((base & ~tuned).sum())
    both = int((tuned & base).sum())
    low, high = newcombe(both, n_better, n_worse, n - both - n_better - n_worse, confidence)
    return {
        "n": n,
        "n_better": n_better,
        "n_worse": n_worse,
        "base": base.mean(),
        "tuned": tuned.mean(),
        "difference": (n_better - n_worse) / n,
        "low": low,
        "high": high,
    }


def characteristics(
    cases: pd.DataFrame, training: Collection[str], similarity: pd.Series, near_duplicate: float
) -> pd.DataFrame:
    """Return which groups each test case belongs to.

    Parameters
    ----------
    cases
        By the schema ``CASES``: all of the study. Raise StudyError when a test case is none of them.
    training
        The training cases; a code with fewer than ``RARE`` of them is rare.
    similarity
        Test case -> its greatest similarity to a training text, 0 to 1; from ``near_duplicate`` on it has a near
        duplicate.

    Returns
    -------
    DataFrame
        A row per test case, in the order of ``similarity``; a column per characteristic, whose categories are its
        groups in the order in which they are shown. What the record does not state is the group ``not stated``; a
        characteristic of which it states nothing at all is left out.
    """
    known = cases.set_index("case_id")
    if n_missing := int((~similarity.index.isin(known.index)).sum()):
        raise StudyError(
            f"table 'cases': {n_missing} of {len(similarity)} test cases are missing; make the pairs again from the "
            "present cases"
        )
    tested = known.loc[similarity.index]
    frequency = tested["icd10"].map(known.loc[known.index.isin(training), "icd10"].value_counts()).fillna(0)
    frequencies = {True: f"under {RARE} cases", False: f"{RARE} cases and more"}
    ages = pd.cut(tested["age"].astype("float64"), [*AGES.values(), float("inf")], right=False, labels=list(AGES))
    years = tested["diagnosis_year"].astype("Int64") // YEARS * YEARS
    bands = {start: f"{start} to {start + YEARS - 1}" for start in sorted(set(years.dropna()))}
    stages = tested["stage_group"].map(lambda text: main_stage(text) or OTHER_STAGE, na_action="ignore")
    columns = {
        "site": _grouped(tested["icd10"].map(sites.group_of_code, na_action="ignore"), sites.groups()),
        "sex": _grouped(tested["sex"], SEXES),
        "age": _grouped(ages, AGES),
        "diagnosis_year": _grouped(years.map(bands, na_action="ignore"), bands.values()),
        "stage_group": _grouped(stages, [*MAIN_STAGES, OTHER_STAGE]),
        "intent": _grouped(tested["intent"], INTENTS),
        "code": _grouped((frequency < RARE).map(frequencies).where(tested["icd10"].notna()), frequencies.values()),
        "near_duplicate": yes_or_no(similarity >= near_duplicate),
    }
    stated = {name: column for name, column in columns.items() if (column != NOT_STATED).any()}
    return pd.DataFrame(stated, index=similarity.index)


def yes_or_no(values: pd.Series) -> pd.Series:
    """Return the groups of a characteristic that a case has or has not."""
    return _grouped(values.map({True: YES, False: NO}), (NO, YES))


def _grouped(values: pd.Series, order: Iterable[str]) -> pd.Series:
    """Return the values as categories in this order, and what is missing as a group of its own, the last."""
    groups = pd.Categorical(values.astype("object").where(values.notna(), NOT_STATED), [*order, NOT_STATED])
    return pd.Series(groups, index=values.index)


def label_in_doubt(doubts: pd.DataFrame, task: str, tested: pd.Index) -> pd.Series:
    """Return whether the labels of a task's test cases are flagged or disputed, in the order of ``tested``.

    Raise StudyError when ``doubts``, rows of ``DOUBTS``, lacks one of the cases.
    """
    found = _doubts_of(doubts, task, tested)
    return found["flagged"] | found["disputed"]


def label_noise(doubts: pd.DataFrame, tested: pd.Index, *, confidence: float) -> pd.DataFrame:
    """Return the shares of the test labels that are in doubt, with Wilson's intervals.

    The result has rows of ``LABEL_NOISE`` in order of task: ``flagged``, of all labels; ``disputed``, of those that
    people answered besides (no row where there are none); ``in_doubt``, either of them, of all labels. Raise StudyError
    when ``doubts``, rows of ``DOUBTS``, lacks one of the test cases.
    """
    rows: list[dict[str, Any]] = []
    for task in sorted(set(doubts["task"])):
        found = _doubts_of(doubts, task, tested)
        counts = {
            "flagged": (found["flagged"], len(found)),
            "disputed": (found["disputed"], int(found["second"].sum())),
            "in_doubt": (found["flagged"] | found["disputed"], len(found)),
        }
        rows += [{"task": task, **rate(name, int(hit.sum()), n, confidence)} for name, (hit, n) in counts.items() if n]
    return pd.DataFrame(rows, columns=list(LABEL_NOISE.columns))


def _doubts_of(doubts: pd.DataFrame, task: str, cases: pd.Index) -> pd.DataFrame:
    known = doubts[doubts["task"] == task].set_index("case_id")
    if n_missing := int((~cases.isin(known.index)).sum()):
        raise StudyError(
            f"table 'doubts': {n_missing} of {len(cases)} test cases of '{task}' are missing; make the pairs again "
            "from the present cases"
        )
    return known.loc[cases]


def similarity_to_training(
    cases: pd.DataFrame, training: Iterable[str], tested: Iterable[str], fields: Sequence[str]
) -> pd.Series:
    """Return for each test case, in order of ``case_id``, the greatest similarity of its text to a training text.

    Identical texts share a split. Texts that differ in an age or a word need not, and a model that learnt the one by
    heart knows the other. ``training`` and ``tested`` name cases of the table ``CASES``, and ``fields`` the columns
    that a case's text consists of. The similarity is from 0 to 1; see ``nearest``.
    """
    texts = {case["case_id"]: details(case, fields) for case in cases.to_dict("records")}
    names = sorted(tested)
    found = nearest([texts[case] for case in training], [texts[case] for case in names])
    return pd.Series(found, index=pd.Index(names, name="case_id", dtype="str"), name="similarity")


def nearest(training: Sequence[str], tested: Sequence[str]) -> NDArray[np.float64]:
    """Return for each test text its greatest similarity to a training text.

    The similarity is the index of Jaccard (1912) of the sets of words: the share that both have of all that one has.
    Words are runs of letters, digits and underscores, whatever their case, place and number. 1 means the same set of
    words, and a text without words has 0. Every pair is compared: the result is exact, and depends on no seed and no
    other test text.
    """
    texts = [frozenset(re.findall(r"\w+", text.casefold())) for text in (*training, *tested)]
    words = MultiLabelBinarizer(sparse_output=True).fit_transform(texts).astype(np.int32)
    n_words = np.array([len(text) for text in texts], dtype=np.int32)
    columns, n_training = words[: len(training)].T.tocsr(), len(training)
    greatest = np.zeros(len(tested))
    step = max(_CELLS // max(n_training, 1), 1)
    for start in range(0, len(tested), step):
        rows = slice(n_training + start, n_training + min(start + step, len(tested)))
        shared = (words[rows] @ columns).tocsr()
        row = np.repeat(np.arange(shared.shape[0]), np.diff(shared.indptr))
        either = n_words[rows][row] + n_words[shared.indices] - shared.data
        np.maximum.at(greatest[start : start + step], row, shared.data / either)
    return greatest
