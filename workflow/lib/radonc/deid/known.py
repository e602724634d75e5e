"""Known identifiers: those of the patient's own records, and those that are telling in anybody's record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import ahocorasick
import pandas as pd

from radonc.data import fields, schemas
from radonc.data.fields import Kind
from radonc.deid import variants
from radonc.deid.ordinary import COMMON
from radonc.deid.spans import Haystack, Label, Span, View, tokens

OWN_NAMES = ("first_name", "middle_name", "last_name", "former_name")
OTHER_PEOPLE = ("relative_name", "physician", "annotator")
FORMS: Mapping[str, tuple[Label, Callable[[str], variants.Variants]]] = {
    "street": (Label.PLACE, variants.street),
    "city": (Label.PLACE, variants.city),
    "phone": (Label.PHONE, variants.phone),
    "email": (Label.EMAIL, variants.email),
    "plan_name": (Label.ID, variants.plan),
    "machine": (Label.ID, variants.machine),
}
"""How columns are written in text. A column that is not named here is taken for a record number."""

DATES = frozenset(column for schema in schemas.CANONICAL.values() for column in fields.columns_of(schema, Kind.DATE))
RECORD_NUMBER = (Label.ID, variants.record_number)

SHORTEST_COMPACT = 5
"""Of fewer characters, neighbouring words make a name by chance (``an n`` is not Ann)."""

SHORTEST_NAME_OF_ANYBODY = 6
SHORTEST_NUMBER_OF_ANYBODY = 7
SHORTEST_SURNAME = 4
AGE_LIMIT = 89


@dataclass
class Identity:
    """What the identifier, key and date columns of all tables tell of a patient.

    Attributes
    ----------
    values
        The values by column, dates in ISO form.
    over_89
        Whether the records reach an age over 89.
    """

    values: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    over_89: bool = False

    def of(self, column: str) -> list[str]:
        """Return a column's values in a fixed order."""
        return sorted(self.values.get(column, ()))


class Hunt:
    """A set of identifiers, ready to be found in texts in linear time."""

    def __init__(self) -> None:
        self._words: dict[str, Label] = {}
        self._compact: dict[str, Label] = {}
        self._automata: list[ahocorasick.Automaton | None] | None = None

    def add(self, label: Label, parts: tuple[str, ...]) -> None:
        """Add an identifier, to be found with any separators or none where it is long enough for that."""
        joined = "".join(parts)
        if len(joined) >= SHORTEST_COMPACT:
            self._compact.setdefault(joined, label)
        elif joined:
            self._words.setdefault(" ".join(parts), label)
            self._words.setdefault(joined, label)

    def add_name(self, parts: tuple[str, ...]) -> None:
        """Add a name; one with initials is not sought across words (``Mr. Lee`` is not M. R. Lee)."""
        if all(len(part) > 1 for part in parts):
            self.add(Label.NAME, parts)
        else:
            self.add_words(
                Label.NAME, [" ".join(parts), "".join(parts)][: 1 + (len("".join(parts)) >= SHORTEST_COMPACT)]
            )

    def add_words(self, label: Label, phrases: Iterable[str]) -> None:
        """Add identifiers whose tokens must stand apart: ``3 14 15`` is a date, ``31415`` is not."""
        self._words.update(dict.fromkeys(phrases, label))

    def spans(self, view: View) -> Iterator[Span]:
        """Yield where the identifiers stand in a text, overlaps included."""
        if self._automata is None:
            self._automata = [_automaton(self._words), _automaton(self._compact)]
        for automaton, haystack in zip(self._automata, (view.words, view.compact), strict=True):
            if automaton is not None and haystack.text:
                yield from _hits(automaton, haystack)


def _automaton(needles: Mapping[str, Label]) -> ahocorasick.Automaton | None:
    if not needles:
        return None
    automaton = ahocorasick.Automaton()
    for needle, label in needles.items():
        automaton.add_word(needle, (len(needle), label))
    automaton.make_automaton()
    return automaton


def _hits(automaton: ahocorasick.Automaton, haystack: Haystack) -> Iterator[Span]:
    for last, (length, label) in automaton.iter(haystack.text):
        start = haystack.starts.get(last + 1 - length)
        end = haystack.ends.get(last + 1)
        if start is not None and end is not None:
            yield Span(start, end, label)


def identities(tables: Mapping[str, pd.DataFrame]) -> dict[str, Identity]:
    """Return the identity of each patient that any canonical table names, by source id."""
    found: dict[str, Identity] = defaultdict(Identity)
    for name, schema in schemas.CANONICAL.items():
        if name not in tables:
            continue
        frame = tables[name]
        for kind in (Kind.IDENTIFIER, Kind.KEY, Kind.DATE):
            for column in fields.columns_of(schema, kind):
                values = frame[column].dt.strftime("%Y-%m-%d") if kind is Kind.DATE else frame[column]
                for patient, value in zip(frame["patient_id"], values, strict=True):
                    if isinstance(value, str) and value.strip():
                        found[patient].values[column].add(value)
        if "age" in frame:
            for patient in frame.loc[(frame["age"] > AGE_LIMIT).fillna(False), "patient_id"]:
                found[patient].over_89 = True
    for identity in found.values():
        identity.over_89 |= _reaches_90(identity)
    return dict(found)


