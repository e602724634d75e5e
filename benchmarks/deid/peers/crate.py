"""CRATE's scrubbers, built as its manual has them: each record's own values by method, dates and e-mail addresses.

    python crate.py < records.jsonl > answers.jsonl

CRATE writes scrubbed text; the spans are those its expressions match in the text as it came in. It is under the
GPLv3 and is run here as a program of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from cardinal_pythonlib.hash import HmacMD5Hasher
from crate_anon.anonymise.constants import ScrubMethod
from crate_anon.anonymise.scrub import NonspecificScrubber, PersonalizedScrubber
from filter import Known, Span, main

MAX_ERRORS = 1
MIN_LENGTH_FOR_ERRORS = 5
METHODS = {
    "birth_date": (ScrubMethod.DATE,),
    "mrn": (ScrubMethod.CODE,),
    "postal_code": (ScrubMethod.CODE,),
    "machine": (ScrubMethod.PHRASE,),
    "plan_name": (ScrubMethod.PHRASE,),
    "street": (ScrubMethod.PHRASE,),
    "phone": (ScrubMethod.NUMERIC, ScrubMethod.PHRASE),
    "email": (ScrubMethod.PHRASE,),
}
"""How a column is scrubbed; all other columns by their words."""


def find(text: str, known: Known, general: NonspecificScrubber, hasher: HmacMD5Hasher) -> Iterator[Span]:
    """Find what the record's own scrubber and the general one match."""
    own = PersonalizedScrubber(
        hasher, string_max_regex_errors=MAX_ERRORS, min_string_length_for_errors=MIN_LENGTH_FOR_ERRORS
    )
    for column, values in known.items():
        for value in values:
            for method in METHODS.get(column, (ScrubMethod.WORDS,)):
                own.add_value(value, method)
    own.build_regexes()
    for label, expression in (("KNOWN", own.re_patient), ("GENERAL", general._regex)):
        if expression is not None:
            for match in expression.finditer(text):
                yield match.start(), match.end(), label


if __name__ == "__main__":
    hasher = HmacMD5Hasher("benchmark")
    general = NonspecificScrubber(hasher, scrub_all_dates=True, scrub_all_email_addresses=True)
    main(lambda text, known: find(text, known, general, hasher))
