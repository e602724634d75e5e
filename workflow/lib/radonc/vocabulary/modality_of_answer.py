"""The modality that a free answer names, as people and models write it."""

import re
from collections.abc import Collection

from radonc.vocabulary.modality_rules import BEAMS, MIXED, NAMES, SOURCES, TECHNIQUES, Mention, Rules, mentions

# A word of denial, and up to three others, before a name: "not with any", but not "not only".
_DENIED = re.compile(
    r"(?:\b(?:not|no|never|without|neither|nor|non|except|than|instead of)|n['’]t)"
    r"(?:[ \t-]+(?!but\b|only\b|just\b)[\w-]+){0,3}[\s-]*$"
)
_ALSO_DENIED = re.compile(r"(?: \w+)?(?:,? ?(?:or|nor|and) |/)$")
_JOINED = re.compile(r"\b(?:and|also|plus|with|then|followed by)\b|[+/&]")
_OPEN = re.compile(r"\b(?:or|vs|versus|if|either)\b|\?")
_REACH = 60  # characters before a name that are looked at: a word of denial farther off denies something else


def of_answer(answer: str, labels: Collection[str]) -> str | None:
    """Return the one of a study's labels (of ``MODALITIES``) that an answer says, or None where it is not clear which.

    Names of modalities count before what techniques, energies and nuclides imply, which only count where no modality is
    named. What is denied (``not protons``, ``neither photons nor electrons``) is not named.

    - Names that can all be of one modality are of that one: ``external beam with 6 MV photons``.
    - A beam that is no label is ``external`` where that is one; so are several.
    - Two names that exclude each other are ``mixed``, if that is a label and joined: ``photons and electrons``, not
      ``photons or electrons``. ``mixed`` itself counts if it comes before all names and these are at most two.

    >>> study = ("photon", "proton", "electron", "brachytherapy")
    >>> [of_answer(text, study) for text in ("Not protons but photons.", "IMRT to 60 Gy", "HDR", "photon or proton")]
    ['photon', 'photon', 'brachytherapy', None]
    >>> of_answer("IMRT", ("external", "mixed")), of_answer("photons and electrons", (*study, "mixed"))
    ('external', 'mixed')
    """
    text = " ".join(answer.lower().split())
    named = _affirmed(text, NAMES)
    found = named or [mention for rules in (TECHNIQUES, SOURCES) for mention in _affirmed(text, rules)]
    possible = [mention.possible for mention in found]
    if MIXED in possible:
        return "mixed" if "mixed" in labels and possible[0] == MIXED and len({*possible} - {MIXED}) <= 2 else None
    if "mixed" in labels and _are_joined(text, named):
        return "mixed"
    return _as_label(possible, labels)


def _affirmed(text: str, rules: Rules) -> list[Mention]:
    """Return the mentions that no word denies, in order."""
    affirmed, denied_before, end = [], False, 0
    for mention in sorted(mentions(text, rules), key=lambda mention: mention.start):
        before = text[max(end, mention.start - _REACH) : mention.start]
        is_denied = bool(_DENIED.search(before)) or (denied_before and bool(_ALSO_DENIED.fullmatch(before)))
        if not is_denied:
            affirmed.append(mention)
        denied_before, end = is_denied, mention.end
    return affirmed


def _as_label(possible: list[frozenset[str]], labels: Collection[str]) -> str | None:
    if not possible:
        return None
    common, together = frozenset.intersection(*possible), frozenset.union(*possible)
    if len(common) == 1 and (only := next(iter(common))) in labels:
        return only
    # Photon or proton: where both are labels, "external" would be true and no answer.
    is_coarse = bool(common) or not together & set(labels)
    return "external" if is_coarse and (common or together) <= BEAMS and "external" in labels else None


def _are_joined(text: str, named: list[Mention]) -> bool:
    """Return whether two names that exclude each other, and no third, are joined to a mixed treatment."""
    first = {mention.possible: mention for mention in reversed(named)}
    if len(first) != 2 or frozenset.intersection(*first):
        return False
    one, other = sorted(first.values(), key=lambda mention: mention.start)
    return bool(_JOINED.search(text[one.end : other.start])) and not _OPEN.search(text[: other.end])
