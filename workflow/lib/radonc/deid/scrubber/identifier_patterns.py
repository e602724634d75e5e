"""Patterns of contacts, record numbers and signatures (45 CFR 164.514(b)(2)(i))."""

from __future__ import annotations

import re
from functools import partial

from radonc.deid.scrubber.pattern import (
    Match,
    Pattern,
    is_amount,
    is_no_amount,
    is_whole_number,
    starts_within_number,
)
from radonc.vocabulary.tags import Label
from radonc.wordlists.context_words import DOTTED_ABBREVIATIONS, FINAL_ABBREVIATIONS, SLASH_PAIRS

_email, _url, _phone = (partial(Pattern, label) for label in (Label.EMAIL, Label.URL, Label.PHONE))
_place, _id, _name = (partial(Pattern, label) for label in (Label.PLACE, Label.ID, Label.NAME))

# ---- phones, e-mail, web pages, postal codes, addresses ----------------------------------------------------------

STATE = (
    r"(?:AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK"
    r"|OR|PA|PR|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY)"
)

# What follows a street: an apartment, a floor, a building.
_UNIT = (
    r"(?:,?\s(?i:(?:#|(?:apt|apartment|unit|flat|suite|ste|floor|fl|bldg|building|lot|level|room|rm|no)\b\.?)\s?#?\w{1,5}"
    r"|\d{1,2}(?:st|nd|rd|th)\sfl(?:oor)?)\b)?"
)


def _is_ip(match: Match) -> bool:
    return all(int(part) <= 255 for part in (match.group() or "").split("."))


CONTACTS = (
    _email(r"[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+", "write to jane_doe@mail.example.org today"),
    _url(
        r"(?i)\b(?:[a-z0-9][a-z0-9-]*\.)+(?:com|org|net|edu|gov|mil|info|io|co|uk|us|au|nz|ca|ie|health|care)(?:/[\w./?=&%#:~-]*)?\b",
        "see mychart.example.org for results",
    ),
    _url(
        r"(?i)\b(?:(?:https?|s?ftp)://|www\.)[\w./?=&%#:;,+~@!$'()*-]*[\w/]",
        "see https://intranet/chart?id=7 for results",
    ),
    _url(r"\b\d{1,3}(?:\.\d{1,3}){3}\b", "sent from 192.168.10.24 last night", _is_ip),
    _phone(
        r"(?:\+1[-. ]?|\b(?:001|1)[-.])?(?:\(\d{3}\)|\b\d{3})\s?[-./]?\s?\d{3}[-. ]\d{4}"
        r"(?:,?\s?(?:x|ext\.?)\s?\d{1,6})?\b",
        "reach him (319) 555-0147 after noon",
    ),
    _phone(r"\+\d{8,14}\b(?:,?\s?(?:x|ext\.?)\s?\d{1,6}\b)?", "reach him +442079460958 after noon"),
    _phone(r"\+\d{1,3}[-. (]{1,2}\d(?:[-. ()]{0,2}\d){6,12}\b", "reach him +44 20 7946 0958 after noon"),
    _phone(r"\b[2-9]\d\d[-.]\d{4}\b", "reach him 437-3989 after noon", is_whole_number),
    _phone(
        r"(?i)\b(?:phone|ph|tel|telephone|call|cell|mobile|mob|fax|pager|pgr|page|ext|extension|beeper|bleep|text|hotline|line)(?:\sline)?[\s.:#-]{1,3}(?:at\s|no\.?\s|is\s)?(\(?\d[\d\s().-]{2,16}\d)\b",
        "pager 4711 after noon",
        lambda match: not is_amount(match) and len(re.findall(r"\d", match.group(1) or "")) >= 4,
    ),
    _phone(r"\b(?:x\s?\d{4,6}|ext\.?\s?\d{3,6})\b", "reach him x4471 after noon", is_no_amount),
    _phone(r"(\(0\d{1,4}\)\s?\d{3,4}[\s-]?\d{3,4})\b", "reach him (02) 9555 0147 after noon"),
    _phone(r"\b0\d{1,4}[\s-]\d{3,4}[\s-]?\d{3,4}\b", "reach him 01632 960123 after noon"),
    _phone(r"\b\d-\d{4}\b", "reach him 5-0147 after noon", is_whole_number),
    _place(rf"\b{STATE},?\s+(\d{{5}}(?:-\d{{4}})?)\b", "lives in Mobile, AL 36602"),
    # British and Canadian postal codes.
    _place(r"\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b", "lives near SW1A 1AA now"),
    _place(r"\b[ABCEGHJ-NPRSTVXY]\d[A-Z]\s\d[A-Z]\d\b", "lives near K1A 0B1 now"),
    _place(r"(?i)\b(?:apt|apartment|flat|suite|ste|box|lvl)\.?\s#?\d+[a-z]?\b", "moved to apt 4b last week"),
    _place(r"\b\d{5}-\d{4}\b", "moved to 36602-1234 last week", is_no_amount),
    _place(r"(?i)\b(?:zip(?:\s?code)?|postal\scode)[\s:]*(\d{5})\b", "zip 36602 is new"),
    _place(
        r"\b\d{1,5}\s(?:[NSEW]\.?\s)?(?:\p{Lu}[\p{L}'’.]+\s){1,3}(?:St|Street|Ave|Avenue|Rd|Road|Blvd|Boulevard|Lane|Ln|Dr|Drive"
        r"|Court|Ct|Way|Pl|Place|Terrace|Terr|Tce|Hwy|Highway|Circle|Cir|Pkwy|Parkway|Crescent|Cres|Close|Loop|Trail|Square|Sq|Row|Run"
        r"|Bend|Gardens|Grove|Mews|Quay|Parade|Pass|Path|Ridge|Hollow|Walk|Alley|Heights|Landing|Crossing|Turnpike)\b"
        rf"{_UNIT}",
        "moved to 12 Orchard Lane last week",
        lambda match: not starts_within_number(match),
    ),
    _place(
        r"(?i)\b\d{1,5}\s(?:[nsew]\.?\s)?(?:[a-z][a-z'’.]+\s){1,3}(?:street|avenue|ave|road|boulevard|blvd|crescent|parkway|turnpike)\b"
        rf"{_UNIT}",
        "moved to 12 orchard avenue last week",
        lambda match: not starts_within_number(match),
    ),
    _place(r"(?i)\bP\.?\s?O\.?\sBox\s\d+\b", "mail to P.O. Box 77 only"),
)


