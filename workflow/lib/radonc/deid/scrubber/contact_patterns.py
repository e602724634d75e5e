"""Phones, e-mail, pages of the web, postal codes and addresses."""

from __future__ import annotations

import re

from radonc.deid.scrubber.forms import Match, Pattern, is_measured, is_no_amount, is_unmeasured, starts_within_number
from radonc.vocabulary.tags import Label

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
    Pattern(
        Label.EMAIL,
        r"[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+",
        "write to jane_doe@mail.example.org today",
    ),
    Pattern(
        Label.URL,
        r"(?i)\b(?:[a-z0-9][a-z0-9-]*\.)+(?:com|org|net|edu|gov|mil|info|io|co|uk|us|au|nz|ca|ie|health|care)(?:/[\w./?=&%#:~-]*)?\b",
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
        r"\b[2-9]\d\d[-.]\d{4}\b",
        "reach him 437-3989 after noon",
        is_no_amount,
    ),
    Pattern(
        Label.PHONE,
        r"(?i)\b(?:phone|ph|tel|telephone|call|cell|mobile|mob|fax|pager|pgr|page|ext|extension|beeper|bleep|text|hotline|line)(?:\sline)?[\s.:#-]{1,3}(?:at\s|no\.?\s|is\s)?(\(?\d[\d\s().-]{2,16}\d)\b",
        "pager 4711 after noon",
        lambda match: not is_measured(match) and len(re.findall(r"\d", match.group(1) or "")) >= 4,
    ),
    Pattern(Label.PHONE, r"\b(?:x\s?\d{4,6}|ext\.?\s?\d{3,6})\b", "reach him x4471 after noon", is_unmeasured),
    Pattern(Label.PHONE, r"(\(0\d{1,4}\)\s?\d{3,4}[\s-]?\d{3,4})\b", "reach him (02) 9555 0147 after noon"),
    Pattern(Label.PHONE, r"\b0\d{1,4}[\s-]\d{3,4}[\s-]?\d{3,4}\b", "reach him 01632 960123 after noon"),
    Pattern(
        Label.PHONE,
        r"\b\d-\d{4}\b",
        "reach him 5-0147 after noon",
        is_no_amount,
    ),
    Pattern(Label.PLACE, rf"\b{STATE},?\s+(\d{{5}}(?:-\d{{4}})?)\b", "lives in Mobile, AL 36602"),
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
        r"|Court|Ct|Way|Pl|Place|Terrace|Terr|Tce|Hwy|Highway|Circle|Cir|Pkwy|Parkway|Crescent|Cres|Close|Loop|Trail|Square|Sq|Row|Run"
        r"|Bend|Gardens|Grove|Mews|Quay|Parade|Pass|Path|Ridge|Hollow|Walk|Alley|Heights|Landing|Crossing|Turnpike)\b"
        rf"{_UNIT}",
        "moved to 12 Orchard Lane last week",
        lambda match: not starts_within_number(match),
    ),
    Pattern(
        Label.PLACE,
        r"(?i)\b\d{1,5}\s(?:[nsew]\.?\s)?(?:[a-z][a-z'’.]+\s){1,3}(?:street|avenue|ave|road|boulevard|blvd|crescent|parkway|turnpike)\b"
        rf"{_UNIT}",
        "moved to 12 orchard avenue last week",
        lambda match: not starts_within_number(match),
    ),
    Pattern(Label.PLACE, r"(?i)\bP\.?\s?O\.?\sBox\s\d+\b", "mail to P.O. Box 77 only"),
)
