"""The identifiers of Safe Harbor (45 CFR 164.514(b)(2)(i)) that can be recognised by their form, as people write them.

Counts of nodes, doses and follow-up times look much like dates (``2/14 nodes``, ``10-20-30 Gy``, ``6/12/18 months``):
each pattern says what it does not match. A year alone may stay.
"""

import re
from collections.abc import Callable
from functools import partial

from radonc.deid.scrubber.pattern import Match, Pattern, PatternMatcher, has_unit, is_count
from radonc.vocabulary.tags import Label
from radonc.wordlists.context_words import DOTTED_ABBREVIATIONS, FINAL_ABBREVIATIONS, SLASH_PAIRS

_email, _url, _phone, _place, _date, _age, _id, _name = (
    partial(Pattern, Label[name]) for name in ("EMAIL", "URL", "PHONE", "PLACE", "DATE", "AGE", "ID", "NAME")
)


def _starts_number(match: Match) -> bool:
    """Tell whether a match does not start within a number, as with the 4 of ``8.4``."""
    return re.search(r"\d[./]$", match.string[max(0, match.start() - 2) : match.start()]) is None


def _is_separate(match: Match) -> bool:
    """Tell whether the number does not go on to the left or right, as in ``1/2/3/2015`` or ``12.5/2015``."""
    return _starts_number(match) and re.match(r"[./]\d", match.string[match.end() : match.end() + 2]) is None


def _number(min_digits: int = 0, other_than: str = "(?!)", *, separate: bool = False) -> Callable[[Match], bool]:
    """Return the condition that what is redacted is no amount, has so many digits, and is not of another form."""
    return lambda match: (
        not has_unit(match.string, match.end())
        and (_is_separate(match) or not separate)
        and len(re.findall(r"\d", match[match.re.groups])) >= min_digits
        and re.fullmatch(other_than, match[match.re.groups]) is None
    )


_is_no_amount, _is_whole_number = _number(), _number(separate=True)
_is_long_number = _number(4)
# Path: 12/14 LN; visit: 2014.
_is_record_number = _number(3, r"\d{1,2}/\d{1,2}|(?:19|20)\d\d")
# Directly behind a word such as file: no year, and no four digits without a letter.
_is_uncued_record_number = _number(4, r"(?:19|20)\d\d(?:[-/](?:(?:19|20)?\d\d))?|[^A-Z\d]*(?:\d[^A-Z\d]*){4}")


def _is_no_dose_range(match: Match) -> bool:
    """Tell whether two numbers of four digits are no doses in cGy and no years."""
    numbers = [int(number) for number in match[1].split("-")]
    are_years = all(1900 <= number < 2100 for number in numbers)
    are_doses = all(number % 10 == 0 and number <= 8000 for number in numbers)
    return not (are_years or are_doses) and _is_whole_number(match)


def _is_full_date(match: Match) -> bool:
    *_, first, second, third = re.findall(r"\d+", match[0])
    *_, separator, last_separator = re.findall(r"\s*([/.–-])\s*", match[0])
    month, day = sorted((int(first), int(second)))
    if separator != last_separator or not (1 <= month <= 12 and day <= 31):
        return False
    are_decimals = separator == "." and len(first + second) < 4
    return len(third) == 4 or (_is_whole_number(match) and not are_decimals)


def _is_month_and_day(match: Match) -> bool:
    """Tell whether two numbers are a month and a day, and no count or score."""
    first, second = sorted(map(int, re.findall(r"\d+", match[1])[:2]))
    # A cell of a table that holds only 2/3 holds a grade.
    is_grade = second <= 4 and match.string.strip() == match[1]
    if not (1 <= first <= 12 and second <= 31 and _is_separate(match)) or is_grade:
        return False
    return not is_count(match.string, match.start(1), match.end(1))


