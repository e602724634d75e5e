"""Letters and digits written together: clinical language (``pT2N0``, ``6MV``), or a code that may identify.

A code that no rule here knows is redacted, be it a record number (``12345-JS``) or a new laboratory's test.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import re2

from radonc.deid.scrubber.lexicon import Lexicon, WordClass
from radonc.deid.scrubber.pattern import has_unit
from radonc.deid.scrubber.tokenizer import MASK, tokens_of
from radonc.wordlists.words import alphanumeric_terms

# Whole numbers of more digits are record numbers or ZIP codes, unless a unit follows.
MAX_NUMBER_DIGITS = 4
_UNIT = (
    r"(?:mg/m2|m2|cm2|mm2|cm3|mm3|mm/hr|c?gy|mgy|mv|mev|kvp?|mm|cm|m|d?l|ml|cc|m?c?g|ug|[np]g|kg|lbs?|oz|iu|u|meq|m?mol|m?ci|[mg]?bq"
    r"|m?hz|db|hu|frx?|fxs?|fr|fractions?|x|days?|d|wks?|w|weeks?|mos?|months?|yrs?|yo?|years?|hrs?|h|hours?|mins?|secs?|s"
    r"|st|nd|rd|th|[pa]m|ppd|py|pk|bpm|mmhg|gauge|k|c|f|deg|degrees|packs?|tabs?|caps?|puffs?|gtts?|cores?|lns?|nodes?|cycles?"
    r"|beams?|arcs?|fields?)"
)
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.·]\d+)?|\.\d+"
_AMOUNT = rf"(?:{_NUMBER})(?:%|{_UNIT}|[MF])?"
_STAGE_T = r"T(?:is|a|X|[0-4](?:[a-e][1-4]?|mi)?)(?:\(?(?:DCIS|LAMN|Paget|m|\d)\)?)?"
_STAGE_N = r"N(?:X|[0-3](?:mi|[a-c](?:mi)?)?)(?:\(?(?:i[+-]|sn|mol[+-]|\d{1,2}/\d{1,2})\)?)?"
_STAGE_M = r"M(?:X|[01][a-e]?)(?:\(?(?:i\+|\d)\)?)?"
_RESIDUE = r"(?:G[X1-4]|L[01]|V[0-2]|R[0-2X]|Pn[01])"
_ELEMENT = r"(?:I|Y|F|Ga|Lu|Ir|Cs|Co|Pd|Ra|Ru|Tc|Sr|Sm|In|Tl|Rb|Au|Cf|Ac|Xe|Kr|Cu|Zr|P|C|N|O)"
_AMINO_ACID = "[ACDEFGHIKLMNPQRSTVWY]"
_CLINICAL_FORMS = (
    # amounts, their ranges and sums: 60Gy/30fx, 2-3cm, 6x, 63yo, 5th, x5
    rf"[<>~≤≥±+-]?{_AMOUNT}(?:(?:[-–/x×*+@:→>]|to)(?:{_NUMBER})?(?:%|{_UNIT}|[MF])?)*",
    rf"[x×@](?:{_NUMBER})(?:{_UNIT})?",
    # TNM, in one or in several parts; overall and FIGO stages; grades
    rf"(?:[rcpamuy]{{0,3}}(?:{_STAGE_T}|{_STAGE_N}|{_STAGE_M}|{_RESIDUE})[,;/]?)+",
    r"[TNM]-\d[a-c]?",
    r"T[1-4]/[1-4](?:N[0-3][a-c]?)?(?:M[01])?",
    r"y?[rcp]?(?:stage)?(?:IV|I{1,3}|[0-4])[A-E]?[1-3]?[rp]?",
    r"G{1,2}[1-5]",
    # vertebrae and their ranges, stations, clock positions, energies of electrons
    r"[CTLS]\d{1,2}(?:[-–/][CTLS]?\d{1,2})*",
    r"\d{1,2}[RLE]",
    r"N\+\d",
    r"\d{1,2}:\d\d",
    # doses and volumes: V20, D2cc, D0.03cc, CTV2, EQD2
    r"[VDR]\d{1,3}(?:\.\d{1,2})?(?:c?gy|cc|%)?",
    r"(?:EQD|BED)\d{0,2}",
    r"(?:[CGPI]TV|OAR|PRV|HRCTV)[pn]?\d{0,4}(?:_\w{1,4})?",
    # ICD-10-CM, the morphology of ICD-O-3, procedures of the HCPCS
    r"[A-TV-Z]\d[0-9AB](?:\.[0-9A-Z]{1,4})?",
    r"(?:[CD]\d\d|Z\d\d)[0-9A-Z]{1,4}",
    r"M?\d{4}/\d",
    r"[GCQJ]\d{4}",
    # changes of proteins, genes, exons, chromosomes
    rf"(?:p\.)?{_AMINO_ACID}\d{{2,4}}(?:{_AMINO_ACID}|\*|fs|del|dup|ins)",
    r"(?:c\.)?\d{2,5}(?:del|dup|ins)\w{0,4}",
    r"c\.[\d_+-]{2,11}[ACGT]?>?[ACGT]?",
    r"(?:del|t|inv|add|\+|-)\(?\d{1,2}(?:[pq]|;\d{1,2})?\)?",
    r"[ex]?\d{1,2}[pq](?:/\d{1,2}[pq])?(?:\d\d(?:\.\d+)?)?",
    r"(?:exon|ex)\d{1,2}",
    # isotopes, clusters of differentiation, types of one letter
    rf"{_ELEMENT}-?\d{{2,3}}m?",
    rf"\d{{2,3}}m?-?{_ELEMENT}",
    r"CD-?\d{1,3}[a-z]?",
    r"[A-Z]\d",
    # every so often, times, cycles and days: q3w, x3, C1D1, D15
    r"q\d{1,2}(?:[-–]\d{1,2})?(?:hr?s?|d|wks?|w|mo?|months?|weeks?)?",
    r"C\d{1,2}(?:D\d{1,2})?",
    r"[DW]\d{1,2}",
    # sex and age, gravidity, years of training, orientation, versions
    r"[MF]/\d{1,2}",
    r"\d{1,2}/[MF]",
    r"G\d{1,2}P\d{1,2}(?:A\d)?",
    r"pgy-?\d",
    r"[AO&]{0,3}O?x[1-4]",
    r"v\d{1,2}(?:\.\d{1,2}){0,2}",
    # registered trials
    r"NCT\d{8}",
    r"(?:RTOG|NRG|NSABP|EORTC|SWOG|ECOG|CALGB|COG|ACOSOG|TROG)[-–]?[A-Z]{0,3}\d{2,5}",
)
# In linear time: a chunk may be as long as a text.
_CLINICAL = re2.compile("(?i)" + "|".join(f"(?:{form})" for form in _CLINICAL_FORMS))
_PARTS = re.compile(r"[-–/\\_+&=]")
_SURROUNDING_MARKS = " \t\n.,;:!?[]\"'’“”<>{}|~*+"

# Codes of radiation oncology in CPT, in the context of billing; else five digits may be a ZIP code.
_PROCEDURE = re.compile(r"77[2-7]\d\d")
_BILLED = re.compile(r"(?i)\b(?:CPT|HCPCS|codes?|billed|billing|charges?|auth\w*|77\d{3})\b")
_LOCATED = re.compile(r"(?:\b[A-Z]{2}|[A-Z][a-z]+,?)\s+$")
_MARK = rf"[^\s{MASK},;|]"
# A chunk starts behind a blank or a mark, so that a long text without digits is read once.
_CHUNK = re.compile(rf"(?<!{_MARK})(?:(?!\d){_MARK})*+\d{_MARK}*(?:,\d{{3}}\b{_MARK}*)*")


def chunks(masked: str, lexicon: Lexicon) -> Iterator[tuple[int, int, bool]]:
    """Yield start and end of digits with the letters and marks that touch them, and whether they are clinical language.

    Short numbers by themselves are left out, and procedures that are billed.
    """
    for match in _CHUNK.finditer(masked):
        chunk = match[0]
        if chunk.isdigit() and len(chunk) <= MAX_NUMBER_DIGITS:
            continue
        bare = chunk.strip(_SURROUNDING_MARKS)
        if _PROCEDURE.fullmatch(bare):
            before = masked[max(0, match.start() - 60) : match.start()]
            if _BILLED.search(before) or not (_LOCATED.search(before) or MASK in before[-3:]):
                continue
        start = match.start() + chunk.index(bare)
        yield start, start + len(bare), is_clinical(bare, lexicon) or (bare.isdigit() and has_unit(masked, match.end()))


@lru_cache(maxsize=1 << 14)
def is_clinical(chunk: str, lexicon: Lexicon) -> bool:
    """Tell whether letters and digits written together are clinical language, in whole or part by part."""
    bare = chunk.strip(_SURROUNDING_MARKS)
    if not _CLINICAL.fullmatch(bare):
        bare = bare.replace("(", "").replace(")", "")
    if not alphanumeric_terms().isdisjoint({bare.lower(), bare.lower().replace("-", "")}):
        return True
    # No amount begins with a zero as 0048-1516 does.
    has_leading_zero = not any(map(str.isalpha, bare)) and re.search(r"(?<![\d.,·])0\d\d", bare)
    numbers = re.findall(r"(?<![\d.,·])(?<!NCT)\d+(?![\d.,·])", bare)
    if _CLINICAL.fullmatch(bare) and not has_leading_zero and max(map(len, numbers), default=0) <= MAX_NUMBER_DIGITS:
        return True
    parts = [part for part in _PARTS.split(bare) if part]
    if len(parts) < 2:
        return _is_words_with_numbers(bare, lexicon)
    # Seven digits, or six with letters, are a record's number, but for a range of two doses or years.
    is_long = len(re.findall(r"\d", bare)) >= (6 if any(map(str.isalpha, parts)) else 7)
    if is_long and not (len(parts) == 2 and all(re.fullmatch(r"[1-9]\d{3}", part) for part in parts)):
        return False
    # Behind an abbreviation a number of three digits may be a record's: PA-882.
    max_digits = 2 if any(part.isalpha() and part.isupper() for part in parts) else MAX_NUMBER_DIGITS
    return all(_is_clinical_part(part, max_digits, lexicon) for part in parts)


def _is_clinical_part(part: str, max_digits: int, lexicon: Lexicon) -> bool:
    if part.isdigit():
        return len(part) <= max_digits
    return is_clinical(part, lexicon) if any(map(str.isdigit, part)) else _is_words_with_numbers(part, lexicon)


def _is_words_with_numbers(part: str, lexicon: Lexicon) -> bool:
    """Tell whether only allowed words and short numbers are written together, as in ``ECOG1``."""
    found = tokens_of(part)
    numbers = [token for token in found if token.isdigit()]
    words = [token for token in found if not token.isdigit()]
    are_allowed = all(len(word) > 1 and lexicon.classify(word) is WordClass.ALLOWED for word in words)
    return len(numbers) <= 2 and all(len(number) <= 2 for number in numbers) and are_allowed
