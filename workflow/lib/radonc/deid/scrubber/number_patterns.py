"""Record numbers and other codes, as people write them: behind a cue, by their length, or by their form."""

from __future__ import annotations

import re

from radonc.deid.scrubber.contact_patterns import STATE
from radonc.deid.scrubber.forms import Match, Pattern, is_measured, is_no_amount, is_unmeasured
from radonc.vocabulary.tags import Label

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


def _is_telling_number(match: Match) -> bool:
    """Tell whether a number behind a word such as file is a record's though no sign says so: five digits, no amount."""
    number = match.group(1) or ""
    n_digits = len(re.findall(r"\d", number))
    is_mixed = re.search(r"[A-Z]", number) is not None
    is_year = re.fullmatch(r"(?:19|20)\d\d(?:[-/](?:(?:19|20)?\d\d))?", number) is not None
    return n_digits >= (4 if is_mixed else 5) and not is_year and not is_measured(match)


def _is_grouped_number(match: Match) -> bool:
    after = match.string[match.end(1) : match.end(1) + 8]
    return _is_long_number(match) and re.match(r"\s?-?(?:y|yo|y/o|y\.o|yr|year|[MF]\b)", after, re.IGNORECASE) is None


def _is_no_dose_list(match: Match) -> bool:
    """Tell whether three numbers are too long for doses or ages: 10-20-30, 54-59-63."""
    return len(re.findall(r"\d", match.group() or "")) >= 6 and is_no_amount(match)


def _is_no_dose_range(match: Match) -> bool:
    """Tell whether two numbers of four digits are no doses in cGy and no years."""
    numbers = [int(number) for number in (match.group(1) or "").split("-")]
    is_years = all(1900 <= number < 2100 for number in numbers)
    is_doses = all(number % 10 == 0 and number <= 8000 for number in numbers)
    return not (is_years or is_doses) and is_no_amount(match)


def _is_lettered_number(match: Match) -> bool:
    letters = (match.group(1) or "").split()[0]
    return re.fullmatch(rf"{STATE}|MRN|UR|ID|NHI|SSN|CPT|ZIP|NO|PIN|DOB|NHS", letters) is None


NUMBERS = (
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
    Pattern(Label.ID, rf"(?i:\b{_CUE}\s(?:is\s)?){_NUMBER}", "wristband 4471-302-B cut off", _is_telling_number),
    Pattern(
        Label.ID,
        rf"(?i:\b{_CUE}\.?(?:{_NUMBER_SIGN}|\s?[:=]|\sis|\s)[ :=.]{{0,2}}(?:is\s)?){_GROUPS}",
        "NHS number 943 47 59 on file",
        _is_grouped_number,
    ),
    Pattern(Label.ID, r"\b\d{3,4}(?: \d{3,4}){2,}\b", "filed as 943 476 591 last week", is_unmeasured),
    Pattern(Label.ID, r"\b\d{2}-\d{4,6}\b", "filed as 44-9910 last week", is_no_amount),
    Pattern(Label.ID, r"\b\d{1,4}-\d{2,4}-\d{1,4}\b", "filed as 812-44-310 last week", _is_no_dose_list),
    Pattern(Label.ID, r"\b([1-9]\d{3}-\d{4})\b", "filed as 8127-4419 last week", _is_no_dose_range),
    Pattern(Label.ID, r"\b[A-Z]{2,4}\s\d{3}-\d{3}\b", "filed as QX 441-882 last week"),
    Pattern(Label.ID, r"\b[A-Z]{2,4}(?: \d{2,4}){2,}\b", "filed as COTR 4408 0819 last week", is_unmeasured),
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
    Pattern(Label.ID, r"\b[A-Z]{1,3}-?\d\d-\d{3,6}\b", "seen as S15-12345 last week"),
    Pattern(Label.ID, r"\b([A-Z]{1,3}\s\d{5,8}(?:\s[A-Z])?)\b", "filed as KT 48151 last week", _is_lettered_number),
    # No dose, count or laboratory value has seven digits; a registered trial has eight.
    Pattern(
        Label.ID,
        r"\b(?:[A-Z]{1,4}[-.]?)?\d{7,}(?:-\w{1,4})?\b",
        "filed as 0048151623 last week",
        lambda match: re.fullmatch(r"NCT\d{8}", match.group() or "") is None,
    ),
)
