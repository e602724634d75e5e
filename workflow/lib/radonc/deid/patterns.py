"""What gives itself away by its form: the classes of Safe Harbor (45 CFR 164.514(b)(2)(i)) as patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import re2

from radonc.deid.date_patterns import AGES, DATES
from radonc.deid.forms import Match, Pattern, continues, is_measured, is_unmeasured, measures, starts_within_number
from radonc.deid.spans import Label, Span

# Abbreviations with periods that are nobody's initials.
_ABBREVIATION = re.compile(
    "md|do|rn|np|pa|us|usa|uk|iv|im|po|sc|sl|bid|tid|qid|ct|er|pm|am|pt|ot|gi|gu|ent|ie|eg|dvt|ok|yo|mo|hx|dx|rx|ny|dc|nd|sd|ri|nh|nj|nm|nc|wv",
    re.IGNORECASE,
)

# Abbreviations that end a text and are nobody's initials.
_LAST_WORDS = frozenset(
    {
        "NED",
        "NAD",
        "MD",
        "DO",
        "RN",
        "NP",
        "PA",
        "RT",
        "CT",
        "MR",
        "MRI",
        "PET",
        "US",
        "UK",
        "QA",
        "OTV",
        "FU",
        "PRN",
        "BID",
        "TID",
        "QID",
        "QD",
    }
    | {
        "PO",
        "IV",
        "IM",
        "DNR",
        "VS",
        "OR",
        "ER",
        "ED",
        "ICU",
        "AVS",
        "TBD",
        "NOS",
        "NA",
        "PT",
        "OT",
        "LT",
        "CR",
        "PR",
        "SD",
        "PD",
        "DVH",
        "CBC",
    }
)

_PAIRS = frozenset(
    {
        "AP/PA",
        "PA/AP",
        "ER/PR",
        "PT/OT",
        "OT/PT",
        "CT/MR",
        "MR/CT",
        "RT/LT",
        "LT/RT",
        "UE/LE",
        "QA/QC",
        "HR/BP",
        "AP/SI",
        "RN/MD",
        "MD/RN",
        "MD/NP",
    }
    | {
        "MD/PA",
        "NP/MD",
        "PA/MD",
        "CR/PR",
        "SD/PD",
        "IV/PO",
        "PO/IV",
        "IV/IM",
        "BM/FL",
        "US/CT",
        "CT/US",
        "TV/US",
        "LN/MS",
        "GI/GU",
        "GU/GI",
    }
)

# ---- numbers and addresses -------------------------------------------------------------------------------------

_STATE = (
    r"(?:AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK"
    r"|OR|PA|PR|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY)"
)
_CUE = (
    r"(?:MRN|MR|med(?:ical)?\.?\srec(?:ord)?s?|chart|acc(?:oun)?t|accession|acc|policy|member|subscriber|insurance|group|licen[cs]e|lic"
    r"|specimen|slides?|device|pacemaker|implant|port|serial|ser|lot|S/N|SN|NHS|NHI|CHI|CSN|SSN|HICN|MBI|HAR|UR|URN|IHI|PHN|OHIP|RAMQ|medicaid"
    r"|medicare|DEA|NPI|DL|passport|badge|employee|staff|ref(?:erence)?|claim|auth(?:ori[sz]ation)?|order|req(?:uisition)?|request|invoice"
    r"|receipt|ticket|tracking|confirmation|study|subject|subj|screening|trial|voucher|plate|registration|reg|vehicle|VIN|file|record|case"
    r"|card|service|internal|band|wristband|armband|source|job|awb|valve|tax|encounter|enc|visit|episode|hosp(?:ital)?|patient|pt|unit|path(?:ology)?|registry|report|form|ID|identifier|identification)"
)
_NUMBER_SIGN = r"(?:\s?(?:id|ident|no|nos|nr|num|number)\b\.?|\s?#)"
# Letters and digits in one piece or in groups: SP-22-1102, K 118274, 943 476 5919.
_NUMBER = r"((?:[A-Z]{1,4}[ .-]?)?\d[A-Z0-9]*(?:[-./][A-Z0-9]*\d[A-Z0-9]*|[-.][A-Z]{1,3}\b)*)\b"
_GROUPS = r"((?:[A-Z]{1,4} )?\d{2,4}(?: \d{2,5}){1,4})\b"
_CODE = r"((?:[a-z]{0,5}[-./]?\d[a-z0-9]*|[a-z]{1,5}(?:[-./][a-z0-9]+)*[-./][a-z]?\d[a-z0-9]*)(?:[-./][a-z0-9]+)*)\b"


def _is_record_number(match: Match) -> bool:
    number = match.group(1) or ""
    # Path: 12/14 LN; order: 4500 cGy; visit: 2014.
    is_other = re.fullmatch(r"\d{1,2}/\d{1,2}|(?:19|20)\d\d", number) is not None or is_measured(match)
    return len(re.findall(r"\d", number)) >= 3 and not is_other


def _is_long_number(match: Match) -> bool:
    return len(re.findall(r"\d", match.group(1) or "")) >= 4 and not is_measured(match)


def _is_grouped_number(match: Match) -> bool:
    after = match.string[match.end(1) : match.end(1) + 8]
    return _is_long_number(match) and re.match(r"\s?-?(?:y|yo|y/o|y\.o|yr|year|[MF]\b)", after, re.IGNORECASE) is None


def _is_no_dose_list(match: Match) -> bool:
    """Tell whether three numbers are too long for doses or ages: 10-20-30, 54-59-63."""
    return len(re.findall(r"\d", match.group() or "")) >= 6 and _is_no_range(match)


def _is_no_dose_range(match: Match) -> bool:
    """Tell whether two numbers of four digits are no doses in cGy and no years."""
    numbers = [int(number) for number in (match.group(1) or "").split("-")]
    is_years = all(1900 <= number < 2100 for number in numbers)
    is_doses = all(number % 10 == 0 and number <= 8000 for number in numbers)
    return not (is_years or is_doses) and _is_no_range(match)


def _are_no_sides(match: Match) -> bool:
    return re.sub(r"\s", "", match.group(1) or "") not in _PAIRS


def _is_no_last_word(match: Match) -> bool:
    return (match.group(1) or "").upper() not in _LAST_WORDS


def _are_no_abbreviation(match: Match) -> bool:
    return (match.group(1) or "") not in _LAST_WORDS


def _is_no_range(match: Match) -> bool:
    return not (is_measured(match) or continues(match))


def _is_lettered_number(match: Match) -> bool:
    letters = (match.group(1) or "").split()[0]
    return re.fullmatch(rf"{_STATE}|MRN|UR|ID|NHI|SSN|CPT|ZIP|NO|PIN|DOB|NHS", letters) is None


def _are_initials(match: Match) -> bool:
    return _ABBREVIATION.fullmatch(re.sub(r"[.\s]", "", match.group(1) or "")) is None


def _is_ip(match: Match) -> bool:
    return all(int(part) <= 255 for part in (match.group() or "").split("."))


_IDS = (
    Pattern(Label.ID, r"\b\d{3}-\d{2}-\d{4}\b", "policy of 123-45-6789/2 on file"),
    Pattern(
        Label.ID,
        rf"(?i:\b{_CUE}\.?(?:{_NUMBER_SIGN}){{1,2}}\s?[:=.]?\s?(?:is\s)?){_NUMBER}",
        "hosp. no. K 118 merged",
        _is_record_number,
    ),
    Pattern(
        Label.ID,
        rf"(?i)\b{_CUE}\.?(?:{_NUMBER_SIGN}|\s?[:=]){{1,3}}\s?(?:is\s)?{_CODE}",
        "acct: AB-4711 paid",
        _is_record_number,
    ),
    Pattern(
        Label.ID,
        rf"(?i:\b(?:MRN|SSN|CSN|HICN|MBI|NHS|NHI|CHI|UR|URN|PHN|NPI|DEA|serial|S/N|acc(?:oun)?t|accession|policy|claim|passport|licen[cs]e|medicaid|medicare|badge)\s(?:is\s)?){_NUMBER}",
        "MRN 4815 merged",
        _is_long_number,
    ),
    Pattern(
        Label.ID,
        rf"(?i:\b{_CUE}\.?(?:{_NUMBER_SIGN}|\s?[:=]|\sis|\s)[ :=.]{{0,2}}(?:is\s)?){_GROUPS}",
        "NHS number 943 47 59 on file",
        _is_grouped_number,
    ),
    Pattern(Label.ID, r"\b\d{3,4}(?: \d{3,4}){2,}\b", "filed as 943 476 591 last week", is_unmeasured),
    Pattern(Label.ID, r"\b\d{2}-\d{4,6}\b", "filed as 44-9910 last week", _is_no_range),
    Pattern(Label.ID, r"\b\d{1,4}-\d{2,4}-\d{1,4}\b", "filed as 71-4410-3 last week", _is_no_dose_list),
    Pattern(Label.ID, r"\b([1-9]\d{3}-\d{4})\b", "filed as 8127-4419 last week", _is_no_dose_range),
    Pattern(Label.ID, r"\b[A-Z]{2,4}\s\d{3}-\d{3}\b", "filed as QX 441-882 last week"),
    Pattern(Label.ID, r"\b[A-Z]{2,4}(?:\s\d{2,4}){2,}\b", "filed as COTR 4408 0819 last week", is_unmeasured),
    # Digit by digit, in figures or in words; and what masks, handles and number plates show.
    Pattern(Label.ID, r"\b\d(?: \d){5,}\b", "spelt 4 8 1 5 1 6 by her"),
    Pattern(
        Label.ID,
        r"(?i)\b(?:(?:zero|oh|nought|one|two|three|four|five|six|seven|eight|nine|double|triple|dash|hyphen)[\s-]+){3,}"
        r"(?:zero|oh|nought|one|two|three|four|five|six|seven|eight|nine)\b",
        "spelt four eight one five one six by her",
    ),
    Pattern(Label.ID, r"[*xX]{3}-[*xX]{2}-\d{4}\b", "ending ***-**-4815 on file"),
    Pattern(Label.ID, r"(?:^|\s)(@[a-z]\w{2,})\b", "posts as @gracefulgrace daily"),
    Pattern(Label.ID, r"\b[A-Z]{2}\d{2}\s?[A-Z]{3}\b", "parked as LK19 WRT outside"),
    # Initials of who dictated and who typed, and of who signed.
    Pattern(Label.NAME, r"\b([A-Z]{2,3}/[a-z]{2,3})\s*$", "Thank you for this kind referral. KTB/mo"),
    Pattern(Label.NAME, r"(?m)\b([A-Z]{2}\s?/\s?[A-Z]{2})\s*$", "Set up with the new mask. KT / BW", _are_no_sides),
    # A first name under a letter.
    Pattern(Label.NAME, r"[,.!?]\s*\n\s*[-–—]?\s?(\p{Lu}\p{Ll}+)\s*$", "Many thanks,\nGrace", _is_no_last_word),
    Pattern(Label.NAME, r"(?:\n|[.!?]\s+|\s[-–—]\s?)([A-Z]{2,3})\s*$", "Will call tomorrow. KTB", _are_no_abbreviation),
    Pattern(Label.ID, r"\b[A-Z]{1,3}-?\d\d-\d{3,6}\b", "slides S15-12345 reviewed"),
    Pattern(Label.ID, r"\b([A-Z]{1,3}\s\d{5,8}(?:\s[A-Z])?)\b", "filed as KT 48151 last week", _is_lettered_number),
    # Spelt letter by letter.
    Pattern(Label.NAME, r"\b(\p{Lu}(?:[\s-]\p{Lu}){3,})\b", "spelt B R A N D T by her"),
    # No dose, count or laboratory value has seven digits; a registered trial has eight.
    Pattern(
        Label.ID,
        r"\b(?:[A-Z]{1,4}[-.]?)?\d{7,}(?:-\w{1,4})?\b",
        "filed as 0048151623 last week",
        lambda match: re.fullmatch(r"NCT\d{8}", match.group() or "") is None,
    ),
)
_ADDRESSES = (
    Pattern(
        Label.EMAIL,
        r"[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+",
        "write to jane_doe@mail.example.org today",
    ),
    Pattern(
        Label.URL,
        r"(?i)\b(?:[a-z0-9][a-z0-9-]*\.)+(?:com|org|net|edu|gov|mil|info|io|co|uk|us|au|nz|ca|ie|health|care|example|test|local)(?:/[\w./?=&%#:~-]*)?\b",
        "see mychart.example.org for results",
    ),
    Pattern(
        Label.URL,
        r"(?i)\b(?:(?:https?|s?ftp)://|www\.)[\w./?=&%#:;,+~@!$'()*-]*[\w/]",
        "see https://intranet/chart?id=7 for results",
    ),
    Pattern(Label.URL, r"\b\d{1,3}(?:\.\d{1,3}){3}\b", "sent from 192.168.10.24 last night", _is_ip),
    Pattern(
        Label.PHONE,
        r"(?:\+1[-. ]?|\b(?:001|1)[-.])?(?:\(\d{3}\)|\b\d{3})\s?[-./]?\s?\d{3}[-. ]\d{4}"
        r"(?:,?\s?(?:x|ext\.?)\s?\d{1,6})?\b",
        "reach him (319) 555-0147 after noon",
    ),
    Pattern(Label.PHONE, r"\+\d{8,14}\b(?:,?\s?(?:x|ext\.?)\s?\d{1,6}\b)?", "reach him +442079460958 after noon"),
    Pattern(Label.PHONE, r"\+\d{1,3}[-. (]{1,2}\d(?:[-. ()]{0,2}\d){6,12}\b", "reach him +44 20 7946 0958 after noon"),
    Pattern(
        Label.PHONE,
        r"\b[2-9]\d\d-\d{4}\b",
        "reach him 437-3989 after noon",
        lambda match: not is_measured(match) and not continues(match),
    ),
    Pattern(
        Label.PHONE,
        r"(?i)\b(?:phone|ph|tel|telephone|call|cell|mobile|mob|fax|pager|pgr|page|ext|extension|beeper|bleep|text|hotline|line)(?:\sline)?[\s.:#-]{1,3}(?:at\s|no\.?\s|is\s)?(\(?\d[\d\s().-]{2,16}\d)\b",
        "pager 4711 after noon",
        lambda match: not is_measured(match) and len(re.findall(r"\d", match.group(1) or "")) >= 4,
    ),
    Pattern(Label.PHONE, r"\b(?:x|ext\.?)\s?\d{4,6}\b", "reach him x4471 after noon", is_unmeasured),
    Pattern(Label.PHONE, r"(\(0\d{1,4}\)\s?\d{3,4}[\s-]?\d{3,4})\b", "reach him (02) 9555 0147 after noon"),
    Pattern(Label.PHONE, r"\b0\d{1,4}[\s-]\d{3,4}[\s-]?\d{3,4}\b", "reach him 01632 960123 after noon"),
    Pattern(
        Label.PHONE,
        r"\b\d-\d{4}\b",
        "reach him 5-0147 after noon",
        lambda match: not is_measured(match) and not continues(match),
    ),
    Pattern(Label.PHONE, r"\b555[-.\s]\d{4}\b", "reach him 555.0147 after noon"),
    Pattern(Label.PLACE, rf"\b{_STATE},?\s+(\d{{5}}(?:-\d{{4}})?)\b", "lives in Mobile, AL 36602"),
    # British and Canadian postal codes.
    Pattern(Label.PLACE, r"\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b", "lives near SW1A 1AA now"),
    Pattern(Label.PLACE, r"\b[ABCEGHJ-NPRSTVXY]\d[A-Z]\s\d[A-Z]\d\b", "lives near K1A 0B1 now"),
    Pattern(
        Label.PLACE, r"(?i)\b(?:apt|apartment|flat|suite|ste|box|lvl)\.?\s#?\d+[a-z]?\b", "moved to apt 4b last week"
    ),
    Pattern(Label.PLACE, r"\b\d{5}-\d{4}\b", "moved to 36602-1234 last week", is_unmeasured),
    Pattern(Label.PLACE, r"(?i)\b(?:zip(?:\s?code)?|postal\scode)[\s:]*(\d{5})\b", "zip 36602 is new"),
    Pattern(
        Label.PLACE,
        r"\b\d{1,5}\s(?:[NSEW]\.?\s)?(?:\p{Lu}[\p{L}'’.]+\s){1,3}(?:St|Street|Ave|Avenue|Rd|Road|Blvd|Boulevard|Lane|Ln|Dr|Drive"
        r"|Court|Ct|Way|Pl|Place|Terrace|Hwy|Highway|Circle|Pkwy|Parkway)\b",
        "moved to 12 Orchard Lane last week",
        lambda match: not starts_within_number(match),
    ),
    Pattern(Label.PLACE, r"(?i)\bP\.?\s?O\.?\sBox\s\d+\b", "mail to P.O. Box 77 only"),
)

_INITIALS = (
    Pattern(
        Label.NAME,
        r"\b(\p{Lu}\.\s?\p{Lu}\.(?:\s?\p{Lu}\.)?)(?:[^\p{L}.]|$)",
        "discussed with J.S. today",
        _are_initials,
    ),
)

_AGE_FOLLOWS = re.compile(r"[\s-]{0,2}(?:years?|yrs?|yo|y/o|y\.\s?o)\b", re.IGNORECASE)
_LAST_NUMBER = re.compile(r"(?<=[\w)])[\s.,;:*/•-]*\s[\s.,;:*/•-]*\d{1,2}$")
_CODE_BEFORE = re.compile(
    r"(?:[A-Za-z0-9]{1,6}[-._/])+$"
    r"|(?<![A-Za-z])(?!(?:MRN|MR|ID|NO|UR|SSN|CSN|NHS|NHI|DOB|ZIP|PIN|SN|HAR|DL|IS|AT|OF|TEL|FAX) )[A-Z]{1,3} $"
)
_CODE_BEHIND = re.compile(r"(?:[-_][A-Za-z0-9]{1,4})+(?![\w])")
REACH = 16
"""Characters around a number in which the rest of its code is sought."""

PATTERNS = (*_ADDRESSES, *DATES, *AGES, *_IDS, *_INITIALS)

_COMPILED = tuple((pattern, re2.compile(pattern.expression)) for pattern in PATTERNS)


def _sieve() -> re2.Set:
    """Return all patterns as one automaton, which tells in one pass which of them a text can match."""
    sieve = re2.Set.SearchSet()
    for pattern in PATTERNS:
        sieve.Add(pattern.expression)
    sieve.Compile()
    return sieve


_SIEVE = _sieve()


@lru_cache(maxsize=1 << 13)
def spans(text: str) -> tuple[Span, ...]:
    """Return the places whose form gives them away, overlaps included."""
    return tuple(_search(text))


def _search(text: str) -> Iterator[Span]:
    for number in sorted(_SIEVE.Match(text) or ()):
        pattern, expression = _COMPILED[number]
        for match in expression.finditer(text):
            if pattern.accept(match):
                start, end = match.span(expression.groups)
                end = _without_next_number(text, start, end)
                yield Span(
                    *(_whole_code(text, start, end) if pattern.label is Label.ID else (start, end)), pattern.label
                )


def _without_next_number(text: str, start: int, end: int) -> int:
    """Return the end of a number without an age or an amount that only follows it: 555-0142 54-year-old, 0111 6 MV."""
    if (_AGE_FOLLOWS.match(text, end) or measures(text, end)) and (last := _LAST_NUMBER.search(text, start, end)):
        return last.start()
    return end


def _whole_code(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the place of a number with the letters and marks that are one with it: SP-22-1102-B, JV 4815162."""
    if before := _CODE_BEFORE.search(text[max(0, start - REACH) : start]):
        start -= len(before[0])
    if behind := _CODE_BEHIND.match(text[end : end + REACH]):
        end += len(behind[0])
    return start, end
