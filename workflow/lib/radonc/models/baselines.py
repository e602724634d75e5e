"""Baselines without a language model, as back ends: classifiers of the diagnosis details, fitted to the training split.

They get the same prompts, of which they read the details and not the question, and answer by the same path
(``predict``). Their answers are always ones of the training split.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from radonc.models.backend import Answer, Questions, batched
from radonc.study import prompts

Floats = NDArray[np.float64]
Scorer = Callable[[Sequence[str]], Floats]
"""Diagnosis details -> a score for each of them and each known answer, shape (texts, answers); the highest wins."""

PENALTY = 10.0
"""``C`` of the logistic regression (the inverse of the L2 penalty's strength), for all tasks and studies.

For vectors of length 1, scikit-learn's default of 1 is a strong penalty: probabilities were far too even. On the
validation split of the embedded study 1 and 100 were no better than 10.
"""

NEVER = log(1e-12)
"""The log-probability of a label that is not in the training split, in place of minus infinity."""

# Decimals of a score. Further ones depend on the order in which a processor adds, and must not break a tie.
_DIGITS = 9


@dataclass(frozen=True)
class Baseline:
    """A back end whose answers are those of the training split.

    Attributes
    ----------
    known
        These answers, the most frequent first, equally frequent ones in alphabetical order. Ties of the scores go to
        the first.
    scorer
        Scores them.
    gives_log_p
        Whether the scores are log-probabilities (nats).
    libraries
        The packages whose versions the manifest states.
    """

    known: Sequence[str]
    scorer: Scorer
    gives_log_p: bool
    libraries: Sequence[str] = ("scikit-learn",)

    def answer(self, questions: Questions, batch_size: int) -> list[Answer]:
        """Answer all prompts, a batch at a time.

        Raises
        ------
        FloatingPointError
            When a score is a NaN.
        """
        # -1 for a label that is not in the training split: the last column, below.
        columns = _index(questions.labels, self.known) if self.gives_log_p else np.array([], dtype=np.intp)
        return [answer for batch in batched(questions.prompts, batch_size) for answer in self._answers(batch, columns)]

    def _answers(self, batch: Sequence[str], columns: NDArray[np.intp]) -> Iterator[Answer]:
        scores = np.round(self.scorer([prompts.details_of(text) for text in batch]), _DIGITS)
        if np.isnan(scores).any():
            raise FloatingPointError("the numbers by which answers are chosen are not finite")
        with_never = np.column_stack([scores, np.full(len(scores), NEVER)])
        for best, row in zip(scores.argmax(axis=1), with_never, strict=True):
            yield Answer(self.known[best], 0, True, tuple(float(max(row[i], NEVER)) for i in columns))


def fit(arm: str, training: pd.DataFrame) -> Baseline:
    """Fit a baseline to the training split.

    Parameters
    ----------
    arm
        ``majority``: the most frequent answer for every case; the probabilities are the answers' frequencies.
        ``neighbour``: the answer of the most similar training case, by the cosine of TF-IDF vectors. Of equally
        similar cases, as where no word is shared, the one with the more frequent answer counts.
        ``logistic``: multinomial logistic regression on the same vectors.
    training
        Rows of ``PAIRS``, at least one.

    Raises
    ------
    ValueError
        For any other arm.
    """
    texts = [prompts.details_of(prompt) for prompt in training["prompt"]]
    answers = [prompts.answer_of(completion) for completion in training["completion"]]
    counts = Counter(answers)
    known = sorted(counts, key=lambda answer: (-counts[answer], answer))
    classes = _index(answers, known)
    match arm:
        case "majority":
            return Baseline(known, _frequencies(classes), gives_log_p=True)
        case "neighbour":
            return Baseline(known, _similarities(texts, classes), gives_log_p=False)
        case "logistic":
            # Scikit-learn refuses a single class.
            scorer = _regression(texts, classes) if len(known) > 1 else _frequencies(classes)
            return Baseline(known, scorer, gives_log_p=True)
        case _:
            raise ValueError(f"no baseline is called '{arm}'")


def _index(answers: Sequence[str], known: Sequence[str]) -> NDArray[np.intp]:
    """Return the indices of answers among the known ones, -1 for one that is not known."""
    return pd.Index(known).get_indexer(pd.Index(answers))


def _frequencies(classes: NDArray[np.intp]) -> Scorer:
    log_p = np.log(np.bincount(classes) / len(classes))
    return lambda texts: np.tile(log_p, (len(texts), 1))


def _similarities(texts: Sequence[str], classes: NDArray[np.intp]) -> Scorer:
    """Score each known answer by the greatest cosine with a training case that has it."""
    tfidf = _tfidf()
    order = np.argsort(classes, kind="stable")
    cases = tfidf.fit_transform(texts)[order].T
    firsts = np.flatnonzero(np.diff(classes[order], prepend=-1))

    def score(details: Sequence[str]) -> Floats:
        cosines: Floats = (tfidf.transform(details) @ cases).toarray()
        return np.maximum.reduceat(cosines, firsts, axis=1)

    return score


def _regression(texts: Sequence[str], classes: NDArray[np.intp]) -> Scorer:
    tfidf = _tfidf()
    model = LogisticRegression(C=PENALTY, solver="lbfgs", max_iter=1000).fit(tfidf.fit_transform(texts), classes)
    return lambda details: model.predict_log_proba(tfidf.transform(details))


def _tfidf() -> TfidfVectorizer:
    """Return scikit-learn's TF-IDF of lower-case words, with vectors of length 1.

    Single characters count as words, unlike by default: a grade or a performance status is one digit.
    """
    return TfidfVectorizer(token_pattern=r"\w+")
