"""Dates but for the year, and ages over 89, as people write them (45 CFR 164.514(b)(2)(i)(C)).

Counts of nodes, doses and follow-up times look much like dates (``2/14 nodes``, ``10-20-30 Gy``, ``6/12/18 months``):
each pattern says what it does not match. A year alone may stay.
"""

from __future__ import annotations

import re
from functools import partial

from radonc.deid.scrubber.count_context import has_unit, is_count
from radonc.deid.scrubber.pattern import (
    Match,
    Pattern,
    is_amount,
    is_no_amount,
    is_whole_number,
    is_within_number,
    starts_within_number,
)
from radonc.vocabulary.tags import Label

_date, _age = partial(Pattern, Label.DATE), partial(Pattern, Label.AGE)

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t(?:ember)?)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)"
)
_CAPITAL_MONTH = _MONTH[:-1] + "|" + _MONTH[3:-1].upper() + ")"
_MONTH_NUMBER = r"(?:1[0-2]|0?[1-9])"
_DAY = r"(?:[12]\d|3[01]|0?[1-9])"
_DAYS = rf"{_DAY}(?:st|nd|rd|th)?(?:\s?(?:-|–|to|and|&)\s?{_DAY}(?:st|nd|rd|th)?)?"
_YEAR = r"(?:19|20)\d\d"
_FOREIGN_MONTH = (
    r"(?:janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[ûu]t|septembre|octobre|novembre|d[ée]cembre|januar|februar|m[äa]rz|juni|juli"
    r"|oktober|dezember|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|gennaio|febbraio"
    r"|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|janeiro|fevereiro|mar[çc]o|maio|junho|julho|setembro|outubro|novembro"
    r"|dezembro|januari|februari|maart|mei|augustus|maj|augusti|desember)"
)
_ANY_YEAR = rf"(?:{_YEAR}|'\d\d|’\d\d)"
_MAX_GRADE = 4
_COUNTED_THING = re.compile(r"\s+(?!(?:of|at|for|and|to|with|in|off|so|but|as)\b)[a-z]")
_SEPARATOR = re.compile(r"\s*[/.–-]\s*")
_VITAL = re.compile(
    r"\b(?:kps|karnofsky|lansky|ps|hr|pulse|bp|sats?|spo2|o2|sao2|temp|t|wt|weight|glucose|gluc|bs|mcv|plt|platelets?|ldh|cr|egfr|psa|er|pr|ki|pd|score"
    r"|index|level|volume|ptv|ctv|dose|idl|isodose|v\d+|d\d+|day|room|rm|bed|gantry|collimator|couch|angle|arc|station|hounsfield|hu|cea|ca|fev1|dlco"
    r"|fvc|ef|lvef|bmi|iq|coverage|pass|gamma|rate|at\sleast|greater\sthan|about|over|under)\b[^.;\n]{0,14}$",
    re.IGNORECASE,
)


def _is_full_date(match: Match) -> bool:
    *_, first, second, third = re.findall(r"\d+", match.group() or "")
    separators = _SEPARATOR.findall(match.group() or "")[-2:]
    month, day = sorted((int(first), int(second)))
    if separators[0].strip() != separators[1].strip() or not (1 <= month <= 12 and day <= 31):
        return False
    if len(third) == 4:
        return True
    decimals = "." in separators[0] and len(first + second) < 4
    return not (decimals or is_amount(match) or is_within_number(match))


def _is_month_and_day(match: Match) -> bool:
    """Tell whether two numbers are a month and a day, and no count or score."""
    first, second = sorted(map(int, re.findall(r"\d+", match.group(1) or "")[:2]))
    if not (1 <= first <= 12 and second <= 31) or is_within_number(match):
        return False
    # A cell of a table that holds only 2/3 holds a grade.
    if second <= _MAX_GRADE and match.string.strip() == match.group(1):
        return False
    return not is_count(match.string, match.start(1), match.end(1))


def _is_no_vital_sign(match: Match) -> bool:
    """Tell whether a number over 89 is no pulse, pressure, saturation, score or percentage."""
    before = match.string[max(0, match.start(1) - 24) : match.start(1)]
    after = match.string[match.end(1) : match.end(1) + 2]
    return not (has_unit(match.string, match.end(1)) or re.match(r"[./]\d|%", after) or _VITAL.search(before))


def _is_ordinal_day(match: Match) -> bool:
    """Tell whether an ordinal is a day: no word for what it counts follows."""
    return _COUNTED_THING.match(match.string, match.end(1)) is None


def _is_day_before_month(match: Match) -> bool:
    """Tell whether the day is a number of its own: in ``PSA 8.4 May 2`` it is not."""
    return _is_day_behind_month(match) and not starts_within_number(match)