# ---- record numbers and other codes: behind a cue, by their length, or by their form -----------------------------

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
    is_other = re.fullmatch(r"\d{1,2}/\d{1,2}|(?:19|20)\d\d", number) is not None or is_amount(match)
    return len(re.findall(r"\d", number)) >= 3 and not is_other


def _is_long_number(match: Match) -> bool:
    return len(re.findall(r"\d", match.group(1) or "")) >= 4 and not is_amount(match)


def _is_uncued_record_number(match: Match) -> bool:
    """Tell whether a number directly behind a word such as file is a record's: five digits, no amount, no year."""
    number = match.group(1) or ""
    n_digits = len(re.findall(r"\d", number))
    is_mixed = re.search(r"[A-Z]", number) is not None
    is_year = re.fullmatch(r"(?:19|20)\d\d(?:[-/](?:(?:19|20)?\d\d))?", number) is not None
    return n_digits >= (4 if is_mixed else 5) and not is_year and not is_amount(match)


def _is_grouped_number(match: Match) -> bool:
    after = match.string[match.end(1) : match.end(1) + 8]
    return _is_long_number(match) and re.match(r"\s?-?(?:y|yo|y/o|y\.o|yr|year|[MF]\b)", after, re.IGNORECASE) is None


def _is_no_dose_list(match: Match) -> bool:
    """Tell whether three numbers are too long for doses or ages: 10-20-30, 54-59-63."""
    return len(re.findall(r"\d", match.group() or "")) >= 6 and is_whole_number(match)


def _is_no_dose_range(match: Match) -> bool:
    """Tell whether two numbers of four digits are no doses in cGy and no years."""
    numbers = [int(number) for number in (match.group(1) or "").split("-")]
    is_years = all(1900 <= number < 2100 for number in numbers)
    is_doses = all(number % 10 == 0 and number <= 8000 for number in numbers)
    return not (is_years or is_doses) and is_whole_number(match)


def _is_lettered_number(match: Match) -> bool:
    letters = (match.group(1) or "").split()[0]
    return re.fullmatch(rf"{STATE}|MRN|UR|ID|NHI|SSN|CPT|ZIP|NO|PIN|DOB|NHS", letters) is None