def _is_day_behind_month(match: Match) -> bool:
    """Tell whether the last number is a day or a year: in ``02 May. 50.4 Gy`` and ``May. 2/14 nodes`` it is not."""
    text, end = match.string, match.end()
    if has_unit(text, end) or re.match(r"\.\d", text[end : end + 2]):
        return False
    number, other = re.search(r"\d+$", match[0]), re.match(r"/\d{1,2}", text[end : end + 3])
    return not (number and other and is_count(text, match.start() + number.start(), end + other.end()))


def _is_no_vital_sign(match: Match) -> bool:
    """Tell whether a number over 89 is no pulse, pressure, saturation, score or percentage."""
    before = match.string[max(0, match.start(1) - 24) : match.start(1)]
    after = match.string[match.end(1) : match.end(1) + 2]
    return not (has_unit(match.string, match.end(1)) or re.match(r"[./]\d|%", after) or _VITAL.search(before))


def _is_no_last_word(match: Match) -> bool:
    return match[1].upper() not in FINAL_ABBREVIATIONS


_AGE_BEHIND = re.compile(r"\s?-?(?:y|yo|y/o|y\.o|yr|year|[MF]\b)", re.IGNORECASE)
_COUNTED_THING = re.compile(r"\s+(?!(?:of|at|for|and|to|with|in|off|so|but|as)\b)[a-z]")
_VITAL = re.compile(
    r"\b(?:kps|karnofsky|lansky|ps|hr|pulse|bp|sats?|spo2|o2|sao2|temp|t|wt|weight|glucose|gluc|bs|mcv|plt|platelets?|ldh|cr|egfr|psa|er|pr|ki|pd|score"
    r"|index|level|volume|ptv|ctv|dose|idl|isodose|v\d+|d\d+|day|room|rm|bed|gantry|collimator|couch|angle|arc|station|hounsfield|hu|cea|ca|fev1|dlco"
    r"|fvc|ef|lvef|bmi|iq|coverage|pass|gamma|rate|at\sleast|greater\sthan|about|over|under)\b[^.;\n]{0,14}$",
    re.IGNORECASE,
)

