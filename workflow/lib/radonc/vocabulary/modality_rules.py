"""What words about a beam or a source say of the modality: one set of rules for plans and for answers.

A rule is a pattern and the modalities that it leaves possible: a stereotactic course is of photons, protons or ions.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

BEAMS = frozenset({"photon", "electron", "proton", "carbon"})  # what "external" stands for
MIXED, SEALED, _UNSEALED = frozenset({"mixed"}), frozenset({"brachytherapy"}), frozenset({"radionuclide"})
_IONS = frozenset({"proton", "carbon"})

Rules = Mapping[str, frozenset[str]]

# Words that name a modality, or a group of them.
NAMES: Rules = {
    r"\bphotons?\b|\bx-rays?\b|\bgamma[- ]rays?\b": frozenset({"photon"}),
    r"\belectrons?\b": frozenset({"electron"}),
    r"\bprotons?\b": frozenset({"proton"}),
    r"\bcarbons?\b": frozenset({"carbon"}),
    r"\bheavy[- ]ions?\b|\bhadrons?\b": _IONS,
    r"\bbrachy\w*": SEALED,
    r"\bradionuclides?\b|\bradio-?isotopes?\b|\bradioligands?\b|\bradiopharmaceuticals?\b|\bprrt\b": _UNSEALED,
    r"\bexternal\b|\bebrt\b|\bteletherapy\b|\bxrt\b": BEAMS,
    r"\bmixed\b": MIXED,
}

# Techniques, by what can be given that way.
TECHNIQUES: Rules = {
    # A rate of dose and an applicator are of a source inside or on the patient.
    r"\b[hlp]dr\b|\bi[cls]bt\b": SEALED,
    r"interstitial|intracavit|intralumin|endobronch|cylinder|tandem|plaque|implant|\bseeds?\b": SEALED,
    # Scanned and scattered beams: of protons, rarely of carbon ions.
    r"\bpbs\b|pencil beam|scatter|(?:spot|uniform) scanning": _IONS,
    r"\bimpt\b": frozenset({"proton"}),
    # Modulation by leaves, rotation, and kilovolts are of photons; modulated protons are called IMPT.
    r"\bvmat\b|\bimrt\b|intensity[- ]modulated radi|\b3-?d[- ]?crt\b|tomotherapy|rapidarc": frozenset({"photon"}),
    r"(?:cyber|gamma) ?knife|superficial|orthovolt": frozenset({"photon"}),
    r"\bsbrt\b|\bsabr\b|\bsrs\b|\bsrt\b|stereotactic|radiosurg": frozenset({"photon"}) | _IONS,
    # A field that faces the skin: electrons as a rule, orthovoltage at times.
    r"\ben face\b|appositional": frozenset({"electron", "photon"}),
    r"\btse(?:b|t|bt)\b|total skin": frozenset({"electron"}),
}


def _nuclides(*nuclides: str) -> str:
    """Return the pattern of nuclides (symbol, name, number) as they are written: Ir-192, ir192, 192-Ir, iridium 192."""
    return "|".join(
        rf"\b(?:{symbol}|{name})[- ]?{number}\b|\b{number}[- ]?(?:{symbol}|{name})\b"
        for symbol, name, number in map(str.split, nuclides)
    )


# Energies and nuclides, by what has them.
SOURCES: Rules = {
    r"\d ?mvp?\b": frozenset({"photon"}),
    # A tube's kilovolts: superficial treatment, or electronic brachytherapy at 50 kV.
    r"\d ?kvp?\b": frozenset({"photon"}) | SEALED,
    # Accelerators give electrons of 4 to 25 MeV, old ones up to 50. Protons begin at about 60 MeV (the eye), and carbon
    # ions are given in MeV per nucleon, of which not everybody writes the last two words: only a name decides.
    r"(?<![\d.])[1-4]?\d(?:\.\d+)? ?mev\b(?! ?/)": frozenset({"electron"}),
    r"(?<![\d.])(?:[5-9]\d|\d{3})(?:\.\d+)? ?mev\b(?! ?/)": _IONS,
    r"\d ?mev ?/ ?(?:u|n|nucleon)\b": frozenset({"carbon"}),
    # Sealed in seeds, wires, plaques and afterloaders.
    _nuclides("ir iridium 192", "i iodine 125", "pd palladium 103", "cs ca?esium 13[17]", "ru ruthenium 106"): SEALED,
    _nuclides("au gold 198", "yb ytterbium 169", "sr strontium 90", "ra radium 226"): SEALED,
    # In an afterloader, or in a machine that shines it from outside.
    _nuclides("co cobalt 60"): frozenset({"photon"}) | SEALED,
    # Drunk or injected.
    _nuclides("i iodine 131", "ra radium 223", "lu lutetium 177", "sm samarium 153", "sr strontium 89"): _UNSEALED,
    _nuclides("ac actinium 225") + r"|\bradioiodine\b|\bmibg\b": _UNSEALED,
    # Yttrium in microspheres stays in the liver's vessels: a device, and brachytherapy (AAPM TG-144, 10 CFR 35.1000).
    # On an antibody or a peptide it is a radionuclide therapy; the nuclide alone leaves it open.
    r"(?:micro|thera|sir)-?spheres?|radioemboli[sz]|\bsirt\b": SEALED,
    _nuclides("y yttrium 90"): SEALED | _UNSEALED,
}


class Mention(NamedTuple):
    """Words that a rule knows: the modalities that they leave possible, and where they stand, in characters."""

    possible: frozenset[str]
    start: int
    end: int


def mentions(text: str, rules: Rules) -> Iterator[Mention]:
    """Yield what the rules know in a text, rule by rule; case does not matter.

    >>> [sorted(mention.possible) for mention in mentions("6 MV photons", NAMES)]
    [['photon']]
    """
    lowered = text.lower()
    for pattern, possible in rules.items():
        for found in re.finditer(pattern, lowered):
            yield Mention(possible, *found.span())