def _reaches_90(identity: Identity) -> bool:
    events = [value for column in identity.values if column in DATES for value in identity.of(column)]
    latest = max(events, default="")
    return any(
        int(latest[:4]) - int(birth[:4]) - (latest[5:] < birth[5:]) > AGE_LIMIT for birth in identity.of("birth_date")
    )


def own(identity: Identity) -> Hunt:
    """Return the hunt for a patient's own identifiers, common words included.

    Of a patient whose records reach an age over 89, the year of birth is one too (45 CFR 164.514(b)(2)(i)(C): all
    elements of dates, the year included, that indicate such an age).
    """
    hunt = Hunt()
    for given, surname in people(identity):
        for form in (*variants.full_names(given, surname), tuple(surname)):
            hunt.add_name(form)
        for part in variants.name_parts([*given, *surname]):
            hunt.add_name((part,))
            hunt.add_words(Label.NAME, [part + "s"])
    for column in identity.values:
        for value in identity.of(column):
            if column in DATES:
                hunt.add_words(Label.DATE, variants.day(date.fromisoformat(value)))
            elif column == "postal_code":
                hunt.add_words(Label.PLACE, variants.postal_code(value))
            elif column not in (*OWN_NAMES, *OTHER_PEOPLE):
                label, forms = FORMS.get(column, RECORD_NUMBER)
                for form in forms(value):
                    hunt.add(label, form)
    if identity.over_89:
        hunt.add_words(Label.DATE, (birth[:4] for birth in identity.of("birth_date")))
    return hunt


def people(identity: Identity) -> Iterator[tuple[list[str], list[str]]]:
    """Yield given names and surname of everybody whom a patient's records name: the patient, relatives, physicians."""
    columns = {column: [variants.own_name(value) for value in identity.of(column)] for column in OWN_NAMES}
    given = [word for column in OWN_NAMES[:2] for words in columns[column] for word in words]
    surnames = columns["last_name"] + columns["former_name"]
    for surname in surnames or [[]]:
        yield given, surname
    for column in OTHER_PEOPLE:
        for value in identity.of(column):
            yield variants.person(value)


class Anybody:
    """Identifiers that are telling in anybody's record: mothers and daughters are treated in one clinic.

    These are full names, addresses, phones, e-mails and long record numbers; and single surnames and cities where
    they are written with a capital and are no common word (``ordinary``).
    """

    def __init__(self, everyone: Iterable[Identity]) -> None:
        self._hunt = Hunt()
        self._capitalised: dict[str, Label] = {}
        for identity in everyone:
            for given, surname in people(identity):
                self._add_person(given, surname)
            for city in identity.of("city"):
                for form in variants.city(city):
                    self._add_word_or_phrase(Label.PLACE, form)
            self._add_addresses(identity)

    def _add_person(self, given: list[str], surname: list[str]) -> None:
        for form in variants.full_names(given, surname):
            if all(len(part) > 1 for part in form):
                self._add_phrase(Label.NAME, form)
        self._add_word_or_phrase(Label.NAME, tuple(surname))

    def _add_addresses(self, identity: Identity) -> None:
        for street in identity.of("street"):
            self._add_phrase(Label.PLACE, tuple(tokens(street)))
        for email in identity.of("email"):
            self._add_phrase(Label.EMAIL, tuple(tokens(email)))
        for number in identity.of("phone"):
            for form in variants.phone(number):
                if len(form[0]) > SHORTEST_NUMBER_OF_ANYBODY:
                    self._hunt.add(Label.PHONE, form)
        for number in identity.of("mrn"):
            # Separators count here: a dose of 5040/28 may read as the record number of one patient in thousands.
            if len("".join(tokens(number))) >= SHORTEST_NUMBER_OF_ANYBODY:
                self._hunt.add_words(Label.ID, [" ".join(tokens(number))])

    def _add_word_or_phrase(self, label: Label, form: tuple[str, ...]) -> None:
        if COMMON.issuperset(form):
            return
        if len(form) > 1:
            self._add_phrase(label, form)
        elif len(form[0]) >= SHORTEST_SURNAME:
            self._capitalised.setdefault(form[0], label)

    def _add_phrase(self, label: Label, form: tuple[str, ...]) -> None:
        if len("".join(form)) >= SHORTEST_NAME_OF_ANYBODY:
            self._hunt.add(label, form)

    def spans(self, text: str, view: View) -> Iterator[Span]:
        """Yield where anybody's identifiers stand in a text."""
        yield from self._hunt.spans(view)
        for token in view.tokens:
            label = self._capitalised.get(token.folded)
            if label is not None and text[token.start].isupper():
                yield Span(token.start, token.end, label)