# fmt: off
# ---- phones, e-mail, web pages, postal codes, addresses ----------------------------------------------------------
_STATE = (
    r"(?:AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK"
    r"|OR|PA|PR|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY)"
)
# What follows a street: an apartment, a floor, a building.
_UNIT = (
    r"(?:,?\s(?i:(?:#|(?:apt|apartment|unit|flat|suite|ste|floor|fl|bldg|building|lot|level|room|rm|no)\b\.?)\s?#?\w{1,5}"
    r"|\d{1,2}(?:st|nd|rd|th)\sfl(?:oor)?)\b)?"
)
CONTACTS = (
    _email(r"[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+", "write to jane_doe@mail.example.org today"),
    _url(r"(?i)\b(?:[a-z0-9][a-z0-9-]*\.)+(?:com|org|net|edu|gov|mil|info|io|co|uk|us|au|nz|ca|ie|health|care)(?:/[\w./?=&%#:~-]*)?\b",
         "see mychart.example.org for results"),
    _url(r"(?i)\b(?:(?:https?|s?ftp)://|www\.)[\w./?=&%#:;,+~@!$'()*-]*[\w/]", "see https://intranet/chart?id=7 there"),
    _url(r"\b\d{1,3}(?:\.\d{1,3}){3}\b", "sent from 192.168.10.24 last night",
         lambda match: all(int(part) <= 255 for part in match[0].split("."))),
    _phone(r"(?:\+1[-. ]?|\b(?:001|1)[-.])?(?:\(\d{3}\)|\b\d{3})\s?[-./]?\s?\d{3}[-. ]\d{4}"
           r"(?:,?\s?(?:x|ext\.?)\s?\d{1,6})?\b", "reach him (319) 555-0147 after noon"),
    _phone(r"\+\d{8,14}\b(?:,?\s?(?:x|ext\.?)\s?\d{1,6}\b)?", "reach him +442079460958 after noon"),
    _phone(r"\+\d{1,3}[-. (]{1,2}\d(?:[-. ()]{0,2}\d){6,12}\b", "reach him +44 20 7946 0958 after noon"),
    _phone(r"\b[2-9]\d\d[-.]\d{4}\b", "reach him 437-3989 after noon", _is_whole_number),
    _phone(r"(?i)\b(?:phone|ph|tel|telephone|call|cell|mobile|mob|fax|pager|pgr|page|ext|extension|beeper|bleep|text|hotline|line)"
           r"(?:\sline)?[\s.:#-]{1,3}(?:at\s|no\.?\s|is\s)?(\(?\d[\d\s().-]{2,16}\d)\b",
           "pager 4711 after noon", _is_long_number),
    _phone(r"\b(?:x\s?\d{4,6}|ext\.?\s?\d{3,6})\b", "reach him x4471 after noon", _is_no_amount),
    _phone(r"(\(0\d{1,4}\)\s?\d{3,4}[\s-]?\d{3,4})\b", "reach him (02) 9555 0147 after noon"),
    _phone(r"\b0\d{1,4}[\s-]\d{3,4}[\s-]?\d{3,4}\b", "reach him 01632 960123 after noon"),
    _phone(r"\b\d-\d{4}\b", "reach him 5-0147 after noon", _is_whole_number),
    _place(rf"\b{_STATE},?\s+(\d{{5}}(?:-\d{{4}})?)\b", "lives in Mobile, AL 36602"),
    # British and Canadian postal codes.
    _place(r"\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b", "lives near SW1A 1AA now"),
    _place(r"\b[ABCEGHJ-NPRSTVXY]\d[A-Z]\s\d[A-Z]\d\b", "lives near K1A 0B1 now"),
    _place(r"(?i)\b(?:apt|apartment|flat|suite|ste|box|lvl)\.?\s#?\d+[a-z]?\b", "moved to apt 4b last week"),
    _place(r"\b\d{5}-\d{4}\b", "moved to 36602-1234 last week", _is_no_amount),
    _place(r"(?i)\b(?:zip(?:\s?code)?|postal\scode)[\s:]*(\d{5})\b", "zip 36602 is new"),
    _place(r"\b\d{1,5}\s(?:[NSEW]\.?\s)?(?:\p{Lu}[\p{L}'’.]+\s){1,3}(?:St|Street|Ave|Avenue|Rd|Road|Blvd|Boulevard|Lane|Ln|Dr|Drive"
           r"|Court|Ct|Way|Pl|Place|Terrace|Terr|Tce|Hwy|Highway|Circle|Cir|Pkwy|Parkway|Crescent|Cres|Close|Loop|Trail|Square|Sq|Row|Run"
           rf"|Bend|Gardens|Grove|Mews|Quay|Parade|Pass|Path|Ridge|Hollow|Walk|Alley|Heights|Landing|Crossing|Turnpike)\b{_UNIT}",
           "moved to 12 Orchard Lane last week", _starts_number),
    _place(r"(?i)\b\d{1,5}\s(?:[nsew]\.?\s)?(?:[a-z][a-z'’.]+\s){1,3}"
           rf"(?:street|avenue|ave|road|boulevard|blvd|crescent|parkway|turnpike)\b{_UNIT}",
           "moved to 12 orchard avenue last week", _starts_number),
    _place(r"(?i)\bP\.?\s?O\.?\sBox\s\d+\b", "mail to P.O. Box 77 only"),
)

