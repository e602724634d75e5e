"""Quantities in a sentence: the forms of ``quantities.patterns.txt`` found in it, and what each of their numbers is."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from radonc.regimen.lexicon import CLASS, Form, Sentence, classes, read_forms

ROUNDING = 0.02
"""How far (share of the dose) fractions times dose per fraction may lie from the dose: people write rounded doses."""

# What sizes of numbers say.
MAX_LONE_FRACTION_DOSE_GY = 3.0  # up to here a dose that stands alone is one per fraction: no course gives so little
_MAX_FRACTION_DOSE_GY = 34.0  # in use for the lung, in a single fraction; a larger "dose per fraction" is a total
_MAX_DAILY_DOSE_GY = 6.0  # up to here a dose "daily" is one per fraction
_MAX_FRACTIONS = 100
_MIN_CGY = 100.0  # from here on numbers without a unit are centigray
_MIN_BARE_CGY, _MAX_BARE_CGY = 400.0, 9000.0  # can be a dose although neither a unit nor a word beside it says so
_LAST_OF_MONTH = 31
# Small volumes whose dose limits an organ; a dose beside one of these is no prescription.
_HOT_SPOTS_CC = frozenset({0.03, 0.035, 0.1, 0.5, 1, 2, 5})
# Doses per fraction of long courses: two bare numbers with this quotient are dose and fractions.
_USUAL_FRACTION_DOSES_GY = frozenset({1.5, 1.6, 1.7, 1.8, 2.0, 2.1, 2.2, 2.25, 2.4, 2.5, 2.66, 2.67, 2.75, 3.0, 3.1})
# Courses (Gy, fractions) that are written like a date more often than one is.
_SHORT_COURSES = frozenset({(8, 1), (20, 5), (30, 10), (25, 5), (26, 5), (30, 5)})
_PHOTON_MV = frozenset({4, 6, 8, 10, 12, 15, 16, 18, 20, 21, 23, 25})

_NUMBER, _GRAY = CLASS["number"], CLASS["gray"]
_UNIT, _FRACTION, _OF = classes("gray rbe open close"), classes("fraction visit"), classes("of slash")
_TREATED = classes("site part loose rt irradiation boost sib")
_TREATMENT = classes(
    "site vertebra part adj loose side letter lumbar ptv technique irradiation rt modality boost sib freq mv mev"
    " dose given total fraction gray plus then arrow"
)
_BEFORE_ORDINAL = re.compile("before|after|at|on|from|since|until|by|of|repeat|this|day|past|for")
_POINT_THOUSANDS = re.compile(r"\d\.\d{3}")

FORMS = tuple(read_forms("quantities"))
"""All forms of quantities; at a place of a sentence the first counts that fits."""

_REGEXES = [form.regex.pattern for form in FORMS]
_FIRST_CLASSES = "".join({regex[1:].partition("]")[0] if regex[0] == "[" else regex[0] for regex in _REGEXES})
_NUMBER_FIRST = "|".join(f"{regex[1:]}()" for regex in _REGEXES if regex[0] == _NUMBER)
_OTHERS = "|".join(f"{regex}()" for regex in _REGEXES if regex[0] != _NUMBER)
# All forms at once. Two things make this several times faster: forms that begin with a number differ by what follows
# it, and a form's empty group stands at its end, so that ``re`` sees the first character of each form and passes most
# of them over. The order of the groups is that of ``_ORDER``.
_SCAN = re.compile(f"(?=[{_FIRST_CLASSES}])(?:{_NUMBER}(?:{_NUMBER_FIRST})|{_OTHERS})")
_ORDER = sorted(range(len(FORMS)), key=lambda place: _REGEXES[place][0] != _NUMBER)


class Quantity(NamedTuple):
    """A quantity, and its tokens, from ``start`` to before ``end``."""

    kind: str  # dose or fraction_dose (Gy), fractions (a whole number) or activity (mCi)
    value: float
    start: int
    end: int


class Keyword(NamedTuple):
    """A word of treatment (site, modality, source, technique, energy, frequency or boost), and its tokens."""

    kind: str
    value: str
    start: int
    end: int


class Group(NamedTuple):
    """What one form says, and its tokens: quantities, or an energy or frequency; neither, where it is passed over."""

    quantities: Sequence[Quantity]
    start: int
    end: int
    form: str = "plain"
    keyword: Keyword | None = None


class _Match(NamedTuple):
    """A form found in a sentence: its tokens, and those of its numbers."""

    sentence: Sentence
    form: Form
    start: int
    end: int
    numbers: Sequence[int]

    def group(self, quantities: Sequence[Quantity], form: str = "plain") -> Group:
        return Group(quantities, self.start, self.end, form)

    def first_alone(self, quantities: Sequence[Quantity]) -> Group:
        """Return the first quantity, and leave what stands behind it to other forms."""
        return Group(quantities[:1], self.start, quantities[0].end)

    def amounts(self) -> list[float]:
        return [self.sentence.tokens[at].amount for at in self.numbers]


def find_groups(sentence: Sentence) -> list[Group]:
    """Return what the forms say, in order, with those that are passed over."""
    found: list[Group] = []
    place = 0
    while match := _SCAN.search(sentence.classes, place):
        start = match.start()
        nth = _ORDER[(match.lastindex or 1) - 1]
        group = _interpret(sentence, FORMS[nth], start, match.end())
        if not group:  # One of the later forms; where none makes sense, the first token is passed over.
            fits = ((form, form.regex.match(sentence.classes, start)) for form in FORMS[nth + 1 :])
            others = (_interpret(sentence, form, start, fit.end()) for form, fit in fits if fit)
            group = next(filter(None, others), Group((), start, start + 1))
        found.append(group)
        place = group.end
    return found


def _interpret(sentence: Sentence, form: Form, start: int, end: int) -> Group | None:
    """Interpret a form, or return None where its numbers cannot be what it says."""
    if form.kind == "skip":
        return Group((), start, end)
    numbers = [at for at in range(start, end) if sentence.classes[at] == _NUMBER]
    if not form.roles:
        return _read_whole(_Match(sentence, form, start, end, numbers))
    found = []
    for nth, at in enumerate(numbers):
        if quantity := _quantity(sentence, form.roles[min(nth, len(form.roles) - 1)], at, start, end):
            found.append(quantity)
    if form.kind == "plain" or not found:
        return Group(found, start, end) if found else None
    return _check(_Match(sentence, form, start, end, numbers), found)


def _quantity(sentence: Sentence, role: str, place: int, start: int, end: int) -> Quantity | None:
    """Read one number of a form by its role; None where it cannot be that."""
    token, kinds = sentence.tokens[place], sentence.classes
    # The number behind a list of doses is that of the fractions.
    ends_list = role == "D" and place + 1 < end and kinds[end - 1] in _FRACTION and _GRAY not in kinds[place + 1 : end]
    if role == "n" or ends_list:
        return _fractions(sentence, place, end)
    if role == "A":
        return Quantity("activity", round(token.amount * sentence.tokens[place + 1].amount, 2), place, place + 2)
    unit = kinds.find(_GRAY, place, end)
    if unit < 0:
        unit = kinds.find(_GRAY, start, place)
    factor = sentence.tokens[unit].amount if unit >= 0 else None
    amount = token.amount
    if factor == 0.01 and _POINT_THOUSANDS.fullmatch(token.word):
        amount *= 1000  # 5.400 cGy: the point parts thousands
    dose = _in_gray(amount, factor)
    last = place + 1
    while last < end and unit == place + 1 and kinds[last] in _UNIT:
        last += 1
    if kinds[last - 1] == CLASS["open"]:
        last -= 1
    alone = role == "D" and 1 <= dose <= MAX_LONE_FRACTION_DOSE_GY and kinds.count(_NUMBER, start, end) == 1
    is_per_fraction = alone or role == "e" or (role == "d" and dose <= _MAX_FRACTION_DOSE_GY)
    return Quantity("fraction_dose" if is_per_fraction else "dose", dose, place, last)


def _fractions(sentence: Sentence, place: int, end: int) -> Quantity | None:
    """Read a number of fractions; None where it cannot be one."""
    count = sentence.tokens[place].amount
    if not _is_count(count):
        return None
    named = place + 1 < end and sentence.classes[place + 1] in _FRACTION
    return Quantity("fractions", int(count), place, place + 2 if named else place + 1)


def _in_gray(amount: float, factor: float | None = None) -> float:
    """Convert to Gy. Without a unit the size decides, and for CGE (0): cobalt gray, or centigray equivalents."""
    if not factor:
        factor = 0.01 if amount >= _MIN_CGY else 1.0
    return round(amount / 100, 6) if factor == 0.01 else amount


def is_product(dose_gy: float, n_fractions: float, fraction_dose_gy: float) -> bool:
    """Return whether fractions times dose per fraction are the dose, within what people round."""
    return abs(n_fractions * fraction_dose_gy - dose_gy) <= ROUNDING * dose_gy


def _is_count(number: float) -> bool:
    return 0 < number <= _MAX_FRACTIONS and number == int(number)


def _is_course(dose_gy: float, number: float) -> bool:
    """Return whether two numbers can be a dose (Gy) and its fractions."""
    return _is_count(number) and 1 <= dose_gy / number <= _MAX_FRACTION_DOSE_GY


def _is_usual_course(dose_gy: float, number: float) -> bool:
    """Return whether two bare numbers are dose (Gy) and fractions of a long course, and no date or ratio."""
    dated = dose_gy <= _LAST_OF_MONTH and number <= _LAST_OF_MONTH
    return not dated and 12 < number <= 44 and dose_gy <= 86 and round(dose_gy / number, 2) in _USUAL_FRACTION_DOSES_GY


def _is_bare_cgy(number: float) -> bool:
    return _MIN_BARE_CGY <= number <= _MAX_BARE_CGY and number == int(number)


def _is_year(number: float) -> bool:
    """Return whether a number reads like a year of somebody's life; 2000 reads like a dose in cGy."""
    return 1950 <= number <= 2035 and number % 100 != 0


