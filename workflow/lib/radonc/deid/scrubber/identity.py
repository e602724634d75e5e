"""Who a patient is: the values that identify one, by column, whatever they come from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from radonc.deid.scrubber import variants

OWN_NAMES = ("first_name", "middle_name", "last_name", "former_name")
OTHER_PEOPLE = ("relative_name", "physician", "annotator")
DATES = ("birth_date", "diagnosis_date", "start_date", "end_date")
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

    @classmethod
    def told(cls, known: Mapping[str, str | Iterable[str]]) -> Identity:
        """Return the identity that a mapping of columns to one or several values tells."""
        identity = cls()
        for column, values in known.items():
            for value in [values] if isinstance(values, str) else values:
                identity.add(column, value)
        identity.settle_age()
        return identity

    def add(self, column: str, value: str) -> None:
        """Add a value of a column; blanks tell nothing."""
        if value.strip():
            self.values[column].add(value)

    def of(self, column: str) -> list[str]:
        """Return a column's values in a fixed order."""
        return sorted(self.values.get(column, ()))

    def settle_age(self) -> None:
        """Note an age over 89 where the latest date reaches it."""
        latest = max((day for column in DATES for day in self.of(column)), default="")
        self.over_89 |= any(
            int(latest[:4]) - int(birth[:4]) - (latest[5:] < birth[5:]) > AGE_LIMIT for birth in self.of("birth_date")
        )

    def people(self) -> Iterator[tuple[list[str], list[str]]]:
        """Yield given names and surname of everybody whom the records name: the patient, relatives, physicians."""
        columns = {column: [variants.own_name(value) for value in self.of(column)] for column in OWN_NAMES}
        given = [word for column in OWN_NAMES[:2] for words in columns[column] for word in words]
        surnames = columns["last_name"] + columns["former_name"]
        for surname in surnames or [[]]:
            yield given, surname
        for column in OTHER_PEOPLE:
            for value in self.of(column):
                yield variants.person(value)