def _is_day_behind_month(match: Match) -> bool:
    """Tell whether the last number is a day or a year: in ``02 May. 50.4 Gy`` and ``May. 2/14 nodes`` it is not."""
    text, end = match.string, match.end()
    if is_amount(match) or re.match(r"\.\d", text[end : end + 2]):
        return False
    number, other = re.search(r"\d+$", match.group() or ""), re.match(r"/\d{1,2}", text[end : end + 3])
    return not (number and other and is_count(text, match.start() + number.start(), end + other.end()))


DATES = (
    _date(
        rf"\b{_YEAR}(?:-{_MONTH_NUMBER}-|/{_MONTH_NUMBER}/|\.{_MONTH_NUMBER}\.){_DAY}(?:[T ]\d\d:\d\d(?::\d\d)?Z?)?\b",
        "MRI 2015-03-14T09:30 with contrast",
    ),
    _date(
        r"\b(?:\d{1,2}[/-]\d{1,2}\s?(?:-|–|to)\s?)?\d{1,2}\s?[/.–-]\s?\d{1,2}\s?[/.–-]\s?(?:(?:19|20)\d\d|\d\d)\b",
        "biopsy 3/14/2015 positive",
        _is_full_date,
    ),
    _date(rf"\b{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\b", "scan 20150314 in the archive"),
    _date(rf"\b{_MONTH_NUMBER}\s?[/-]\s?{_YEAR}\b", "recurred 3/2015 in the hip", is_whole_number),
    _date(rf"\b{_YEAR}-(?:0[1-9]|1[0-2])\b", "recurred 2015-03 in the hip", is_whole_number),
    _date(rf"\b{_DAY}\.\s?(?:I{{1,3}}|IV|VI{{0,3}}|IX|XI{{0,2}}|X)\.\s?{_YEAR}\b", "letter of 14. III. 2015"),
    _date(
        rf"(?i)\b(?:birth\sdate|date\sof\sbirth|dob|born|d\.o\.b\.?)[\s:_]{{0,4}}({_DAY}[-/. ]{_DAY}[-/. ]\d\d)\b",
        "DOB 3 14 51 on file",
    ),
    _date(rf"\b{_DAY}\s{_DAY}\s{_YEAR}\b", "seen 03 14 2015 in clinic"),
    # Month and day, or day and month, and ranges of them.
    _date(r"\b(\d{1,2}/\d{1,2}(?:\s?[-–]\s?\d{1,2}/\d{1,2})?)\b", "called 3/14 about the pain", _is_month_and_day),
    _date(
        r"\b(?:on|dated|next|last|seen|sim|simulation|start|starts|started|appt|visit|due|missed|done|of|by) "
        r"(\d{1,2}[.-]\d{1,2})\b",
        "simulation 3-14 went well",
        _is_month_and_day,
    ),
    _date(r"(?i)\bthe\s(\d{1,2}(?:st|nd|rd|th))\b", "back on the 25th, fasting", _is_ordinal_day),
    # A holiday is a day, with the year or without.
    _date(
        rf"(?i)\b(?:thanksgiving|christmas(?:\s(?:eve|day))?|xmas|new\syear['’]?s(?:\s(?:eve|day))?|easter(?:\s(?:sunday|monday))?|good\sfriday|labou?r\sday|memorial\sday"
        rf"|independence\sday|(?:4th|fourth)\sof\sjuly|valentine['’]?s(?:\sday)?|halloween|mother['’]s\sday|father['’]s\sday|veterans\sday|columbus\sday|mlk\sday|boxing\sday|bank\sholiday|ramadan|eid|diwali"
        rf"|hanukkah|passover|rosh\shashanah?|yom\skippur|lunar\snew\syear|chinese\snew\syear|twelfth\snight|st\.?\spatrick['’]?s\sday|super\sbowl|cinco\sde\smayo|juneteenth)\b"
        rf"(?:\s(?:of\s)?{_YEAR})?",
        "admitted at Thanksgiving with pain",
    ),
    _date(
        rf"(?i)\b{_DAY}(?:\.|er|º)?\s(?:de\s)?{_FOREIGN_MONTH}(?:\sdel?)?\.?(?:\s{_YEAR})?\b",
        "born 14 de agosto de 1951 abroad",
    ),
    # A month's name with a year, with or without a day.
    _date(
        rf"(?i)\b(?:{_MONTH}\.?\s?(?:-|–|/|to|and)\s?)?{_MONTH}[\s.,/-]*(?:the\s)?(?:{_DAYS})?(?:[\s.,/-]|of)*{_ANY_YEAR}\b",
        "recurred march of 2015 in the hip",
    ),
    _date(
        rf"(?i)\b{_DAYS}[\s.,/-]*(?:of\s)?{_MONTH}[\s.,/'’-]*(?:{_YEAR}|\d\d)\b",
        "biopsy 14 mar 15 positive",
        _is_day_before_month,
    ),
    _date(rf"(?i)\b{_YEAR}[\s.,/-]{{1,2}}{_MONTH}[\s.,/-]{{1,2}}{_DAYS}\b", "slides of 2021 Mar 14 were reviewed"),
    # A month's name with a day or a two-digit year: in lower case "may 12" and "mar 3" are other things.
    _date(
        rf"\b{_CAPITAL_MONTH}[\s.-]*(?:the\s)?{_DAYS}(?:,?\s\d\d)?\b",
        "called March 14 about the pain",
        _is_day_behind_month,
    ),
    _date(rf"\b{_CAPITAL_MONTH}[-/'’]\d\d\b", "recurred Mar/98 in the hip"),
    _date(
        r"\b(?:jan(?:uary)?|feb(?:ruary)?|apr(?:il)?|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?\s"
        rf"(?:{_DAYS}|(?:twenty|thirty)?[\s-]?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
        r"(?:\stwenty\s(?:twenty)?[\s-]?\w+)?)\b",
        "called april 14 about the pain",
        _is_day_behind_month,
    ),
    _date(r"\b(?:early|mid|late)[\s-](?:19|20)\d\d\b", "recurred late 2014 in the hip"),
    _date(rf"\b{_DAYS}[\s-]?(?:of\s)?{_CAPITAL_MONTH}\b", "called 14 March about the pain", _is_day_before_month),
    _date(
        rf"\b(?i:in|since|until|till|from|last|this|next|early|late|mid|by|during|of|through|thru|before|after)[\s-]({_CAPITAL_MONTH})\b",
        "fell in May at home",
    ),
    _date(
        rf"(?i)\b(?:spring|summer|autumn|fall|winter|Q[1-4])(?:\s|of|,|')*{_YEAR}\b", "diagnosed in the fall of 2014"
    ),
    # The year of birth shows the age.
    _date(
        rf"(?i)\b(?:born(?:\s(?:in|on))?|birth\syear|year of birth|yob|dob|b\.)[\s:]*({_YEAR})\b",
        "born in 1950 on a farm",
    ),
)