def _check(match: _Match, found: list[Quantity]) -> Group | None:
    """Say what the numbers of a form mean together, or return None where they make no sense."""
    sentence, form, start, end, _ = match
    first, several = found[0], len(found) > 1
    match form.kind:
        case "dose_number":
            return _dose_and_number(match, found)
        case "progress":
            return _progress(match, found)
        case "pair" if several:
            return _pair(match, *found)
        case "single_dose":  # "a single dose of 8 Gy" is one fraction, "single doses of 2 Gy" a dose per fraction
            once = sentence.classes[start] == CLASS["single"] and sentence.tokens[start + 1].word == "dose"
            if once and first.value > MAX_LONE_FRACTION_DOSE_GY:
                return match.group([Quantity("fractions", 1, start, start + 2), first._replace(kind="dose")])
            return match.group([first])
        case "per_day":  # "2 Gy daily" and "1.8/fx"; "60 Gy daily" is a dose, "30/fx" nothing
            if first.value <= _MAX_DAILY_DOSE_GY:
                return match.group([first._replace(kind="fraction_dose")])
            return match.group([first._replace(kind="dose")]) if _GRAY in sentence.classes[start:end] else None
        case "per_fraction":
            return match.group(() if _is_dose_rate(sentence, end) else found)
        case "dose_at":  # 66 Gy at 2 Gy, dose and dose per fraction; "60 Gy at 0.5 Gy/h" says the dose alone
            if not several or found[1].value >= first.value or _is_dose_rate(sentence, end + 2):
                return match.first_alone(found)
            return match.group([first, found[1]._replace(kind="fraction_dose"), *found[2:]])
        case "range" if several:  # neither a rate (30-40 cGy/h) nor a year before a dose (1987 - 3500 cGy)
            if _is_dose_rate(sentence, end):
                return match.group(())
            low, high = first.value, found[1].value
            if first.kind == "dose" and (_is_year(low * 100) or not low < high <= 2 * low):
                return None
        case "rise" if several:  # as written and in Gy; a value that falls (PSA 312 → 41) is no dose
            written, then = match.amounts()
            if not (written < then and MAX_LONE_FRACTION_DOSE_GY < first.value < found[1].value):
                return None
        case "list" if first.value * 4 < max(quantity.value for quantity in found if quantity.kind == "dose"):
            return None
        case "bare_sum":
            return match.group(found, "sum") if all(map(_is_bare_cgy, match.amounts())) else None
        case "table_row":  # 20 Gy | 5 | 4 Gy, where the third is what dose and fractions make it
            in_order = [quantity.kind for quantity in found] == ["dose", "fractions", "fraction_dose"]
            return match.group(found) if in_order and is_product(*(one.value for one in found)) else None
        case "hot_spot":
            return match.group(() if match.amounts()[0] in _HOT_SPOTS_CC else found[-1:])
        case "labelled_number":
            return None if _is_ordinal(sentence, start) else match.group(found[-1:])
    return match.group(found, form.kind)


