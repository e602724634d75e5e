"""Answers as token sequences that share prefixes: a trie to decode under, and a flattened tree to score in one pass.

The answers are the codes of ICD-10-CM (74,000 with 150,000 tokens in the trie) and the labels of a task.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from radonc.models.backend import Answer
from radonc.runtime.errors import StudyError
from radonc.study.prompts import CUE, completion

Trie = dict[int, Any]
"""Token -> the trie of what may follow it; the end of sequence leads to an empty one."""
MAX_CODE_TOKENS = 64
"""A limit for decoding under the trie of codes, all of which are shorter."""


def completion_tokens(tokenizer: Any, answers: Sequence[str]) -> list[list[int]]:
    """Return the tokens of answers as they follow a prompt in training, each with the end of sequence.

    Raises
    ------
    StudyError
        When the tokenizer joins the end of the prompt and the beginning of an answer into one token.
    """
    cue = tokenizer(CUE)["input_ids"]
    full = tokenizer([CUE + completion(answer) for answer in answers])["input_ids"] if answers else []
    if any(tokens[: len(cue)] != cue for tokens in full):
        raise StudyError(
            f"the model's tokenizer joins '{CUE}' and the answer after it into one token, so that labels cannot be "
            "scored; take another model"
        )
    return [[*tokens[len(cue) :], tokenizer.eos_token_id] for tokens in full]


def decode_answer(tokenizer: Any, tokens: Sequence[int]) -> Answer:
    """Return the answer in generated tokens, up to the end of sequence."""
    tokens = list(tokens)
    finished = tokenizer.eos_token_id in tokens
    if finished:
        tokens = tokens[: tokens.index(tokenizer.eos_token_id)]
    return Answer(tokenizer.decode(tokens, skip_special_tokens=True).strip(), len(tokens), finished)


def build_trie(sequences: Iterable[Sequence[int]]) -> Trie:
    """Return the trie of token sequences."""
    root: Trie = {}
    for tokens in sequences:
        node = root
        for token in tokens:
            node = node.setdefault(token, {})
    return root


@dataclass(frozen=True)
class TokenTree:
    """A flattened trie: what to feed to a model, in one pass, to score all sequences.

    Attributes
    ----------
    tokens
        The inner nodes: each is fed once, whatever the number of sequences that share it.
    parents
        Per node the index of its parent, -1 for the first of a sequence.
    depths
        Per node the number of its ancestors.
    edges
        Where the model's prediction is needed (a node's index, or -1: directly after the prompt), and for which token.
    paths
        Per sequence the indices of its edges.
    """

    tokens: list[int]
    parents: list[int]
    depths: list[int]
    edges: list[tuple[int, int]]
    paths: list[list[int]]

    @classmethod
    def of(cls, sequences: Sequence[Sequence[int]]) -> TokenTree:
        """Build the tree of sequences, none of which is a prefix of another: each ends with the end of sequence."""
        tree = cls([], [], [], [], [])
        nodes: dict[tuple[int, ...], int] = {(): -1}
        edges: dict[tuple[int, int], int] = {}
        for sequence in sequences:
            path = []
            for depth, token in enumerate(sequence):
                parent, prefix = nodes[tuple(sequence[:depth])], tuple(sequence[: depth + 1])
                if (parent, token) not in edges:
                    edges[parent, token] = len(tree.edges)
                    tree.edges.append((parent, token))
                path.append(edges[parent, token])
                if prefix not in nodes and depth + 1 < len(sequence):
                    nodes[prefix] = len(tree.tokens)
                    tree.tokens.append(token)
                    tree.parents.append(parent)
                    tree.depths.append(depth)
            tree.paths.append(path)
        return tree