# ---- dates but for the year --------------------------------------------------------------------------------------
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sep(?:t(?:ember)?)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)"
)
_CAPITAL_MONTH = _MONTH[:-1] + "|" + _MONTH[3:-1].upper() + ")"
_FOREIGN_MONTH = (
    r"(?:janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[ûu]t|septembre|octobre|novembre|d[ée]cembre|januar|februar|m[äa]rz|juni|juli"
    r"|oktober|dezember|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|gennaio|febbraio"
    r"|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|janeiro|fevereiro|mar[çc]o|maio|junho|julho|setembro|outubro|novembro"
    r"|dezembro|januari|februari|maart|mei|augustus|maj|augusti|desember)"
)
_MONTH_NUMBER = r"(?:1[0-2]|0?[1-9])"
_DAY = r"(?:[12]\d|3[01]|0?[1-9])"
_DAYS = rf"{_DAY}(?:st|nd|rd|th)?(?:\s?(?:-|–|to|and|&)\s?{_DAY}(?:st|nd|rd|th)?)?"
_YEAR = r"(?:19|20)\d\d"
DATES = (
    _date(rf"\b{_YEAR}(?:-{_MONTH_NUMBER}-|/{_MONTH_NUMBER}/|\.{_MONTH_NUMBER}\.){_DAY}(?:[T ]\d\d:\d\d(?::\d\d)?Z?)?"
          r"\b", "MRI 2015-03-14T09:30 with contrast"),
    _date(r"\b(?:\d{1,2}[/-]\d{1,2}\s?(?:-|–|to)\s?)?\d{1,2}\s?[/.–-]\s?\d{1,2}\s?[/.–-]\s?(?:(?:19|20)\d\d|\d\d)\b",
          "biopsy 3/14/2015 positive", _is_full_date),
    _date(rf"\b{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\b", "scan 20150314 in the archive"),
    _date(rf"\b{_MONTH_NUMBER}\s?[/-]\s?{_YEAR}\b", "recurred 3/2015 in the hip", _is_whole_number),
    _date(rf"\b{_YEAR}-(?:0[1-9]|1[0-2])\b", "recurred 2015-03 in the hip", _is_whole_number),
    _date(rf"\b{_DAY}\.\s?(?:I{{1,3}}|IV|VI{{0,3}}|IX|XI{{0,2}}|X)\.\s?{_YEAR}\b", "letter of 14. III. 2015"),
    _date(rf"(?i)\b(?:birth\sdate|date\sof\sbirth|dob|born|d\.o\.b\.?)[\s:_]{{0,4}}({_DAY}[-/. ]{_DAY}[-/. ]\d\d)\b",
          "DOB 3 14 51 on file"),
    _date(rf"\b{_DAY}\s{_DAY}\s{_YEAR}\b", "seen 03 14 2015 in clinic"),
    # Month and day, or day and month, and ranges of them.
    _date(r"\b(\d{1,2}/\d{1,2}(?:\s?[-–]\s?\d{1,2}/\d{1,2})?)\b", "called 3/14 about the pain", _is_month_and_day),
    _date(r"\b(?:on|dated|next|last|seen|sim|simulation|start|starts|started|appt|visit|due|missed|done|of|by) "
          r"(\d{1,2}[.-]\d{1,2})\b", "simulation 3-14 went well", _is_month_and_day),
    # An ordinal is a day where no word for what it counts follows.
    _date(r"(?i)\bthe\s(\d{1,2}(?:st|nd|rd|th))\b", "back on the 25th, fasting",
          lambda match: _COUNTED_THING.match(match.string, match.end(1)) is None),
    # A holiday is a day, with the year or without.
    _date(r"(?i)\b(?:thanksgiving|christmas(?:\s(?:eve|day))?|xmas|new\syear['’]?s(?:\s(?:eve|day))?|easter(?:\s(?:sunday|monday))?"
          r"|good\sfriday|labou?r\sday|memorial\sday|independence\sday|(?:4th|fourth)\sof\sjuly|valentine['’]?s(?:\sday)?|halloween"
          r"|mother['’]s\sday|father['’]s\sday|veterans\sday|columbus\sday|mlk\sday|boxing\sday|bank\sholiday|ramadan|eid|diwali|hanukkah"
          r"|passover|rosh\shashanah?|yom\skippur|lunar\snew\syear|chinese\snew\syear|twelfth\snight|st\.?\spatrick['’]?s\sday"
          rf"|super\sbowl|cinco\sde\smayo|juneteenth)\b(?:\s(?:of\s)?{_YEAR})?", "admitted at Thanksgiving with pain"),
    _date(rf"(?i)\b{_DAY}(?:\.|er|º)?\s(?:de\s)?{_FOREIGN_MONTH}(?:\sdel?)?\.?(?:\s{_YEAR})?\b",
          "born 14 de agosto de 1951 abroad"),
    # A month's name with a year, with or without a day.
    _date(rf"(?i)\b(?:{_MONTH}\.?\s?(?:-|–|/|to|and)\s?)?{_MONTH}[\s.,/-]*(?:the\s)?(?:{_DAYS})?(?:[\s.,/-]|of)*"
          rf"(?:{_YEAR}|'\d\d|’\d\d)\b", "recurred march of 2015 in the hip"),
    _date(rf"(?i)\b{_DAYS}[\s.,/-]*(?:of\s)?{_MONTH}[\s.,/'’-]*(?:{_YEAR}|\d\d)\b", "biopsy 14 mar 15 positive",
          lambda match: _is_day_behind_month(match) and _starts_number(match)),
    _date(rf"(?i)\b{_YEAR}[\s.,/-]{{1,2}}{_MONTH}[\s.,/-]{{1,2}}{_DAYS}\b", "slides of 2021 Mar 14 were reviewed"),
    # A month's name with a day or a two-digit year: in lower case "may 12" and "mar 3" are other things.
    _date(rf"\b{_CAPITAL_MONTH}[\s.-]*(?:the\s)?{_DAYS}(?:,?\s\d\d)?\b", "called March 14 again", _is_day_behind_month),
    _date(rf"\b{_CAPITAL_MONTH}[-/'’]\d\d\b", "recurred Mar/98 in the hip"),
    _date(r"\b(?:jan(?:uary)?|feb(?:ruary)?|apr(?:il)?|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
          rf"\.?\s(?:{_DAYS}|(?:twenty|thirty)?[\s-]?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
          r"|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
          r"(?:\stwenty\s(?:twenty)?[\s-]?\w+)?)\b", "called april 14 about the pain", _is_day_behind_month),
    _date(r"\b(?:early|mid|late)[\s-](?:19|20)\d\d\b", "recurred late 2014 in the hip"),
    # In "PSA 8.4 May 2" there is no day before the month.
    _date(rf"\b{_DAYS}[\s-]?(?:of\s)?{_CAPITAL_MONTH}\b", "called 14 March about the pain",
          lambda match: _is_day_behind_month(match) and _starts_number(match)),
    _date(r"\b(?i:in|since|until|till|from|last|this|next|early|late|mid|by|during|of|through|thru|before|after)[\s-]"
          rf"({_CAPITAL_MONTH})\b", "fell in May at home"),
    _date(rf"(?i)\b(?:spring|summer|autumn|fall|winter|Q[1-4])(?:\s|of|,|')*{_YEAR}\b", "found in the fall of 2014"),
    # The year of birth shows the age.
    _date(rf"(?i)\b(?:born(?:\s(?:in|on))?|birth\syear|year of birth|yob|dob|b\.)[\s:]*({_YEAR})\b",
          "born in 1950 on a farm"),
)

