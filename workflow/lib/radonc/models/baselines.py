"""Baselines without a language model, as back ends: classifiers of the diagnosis details, fitted to the training split.

They get the same prompts, of which they read the details and not the question. Their answers are always ones of the
training split.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from radonc.models.predict import Answer, Questions, batched
from radonc.study import prompts

Scorer = Callable[[Sequence[str]], NDArray[np.float64]]
"""Diagnosis details -> a score for each of them and each known answer, shape (texts, answers); the highest wins."""

# ``C`` of the logistic regression (the inverse of the L2 penalty's strength). For vectors of length 1, scikit-learn's
# default of 1 gave far too even probabilities; on the embedded study's validation split 100 was no better than 10.
PENALTY = 10.0
NEVER = log(1e-12)
"""The log-probability of a label that is not in the training split, in place of minus infinity."""
# Decimals of a score. Further ones depend on the order in which a processor adds, and must not break a tie.
_DIGITS = 9


@dataclass(frozen=True)
class Baseline:
    """A back end whose answers are those of the training split."""

    # The most frequent first, equally frequent ones in alphabetical order. Ties of the scores go to the first.
    known: Sequence[str]
    scorer: Scorer
    gives_log_p: bool  # whether the scores are log-probabilities (nats)
    libraries: Sequence[str] = ("scikit-learn",)

    def answer(self, questions: Questions, batch_size: int) -> list[Answer]:
        """Answer all prompts, a batch at a time."""
        # -1 for a label that is not in the training split: the last column, below.
        columns = _index(questions.labels, self.known) if self.gives_log_p else np.array([], dtype=np.intp)
        answers = []
        for batch in batched(questions.prompts, batch_size):
            scores = np.round(self.scorer([prompts.details_of(text) for text in batch]), _DIGITS)
            if np.isnan(scores).any():
                raise FloatingPointError("the numbers by which answers are chosen are not finite")
            with_never = np.maximum(np.column_stack([scores, np.full(len(scores), NEVER)]), NEVER)
            log_p = map(tuple, with_never[:, columns].tolist())
            answers += [
                Answer(self.known[i], 0, True, row) for i, row in zip(scores.argmax(axis=1), log_p, strict=True)
            ]
        return answers


def fit(arm: str, training: pd.DataFrame) -> Baseline:
    """Fit a baseline to the training split (rows of ``PAIRS``, at least one).

    - ``majority``: the most frequent answer for every case; the probabilities are the answers' frequencies.
    - ``neighbour``: the answer of the most similar training case, by the cosine of TF-IDF vectors. Of equally similar
      cases, as where no word is shared, the one with the more frequent answer counts.
    - ``logistic``: multinomial logistic regression on the same vectors.
    """
    texts = [prompts.details_of(prompt) for prompt in training["prompt"]]
    answers = [prompts.answer_of(completion) for completion in training["completion"]]
    counts = Counter(answers)
    known = sorted(counts, key=lambda answer: (-counts[answer], answer))
    classes = _index(answers, known)
    # Single characters count as words, unlike by default: a grade or a performance status is one digit.
    tfidf = TfidfVectorizer(token_pattern=r"\w+")
    match arm:
        case "majority":
            scorer = _frequencies(classes)
        case "neighbour":
            scorer = _similarities(tfidf, texts, classes)
        case "logistic":
            # Scikit-learn refuses a single class.
            scorer = _regression(tfidf, texts, classes) if len(known) > 1 else _frequencies(classes)
        case _:
            raise ValueError(f"no baseline is called '{arm}'")
    return Baseline(known, scorer, gives_log_p=arm != "neighbour")


def _index(answers: Sequence[str], known: Sequence[str]) -> NDArray[np.intp]:
    """Return the indices of answers among the known ones, -1 for one that is not known."""
    return pd.Index(known).get_indexer(pd.Index(answers))


def _frequencies(classes: NDArray[np.intp]) -> Scorer:
    log_p = np.log(np.bincount(classes) / len(classes))
    return lambda texts: np.tile(log_p, (len(texts), 1))


def _similarities(tfidf: TfidfVectorizer, texts: Sequence[str], classes: NDArray[np.intp]) -> Scorer:
    """Score each known answer by the greatest cosine with a training case that has it."""
    order = np.argsort(classes, kind="stable")
    cases = tfidf.fit_transform(texts)[order].T
    firsts = np.flatnonzero(np.diff(classes[order], prepend=-1))
    return lambda details: np.maximum.reduceat((tfidf.transform(details) @ cases).toarray(), firsts, axis=1)


def _regression(tfidf: TfidfVectorizer, texts: Sequence[str], classes: NDArray[np.intp]) -> Scorer:
    model = LogisticRegression(C=PENALTY, solver="lbfgs", max_iter=1000).fit(tfidf.fit_transform(texts), classes)
    return lambda details: model.predict_log_proba(tfidf.transform(details))