def _dose_and_number(match: _Match, found: list[Quantity]) -> Group:
    """Read 50 Gy/25, dose and fractions; 1.8 Gy/33, dose per fraction; 36 Gy/60, given and planned; or one number."""
    if len(found) < 2 or found[1].kind != "fractions" or _is_ordinal(match.sentence, found[1].start - 1):
        return match.first_alone(found)
    dose, count = found[0].value, found[1].value
    if _is_course(dose, count):
        return match.group(found)
    if 1 <= dose <= MAX_LONE_FRACTION_DOSE_GY and count > 1:
        return match.group([found[0]._replace(kind="fraction_dose"), found[1]])
    if match.sentence.classes[found[0].end] in _OF and dose < count <= 2.5 * dose + 20:
        return match.group([found[0], found[1]._replace(kind="dose", value=float(count))], "progress")
    return match.first_alone(found)


def _progress(match: _Match, found: list[Quantity]) -> Group | None:
    """Read 12 of 30 fractions; where the first number is the larger one, 5040/28 fx."""
    given, planned = match.amounts()
    if given > planned and match.form.roles == "n":
        return _bare(match)
    if len(found) < 2:
        return None
    if match.sentence.tokens[match.start].word == "#":  # "#3 of 8" is a day
        return match.group(())
    return match.group(found[-1:]) if given == planned else match.group(found, "progress")