# ---- ages over 89 ------------------------------------------------------------------------------------------------
_OVER_89 = r"(?:9\d|1[0-2]\d)"
AGES = (
    _age(rf"(?i)\b({_OVER_89})[\s-]*(?:years?|yrs?|y)[\s./-]*(?:o(?:ld)?|of\sage)\b", "a 92-year-old man"),
    _age(rf"(?i)(?:,|\bis|\bwas|\bage|\baged|\bnow)\s({_OVER_89})\s?(?:years?|yrs?|y)\b", "a widow, 92 years, is well"),
    _age(rf"(?i)\b({_OVER_89})\s?(?:yof|yom|yr)\b", "92yoM with dysphagia"),
    _age(rf"\b({_OVER_89})y?[MF]\b", "92F with dysphagia", _is_separate),
    _age(rf"(?i)\b(?:ag(?:ed?|e\sof|e\sis)|age\sat\s\w+)[\s:=]*({_OVER_89})\b", "age: 93 at diagnosis", _is_no_amount),
    _age(r"(?i)\b(?:turn(?:ed|ing|s)?|reached|lived\sto|died\s(?:at|aged?)|deceased\sat|d\.|now|nearly|almost)\s"
         rf"({_OVER_89})\b", "turned 91 last week", _is_no_amount),
    _age(r"(?i)\b(?:mother|father|brother|sister|aunt|uncle|wife|husband|grandmother|grandfather|he|she|who)"
         rf"(?:\sis|,|\s\()\s?({_OVER_89})(?:[,.;)]|\sand\b|$)", "his mother, 94, in good health", _is_no_amount),
    _age(r"(?i)\b(?:at|age|aged|was|is|now|of|grandma|grandpa|granny|roommate|neighbou?r|patient|pt|man|woman|gentleman|lady|widow|widower)"
         rf"[\s,(]{{1,3}}({_OVER_89})(?:[\s.,;:)!?]|$)", "her uncle died of it at 92, she says", _is_no_vital_sign),
    _age(rf"\p{{Lu}}\p{{L}}+(?:,\s|\s\()({_OVER_89})(?:[,;)]|\.\s|$)", "her aunt Tilda, 94, is ill", _is_no_vital_sign),
    _age(r"(?i)\b(ninety)\b", "she is ninety and well", _is_no_amount),
    _age(r"(?i)\b(ninety[\s-](?:one|two|three|four|five|six|seven|eight|nine))\b", "is ninety-two now", _is_no_amount),
    _age(r"(?i)\b((?:ninety|one[\s-]hundred)(?:[\s-](?:and\s)?[a-z]+)?)[\s-]years?\b", "for one hundred and two years"),
    _age(r"(?i)\b(?:nonagenarian|centenarian|(?:in|mid|early|late)[\s-](?:(?:his|her|their|the)\s)?(?:mid|early|late)?[\s-]?(?:9|10)0'?s"
         r"|nineties)\b", "a sprightly nonagenarian"),
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
NUMBERS = (
    _id(r"\b\d{3}-\d{2}-\d{4}\b", "policy of 123-45-6789/2 on file"),
    _id(rf"(?i:\b{_CUE}\.?(?:{_NUMBER_SIGN}){{1,2}}\s?[:=.]?\s?(?:is\s)?){_NUMBER}", "hosp. no. K 118 merged",
        _is_record_number),
    _id(rf"(?i)\b{_CUE}\.?(?:{_NUMBER_SIGN}|\s?[:=]){{1,3}}\s?(?:is\s)?{_CODE}", "acct: AB-4711", _is_record_number),
    _id(r"(?i:\b(?:MRN|SSN|CSN|HICN|MBI|NHS|NHI|CHI|UR|URN|PHN|NPI|DEA|serial|S/N|acc(?:oun)?t|accession|policy|claim|passport|licen[cs]e"
        rf"|medicaid|medicare|badge)\s(?:is\s)?){_NUMBER}", "MRN 4815 merged", _is_long_number),
    _id(rf"(?i:\b{_CUE}\s(?:is\s)?){_NUMBER}", "wristband 4471-302-B cut off", _is_uncued_record_number),
    _id(rf"(?i:\b{_CUE}\.?(?:{_NUMBER_SIGN}|\s?[:=]|\sis|\s)[ :=.]{{0,2}}(?:is\s)?){_GROUPS}",
        "NHS number 943 47 59 on file",
        lambda match: _is_long_number(match) and _AGE_BEHIND.match(match.string, match.end(1)) is None),
    _id(r"\b\d{3,4}(?: \d{3,4}){2,}\b", "filed as 943 476 591 last week", _is_no_amount),
    _id(r"\b\d{2}-\d{4,6}\b", "filed as 44-9910 last week", _is_whole_number),
    # Doses and ages have fewer digits: 10-20-30, 9-11-15.
    _id(r"\b\d{1,4}-\d{2,4}-\d{1,4}\b", "filed as 812-44-310 last week", _number(6, separate=True)),
    _id(r"\b([1-9]\d{3}-\d{4})\b", "filed as 8127-4419 last week", _is_no_dose_range),
    _id(r"\b[A-Z]{2,4}\s\d{3}-\d{3}\b", "filed as QX 441-882 last week"),
    _id(r"\b[A-Z]{2,4}(?: \d{2,4}){2,}\b", "filed as COTR 4408 0819 last week", _is_no_amount),
    # Digit by digit, in figures or in words; and what masks, handles and number plates show.
    _id(r"\b\d(?: \d){5,}\b", "spelt 4 8 1 5 1 6 by her"),
    _id(r"(?i)\b(?:(?:zero|oh|nought|one|two|three|four|five|six|seven|eight|nine|double|triple|dash|hyphen)[\s-]+){3,}"
        r"(?:zero|oh|nought|one|two|three|four|five|six|seven|eight|nine)\b",
        "spelt four eight one five one six by her"),
    _id(r"[*xX]{3}-[*xX]{2}-\d{4}\b", "ending ***-**-4815 on file"),
    _id(r"(?:^|\s)(@[a-z]\w{2,})\b", "posts as @gracefulgrace daily"),
    _id(r"\b[A-Z]{2}\d{2}\s?[A-Z]{3}\b", "parked as LK19 WRT outside"),
    _id(r"\b[A-Z]{1,3}-?\d\d-\d{3,6}\b", "seen as S15-12345 last week"),
    _id(r"\b([A-Z]{1,3}\s\d{5,8}(?:\s[A-Z])?)\b", "filed as KT 48151 last week",
        lambda match: re.match(rf"(?:{_STATE}|MRN|UR|ID|NHI|SSN|CPT|ZIP|NO|PIN|DOB|NHS)\s", match[1]) is None),
    # No dose, count or laboratory value has seven digits; a registered trial has eight.
    _id(r"\b(?:[A-Z]{1,4}[-.]?)?\d{7,}(?:-\w{1,4})?\b", "filed as 0048151623 last week",
        lambda match: re.fullmatch(r"NCT\d{8}", match[0]) is None),
)

# ---- initials and single names, as people sign, dictate and type ---------------------------------------------------
SIGNATURES = (
    _name(r"\b(\p{Lu}\.\s?\p{Lu}\.(?:\s?\p{Lu}\.)?)(?:[^\p{L}.]|$)", "discussed with J.S. today",
          lambda match: re.sub(r"[.\s]", "", match[1]).lower() not in DOTTED_ABBREVIATIONS),
    # Spelt letter by letter.
    _name(r"\b(\p{Lu}(?:[\s-]\p{Lu}){3,})\b", "spelt B R A N D T by her"),
    # Initials of who dictated and who typed, and of who signed.
    _name(r"\b([A-Z]{2,3}/[a-z]{2,3})\s*$", "Thank you for this kind referral. KTB/mo"),
    _name(r"(?m)\b([A-Z]{2}\s?/\s?[A-Z]{2})\s*$", "Set up with the new mask. KT / BW",
          lambda match: re.sub(r"\s", "", match[1]) not in SLASH_PAIRS),
    # A first name under a letter.
    _name(r"[,.!?]\s*\n\s*[-–—]?\s?(\p{Lu}\p{Ll}+)\s*$", "Many thanks,\nGrace", _is_no_last_word),
    _name(r"(?:\n|[.!?]\s+|\s[-–—]\s?)([A-Z]{2,3})\s*$", "Will call tomorrow. KTB", _is_no_last_word),
)
# fmt: on

PATTERNS = PatternMatcher((*CONTACTS, *DATES, *AGES, *NUMBERS, *SIGNATURES))