# ---- ages over 89 ----------------------------------------------------------------------------------------------

_OVER_89 = r"(?:9\d|1[0-2]\d)"
AGES = (
    _age(rf"(?i)\b({_OVER_89})[\s-]*(?:years?|yrs?|y)[\s./-]*(?:o(?:ld)?|of\sage)\b", "a 92-year-old man"),
    _age(
        rf"(?i)(?:,|\bis|\bwas|\bage|\baged|\bnow)\s({_OVER_89})\s?(?:years?|yrs?|y)\b",
        "a widow, 92 years, lives alone",
    ),
    _age(rf"(?i)\b({_OVER_89})\s?(?:yof|yom|yr)\b", "92yoM with dysphagia"),
    _age(rf"\b({_OVER_89})y?[MF]\b", "92F with dysphagia", lambda match: not is_within_number(match)),
    _age(rf"(?i)\b(?:ag(?:ed?|e\sof|e\sis)|age\sat\s\w+)[\s:=]*({_OVER_89})\b", "age: 93 at diagnosis", is_no_amount),
    _age(
        rf"(?i)\b(?:turn(?:ed|ing|s)?|reached|lived\sto|died\s(?:at|aged?)|deceased\sat|d\.|now|nearly|almost)\s({_OVER_89})\b",
        "turned 91 last week",
        is_no_amount,
    ),
    _age(
        rf"(?i)\b(?:mother|father|brother|sister|aunt|uncle|wife|husband|grandmother|grandfather|he|she|who)(?:\sis|,|\s\()\s?({_OVER_89})(?:[,.;)]|\sand\b|$)",
        "his mother, 94, in good health",
        is_no_amount,
    ),
    _age(
        rf"(?i)\b(?:at|age|aged|was|is|now|of|grandma|grandpa|granny|roommate|neighbou?r|patient|pt|man|woman|gentleman|lady|widow|widower)[\s,(]{{1,3}}({_OVER_89})(?:[\s.,;:)!?]|$)",
        "her uncle died of it at 92, she says",
        _is_no_vital_sign,
    ),
    _age(
        rf"\p{{Lu}}\p{{L}}+(?:,\s|\s\()({_OVER_89})(?:[,;)]|\.\s|$)",
        "his aunt Tilda, 94, lives alone",
        _is_no_vital_sign,
    ),
    _age(r"(?i)\b(ninety)\b", "she is ninety and well", is_no_amount),
    _age(
        r"(?i)\b(ninety[\s-](?:one|two|three|four|five|six|seven|eight|nine))\b",
        "she is ninety-two and well",
        is_no_amount,
    ),
    _age(
        r"(?i)\b((?:ninety|one[\s-]hundred)(?:[\s-](?:and\s)?[a-z]+)?)[\s-]years?\b", "after one hundred and two years"
    ),
    _age(
        r"(?i)\b(?:nonagenarian|centenarian|(?:in|mid|early|late)[\s-](?:(?:his|her|their|the)\s)?(?:mid|early|late)?[\s-]?(?:9|10)0'?s|nineties)\b",
        "a sprightly nonagenarian",
    ),
)