def _pair(match: _Match, first: Quantity, second: Quantity) -> Group:
    if first.value <= second.value / 4:
        if first.value > _MAX_DAILY_DOSE_GY:  # 14/66 Gy: given, and planned
            return match.group([first, second], "progress")
        return match.group([first._replace(kind="fraction_dose"), second])  # 1.8/50.4 Gy
    if second.value <= MAX_LONE_FRACTION_DOSE_GY:  # 50.4/1.8 Gy
        return match.group([first, second._replace(kind="fraction_dose")])
    if first.value > 1.6 * second.value and _is_course(first.value, second.value):  # 50/25 Gy: dose and fractions
        return match.group([first, Quantity("fractions", int(second.value), second.start, second.start + 1)])
    return match.group([first, second], "list")  # 60/54 Gy


def _is_dose_rate(sentence: Sentence, end: int) -> bool:
    """Return whether a time shorter than a day stands before a place: 0.5 Gy/h."""
    return any(token.kind == CLASS["time"] and token.word[0] in "hms" for token in sentence.tokens[end - 1 : end])


def _is_ordinal(sentence: Sentence, start: int) -> bool:
    """Return whether a number says which fraction: #7, fraction 12, before fx 2; "Fraction: 12" says how many."""
    token = sentence.tokens[start]
    if sentence.classes[start + 1] != _NUMBER:
        return False
    if token.word == "#":
        return sentence.starts[start + 1] == sentence.end(start)
    before = sentence.tokens[start - 1].word if start else ""
    return token.word == "fraction" or _BEFORE_ORDINAL.fullmatch(before) is not None


def _read_whole(match: _Match) -> Group | None:
    """Say what the numbers of a form without roles mean together, or return None where they make no sense."""
    sentence, form, start, end, numbers = match
    amounts, kinds = match.amounts(), sentence.classes[start:end]
    match form.kind:
        case "single":
            once = Quantity("fractions", 1, start, start + 1 if numbers else end)
            doses = [_quantity(sentence, "D", at, start, end) for at in numbers]
            return match.group([once, *(dose._replace(kind="dose") for dose in doses if dose)])
        case "energy":
            if CLASS["mev"] in kinds or CLASS["beam"] in kinds:
                unit = "MeV"
            elif CLASS["kv"] in kinds:
                unit = "kV"
            elif CLASS["mv"] in kinds or amounts[0] in _PHOTON_MV:
                unit = "MV FFF" if CLASS["fff"] in kinds else "MV"
            else:
                return None
            energy = f"{'/'.join(f'{amount:g}' for amount in amounts)} {unit}"
            return match.group(())._replace(keyword=Keyword("energy", energy, start, end))
        case "frequency":  # a week (5 x weekly, 4 fractions per week) or a day
            last, number, frequency = sentence.tokens[end - 1], amounts[0], None
            if last.word.startswith("w") or last.value == "weekly":
                frequency = {1: "weekly", 2: "twice weekly"}.get(int(number), f"{number:g}x/week")
            elif last.word in ("day", "d") or last.value == "daily":
                frequency = {1: "daily", 2: "bid", 3: "tid"}.get(int(number))
            if frequency is None or not 0 < number <= 7:
                return None
            return match.group(())._replace(keyword=Keyword("frequency", frequency, numbers[0], end))
        case "target_name":  # PTV_7000 names a dose; PTV1 and PTV60 are names
            return _bare(match._replace(start=end - 1)) if amounts[0] >= _MIN_BARE_CGY else match.group(())
        case "product":
            return _product(match)
        case "factors":
            return _factors(match)
    return _bare(match)