NUMBERS = (
    _id(r"\b\d{3}-\d{2}-\d{4}\b", "policy of 123-45-6789/2 on file"),
    _id(
        rf"(?i:\b{_CUE}\.?(?:{_NUMBER_SIGN}){{1,2}}\s?[:=.]?\s?(?:is\s)?){_NUMBER}",
        "hosp. no. K 118 merged",
        _is_record_number,
    ),
    _id(
        rf"(?i)\b{_CUE}\.?(?:{_NUMBER_SIGN}|\s?[:=]){{1,3}}\s?(?:is\s)?{_CODE}", "acct: AB-4711 paid", _is_record_number
    ),
    _id(
        rf"(?i:\b(?:MRN|SSN|CSN|HICN|MBI|NHS|NHI|CHI|UR|URN|PHN|NPI|DEA|serial|S/N|acc(?:oun)?t|accession|policy|claim|passport|licen[cs]e|medicaid|medicare|badge)\s(?:is\s)?){_NUMBER}",
        "MRN 4815 merged",
        _is_long_number,
    ),
    _id(rf"(?i:\b{_CUE}\s(?:is\s)?){_NUMBER}", "wristband 4471-302-B cut off", _is_uncued_record_number),
    _id(
        rf"(?i:\b{_CUE}\.?(?:{_NUMBER_SIGN}|\s?[:=]|\sis|\s)[ :=.]{{0,2}}(?:is\s)?){_GROUPS}",
        "NHS number 943 47 59 on file",
        _is_grouped_number,
    ),
    _id(r"\b\d{3,4}(?: \d{3,4}){2,}\b", "filed as 943 476 591 last week", is_no_amount),
    _id(r"\b\d{2}-\d{4,6}\b", "filed as 44-9910 last week", is_whole_number),
    _id(r"\b\d{1,4}-\d{2,4}-\d{1,4}\b", "filed as 812-44-310 last week", _is_no_dose_list),
    _id(r"\b([1-9]\d{3}-\d{4})\b", "filed as 8127-4419 last week", _is_no_dose_range),
    _id(r"\b[A-Z]{2,4}\s\d{3}-\d{3}\b", "filed as QX 441-882 last week"),
    _id(r"\b[A-Z]{2,4}(?: \d{2,4}){2,}\b", "filed as COTR 4408 0819 last week", is_no_amount),
    # Digit by digit, in figures or in words; and what masks, handles and number plates show.
    _id(r"\b\d(?: \d){5,}\b", "spelt 4 8 1 5 1 6 by her"),
    _id(
        r"(?i)\b(?:(?:zero|oh|nought|one|two|three|four|five|six|seven|eight|nine|double|triple|dash|hyphen)[\s-]+){3,}"
        r"(?:zero|oh|nought|one|two|three|four|five|six|seven|eight|nine)\b",
        "spelt four eight one five one six by her",
    ),
    _id(r"[*xX]{3}-[*xX]{2}-\d{4}\b", "ending ***-**-4815 on file"),
    _id(r"(?:^|\s)(@[a-z]\w{2,})\b", "posts as @gracefulgrace daily"),
    _id(r"\b[A-Z]{2}\d{2}\s?[A-Z]{3}\b", "parked as LK19 WRT outside"),
    _id(r"\b[A-Z]{1,3}-?\d\d-\d{3,6}\b", "seen as S15-12345 last week"),
    _id(r"\b([A-Z]{1,3}\s\d{5,8}(?:\s[A-Z])?)\b", "filed as KT 48151 last week", _is_lettered_number),
    # No dose, count or laboratory value has seven digits; a registered trial has eight.
    _id(
        r"\b(?:[A-Z]{1,4}[-.]?)?\d{7,}(?:-\w{1,4})?\b",
        "filed as 0048151623 last week",
        lambda match: re.fullmatch(r"NCT\d{8}", match.group() or "") is None,
    ),
)


# ---- initials and single names, as people sign, dictate and type ---------------------------------------------------


def _are_initials(match: Match) -> bool:
    return re.sub(r"[.\s]", "", match.group(1) or "").lower() not in DOTTED_ABBREVIATIONS


def _are_no_pair(match: Match) -> bool:
    return re.sub(r"\s", "", match.group(1) or "") not in SLASH_PAIRS


def _is_no_last_word(match: Match) -> bool:
    return (match.group(1) or "").upper() not in FINAL_ABBREVIATIONS


SIGNATURES = (
    _name(r"\b(\p{Lu}\.\s?\p{Lu}\.(?:\s?\p{Lu}\.)?)(?:[^\p{L}.]|$)", "discussed with J.S. today", _are_initials),
    # Spelt letter by letter.
    _name(r"\b(\p{Lu}(?:[\s-]\p{Lu}){3,})\b", "spelt B R A N D T by her"),
    # Initials of who dictated and who typed, and of who signed.
    _name(r"\b([A-Z]{2,3}/[a-z]{2,3})\s*$", "Thank you for this kind referral. KTB/mo"),
    _name(r"(?m)\b([A-Z]{2}\s?/\s?[A-Z]{2})\s*$", "Set up with the new mask. KT / BW", _are_no_pair),
    # A first name under a letter.
    _name(r"[,.!?]\s*\n\s*[-–—]?\s?(\p{Lu}\p{Ll}+)\s*$", "Many thanks,\nGrace", _is_no_last_word),
    _name(r"(?:\n|[.!?]\s+|\s[-–—]\s?)([A-Z]{2,3})\s*$", "Will call tomorrow. KTB", _is_no_last_word),
)
