"""Texts as token sequences that share their beginnings: a trie to decode under, and its tree laid flat to score.

Ours are the codes of ICD-10-CM (74,000 with 150,000 tokens between them) and the labels of a task.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from radonc.models.answering import Answer
from radonc.runtime.errors import StudyError
from radonc.study.prompts import CUE, completion

Trie = dict[int, Any]
"""Token -> what may follow it; the end of sequence leads to an empty one."""
LONGEST_CODE = 64
"""Tokens; every way through the codes ends long before."""


def completion_tokens(tokenizer: Any, answers: Sequence[str]) -> list[list[int]]:
    """Return the tokens of answers as they follow a prompt in training, each with the end of sequence.

    Raises
    ------
    StudyError
        When the tokenizer joins the end of the prompt and the beginning of an answer into one token.
    """
    cue = tokenizer(CUE)["input_ids"]
    whole = tokenizer([CUE + completion(answer) for answer in answers])["input_ids"] if answers else []
    if any(tokens[: len(cue)] != cue for tokens in whole):
        raise StudyError(
            f"the model's tokenizer joins '{CUE}' with the answer behind it into one token, so that labels cannot be "
            "scored; take another model"
        )
    return [[*tokens[len(cue) :], tokenizer.eos_token_id] for tokens in whole]


def read_tokens(tokenizer: Any, tokens: Sequence[int]) -> Answer:
    """Return the answer that generated tokens are, up to the end of sequence."""
    tokens = list(tokens)
    finished = tokenizer.eos_token_id in tokens
    if finished:
        tokens = tokens[: tokens.index(tokenizer.eos_token_id)]
    return Answer(tokenizer.decode(tokens, skip_special_tokens=True).strip(), len(tokens), finished)


def trie_of(sequences: Iterable[Sequence[int]]) -> Trie:
    """Return the trie of token sequences."""
    root: Trie = {}
    for tokens in sequences:
        node = root
        for token in tokens:
            node = node.setdefault(token, {})
    return root


@dataclass(frozen=True)
class Tree:
    """A trie laid flat: what must be fed to a model, in one pass, to know the log-probability of all its sequences.

    Attributes
    ----------
    tokens
        Those that something follows: each is fed once, whatever the number of sequences that begin with it.
    parents
        Of each fed token the place of the one before it, -1 for the first of a sequence.
    depths
        Of each fed token how many stand before it.
    edges
        Where the model must be asked (a place, or -1: right behind the prompt), and for which token.
    paths
        Of each sequence its edges.
    """

    tokens: list[int]
    parents: list[int]
    depths: list[int]
    edges: list[tuple[int, int]]
    paths: list[list[int]]

    @classmethod
    def of(cls, sequences: Sequence[Sequence[int]]) -> Tree:
        """Lay sequences flat. None may be the beginning of another: the end of sequence at their end sees to that."""
        tree = cls([], [], [], [], [])
        places: dict[tuple[int, ...], int] = {(): -1}
        edges: dict[tuple[int, int], int] = {}
        for sequence in sequences:
            path = []
            for depth, token in enumerate(sequence):
                place, step = places[tuple(sequence[:depth])], tuple(sequence[: depth + 1])
                if (place, token) not in edges:
                    edges[place, token] = len(tree.edges)
                    tree.edges.append((place, token))
                path.append(edges[place, token])
                if step not in places and depth + 1 < len(sequence):
                    places[step] = len(tree.tokens)
                    tree.tokens.append(token)
                    tree.parents.append(place)
                    tree.depths.append(depth)
            tree.paths.append(path)
        return tree