def _bare(match: _Match) -> Group | None:
    """Read numbers without a unit, where their sizes leave no doubt or a word beside them speaks of treatment."""
    amount, second = (*match.amounts(), 0.0)[:2]
    large = _is_bare_cgy(amount)
    plausible = 4 <= amount < _MIN_CGY and _is_beside_treatment(match.sentence, match.start, match.end)
    if not (large or plausible or _is_usual_course(amount, second)) or _is_year(amount):
        return None
    doses = [Quantity("dose", _in_gray(match.sentence.tokens[at].amount), at, at + 1) for at in match.numbers]
    if len(doses) == 1:
        return match.group(doses)
    # A date behind a word that leads to one ("ended 30/1"), if it is no short course.
    can_be_date = amount == int(amount) and 1 <= min(amount, second) <= 12 and max(amount, second) <= _LAST_OF_MONTH
    led = match.start > 0 and match.sentence.classes[match.start - 1] == CLASS["when"]
    if led and can_be_date and (amount, second) not in _SHORT_COURSES:
        return None
    if large and amount < second and _is_bare_cgy(second) and match.sentence.classes[match.start + 1] in _OF:
        return match.group(doses, "progress")
    if not _is_course(doses[0].value, second):
        return None
    count = _fractions(match.sentence, match.numbers[1], match.end)
    return match.group([doses[0], count]) if count else None


def _is_beside_treatment(sentence: Sentence, start: int, end: int) -> bool:
    """Return whether a word of treatment stands beside a form, or begins it; a sign may stand between."""
    kinds = sentence.classes
    if not _TREATMENT.isdisjoint(kinds[max(start - 2, 0) : start + 1] + kinds[end : end + 3]):
        return True
    if CLASS["vertebra"] in kinds[max(start - 4, 0) : start]:
        return True  # T4-6 30/10
    # Of a tumor: "primary 60/8"; what may be a date is not.
    return start > 0 and kinds[start - 1] == CLASS["disease"] and sentence.tokens[start].amount > _LAST_OF_MONTH


def _product(match: _Match) -> Group | None:
    """Read 200 x 30 or 30 x 200, where the larger one is in cGy; behind a site also 8 x 1, dose first, and 1 x 8."""
    tokens, (each, count) = match.sentence.tokens, match.numbers[:2]
    if tokens[each].amount == 1 or tokens[each].amount < _MIN_CGY <= tokens[count].amount:
        each, count = count, each
    small = tokens[each].amount < _MIN_CGY
    dose, number = _in_gray(tokens[each].amount), tokens[count].amount
    treated = match.start > 0 and match.sentence.classes[match.start - 1] in _TREATED
    if (small and not treated) or not (0.5 <= dose <= _MAX_FRACTION_DOSE_GY and _is_count(number)):
        return None
    found = [Quantity("fraction_dose", dose, each, each + 1), Quantity("fractions", int(number), count, count + 1)]
    totals = [_quantity(match.sentence, "D", at, at, match.end) for at in match.numbers[2:]]
    return match.group([*found, *filter(None, totals)])


def _factors(match: _Match) -> Group | None:
    """Read 21.6 Gy (12 x 1.8): the dose, and which of its factors is the number, if they are its factors."""
    total, one, other = match.numbers
    dose = _quantity(match.sentence, "D", total, match.start, one)
    for number, each in ((one, other), (other, one)):
        count = _fractions(match.sentence, number, match.end)
        share = _quantity(match.sentence, "e", each, each, match.end)
        if dose and count and share and is_product(dose.value, count.value, share.value):
            return match.group([dose._replace(kind="dose"), *sorted((count, share), key=lambda factor: factor.start)])
    return None
