"""What a statistician tries before any language model, as back ends: arms that are fitted to the training split.

They read the diagnosis details of the same prompts, without the question, and answer through the same path
(``predict``). All they can say is an answer of the training split.
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

from radonc.models.answering import Answer, Questions, blocks
from radonc.study import prompts

Floats = NDArray[np.float64]
Judge = Callable[[Sequence[str]], Floats]
"""Diagnosis details -> a number for each of them and each known answer, shape (texts, answers): the highest counts."""

PENALTY = 10.0
"""The inverse strength ``C`` of logistic regression's L2 penalty, for all tasks and studies.

Texts are vectors of length 1, for which scikit-learn's 1 is strong: probabilities came out far too even. On the
validation split of the embedded study 1 and 100 were no better.
"""

NEVER = log(1e-12)
"""The log-probability of a label that training never showed: that of 0, its logarithm, is no number."""

# Of a judge's number. What comes behind depends on the order in which a processor adds, and must not break a tie.
_DIGITS = 9


@dataclass(frozen=True)
class Baseline:
    """A back end that gives one of the answers of the training split.

    Attributes
    ----------
    known
        These answers, the most frequent first, equally frequent ones in alphabetical order. Of answers that a text
        speaks for alike, the first is given.
    judge
        Weighs them.
    gives_log_p
        The judge's numbers are log-probabilities (nats).
    libraries
        The packages whose versions belong into a manifest.
    """

    known: Sequence[str]
    judge: Judge
    gives_log_p: bool
    libraries: Sequence[str] = ("scikit-learn",)

    def answer(self, questions: Questions, batch_size: int) -> list[Answer]:
        """Answer all prompts, so many at a time.

        Raises
        ------
        FloatingPointError
            When a judge gives a NaN.
        """
        # -1 for a label that training never showed: the last column, below.
        places = _places(questions.labels, self.known) if self.gives_log_p else np.array([], dtype=np.intp)
        return [answer for block in blocks(questions.prompts, batch_size) for answer in self._answers(block, places)]

    def _answers(self, asked: Sequence[str], places: NDArray[np.intp]) -> Iterator[Answer]:
        judged = np.round(self.judge([prompts.details_of(text) for text in asked]), _DIGITS)
        if np.isnan(judged).any():
            raise FloatingPointError("the numbers by which answers are chosen are not finite")
        with_never = np.column_stack([judged, np.full(len(judged), NEVER)])
        for place, numbers in zip(judged.argmax(axis=1), with_never, strict=True):
            yield Answer(self.known[place], 0, True, tuple(float(max(numbers[i], NEVER)) for i in places))


def fit(arm: str, training: pd.DataFrame) -> Baseline:
    """Fit a baseline to the training split.

    Parameters
    ----------
    arm
        ``majority``: the most frequent answer, whatever the case; its probabilities are the answers' frequencies.
        ``neighbour``: the answer of the most similar training case, by the cosine of TF-IDF vectors. Among equally
        similar cases, as where no word is shared, the more frequent answer counts.
        ``logistic``: multinomial logistic regression on the same vectors.
    training
        Rows of ``PAIRS``, at least one.

    Raises
    ------
    ValueError
        For an arm that is none of these.
    """
    texts = [prompts.details_of(prompt) for prompt in training["prompt"]]
    answers = [prompts.answer_of(completion) for completion in training["completion"]]
    counts = Counter(answers)
    known = sorted(counts, key=lambda answer: (-counts[answer], answer))
    places = _places(answers, known)
    match arm:
        case "majority":
            return Baseline(known, _frequencies(places), gives_log_p=True)
        case "neighbour":
            return Baseline(known, _similarities(texts, places), gives_log_p=False)
        case "logistic":
            # One class is nothing to tell apart.
            judge = _regression(texts, places) if len(known) > 1 else _frequencies(places)
            return Baseline(known, judge, gives_log_p=True)
        case _:
            raise ValueError(f"no baseline is called '{arm}'")


def _places(answers: Sequence[str], known: Sequence[str]) -> NDArray[np.intp]:
    """Return the places of answers among the known ones, -1 for one that is not there."""
    return pd.Index(known).get_indexer(pd.Index(answers))


def _frequencies(places: NDArray[np.intp]) -> Judge:
    log_p = np.log(np.bincount(places) / len(places))
    return lambda texts: np.tile(log_p, (len(texts), 1))


def _similarities(texts: Sequence[str], places: NDArray[np.intp]) -> Judge:
    """Return for every known answer the greatest cosine with a training case that has this answer."""
    words = _words()
    order = np.argsort(places, kind="stable")
    cases = words.fit_transform(texts)[order].T
    firsts = np.flatnonzero(np.diff(places[order], prepend=-1))

    def judge(asked: Sequence[str]) -> Floats:
        cosines: Floats = (words.transform(asked) @ cases).toarray()
        return np.maximum.reduceat(cosines, firsts, axis=1)

    return judge


def _regression(texts: Sequence[str], places: NDArray[np.intp]) -> Judge:
    words = _words()
    model = LogisticRegression(C=PENALTY, solver="lbfgs", max_iter=1000).fit(words.fit_transform(texts), places)
    return lambda asked: model.predict_log_proba(words.transform(asked))


def _words() -> TfidfVectorizer:
    """Return TF-IDF of words, weighted as scikit-learn does and scaled to length 1.

    A word is a run of letters and digits in lower case, single ones too: a grade or a performance status is one digit.
    """
    return TfidfVectorizer(token_pattern=r"\w+")
