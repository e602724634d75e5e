"""The rules by which a patient leaves the cohort, as a clinician writes them.

A rule is a function of a patient's record that says whether the patient must leave. Its name is the reason code, the
first line of its docstring is the reason in words, and the docstring holds an example. A clinic's own rules are a
Python file in the form of this one: functions, and a list ``RULES``.

Two criteria are the paper's. *A single diagnosis record*: ``no_diagnosis``, ``multiple_diagnoses``. *A clearly
identifiable primary plan*: ``no_plan`` and ``no_delivered_plan`` here; which plan is the primary one, and how sure that
is, ``plans.py`` says, and where it is unclear people are asked.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radonc.data.labels import REDACTED, UNCLEAR_PLAN
from radonc.data.plans import delivered
from radonc.data.records import Diagnosis, Plan, Record
from radonc.data.schemas import STAGES
from radonc.runtime.errors import StudyError
from radonc.vocabulary import icd10

__all__ = ["RULES", "Diagnosis", "Plan", "Record", "Rule", "chosen"]

CODE = re.compile(r"[a-z][a-z0-9_]+")
EXAMPLE = re.compile(r"\bExamples?\b|>>>")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: the stage at which its patients leave, and the function that says who they are.

    Raises
    ------
    StudyError
        When the stage does not exist, or the function has no name that can be a reason code, or no docstring with a
        first line and an example.
    """

    stage: str
    applies: Callable[[Record], bool]

    def __post_init__(self) -> None:
        if self.stage not in STAGES[:-1]:
            raise StudyError(f"rule '{self.code}': its stage is not one of {', '.join(STAGES[:-1])}; choose one")
        if not CODE.fullmatch(self.code):
            raise StudyError(
                f"rule '{self.code}': its function has no name that can be a reason code (small letters, digits, _); "
                "give it one"
            )
        first, _, rest = self._text.partition("\n")
        if not first or EXAMPLE.match(first) or not EXAMPLE.search(rest):
            raise StudyError(
                f"rule '{self.code}': its docstring needs the reason in words in the first line, and an example; "
                "write both"
            )

    @property
    def code(self) -> str:
        """The reason code: the function's name."""
        return str(getattr(self.applies, "__name__", "?"))

    @property
    def label(self) -> str:
        """The reason in words: the first line of the function's docstring."""
        return self._text.partition("\n")[0].strip().rstrip(".")

    @property
    def _text(self) -> str:
        return inspect.getdoc(self.applies) or ""


def unreadable_record(record: Record) -> bool:
    """A record of the patient could not be read.

    >>> unreadable_record(Record(lost_rows=True))
    True
    """
    return record.lost_rows


def no_diagnosis(record: Record) -> bool:
    """No diagnosis record.

    >>> no_diagnosis(Record(diagnoses=()))
    True
    """
    return not record.diagnoses


def multiple_diagnoses(record: Record) -> bool:
    """More than one diagnosis record.

    A diagnosis that was entered twice counts once (``records.distinct``).

    >>> breast, lung = Diagnosis(icd10_code="C50.912"), Diagnosis(icd10_code="C34.11")
    >>> multiple_diagnoses(Record(diagnoses=(breast, lung)))
    True
    """
    return len(record.diagnoses) > 1


def other_malignancy(record: Record) -> bool:
    """Another malignancy, prior or synchronous.

    >>> other_malignancy(Record(diagnoses=(Diagnosis(icd10_code="C61", other_malignancy="prior"),)))
    True
    """
    return record.diagnosis.other_malignancy in ("prior", "synchronous")


def contradictory_record(record: Record) -> bool:
    """Code contradicts sex or side.

    >>> contradictory_record(Record(sex="female", diagnoses=(Diagnosis(icd10_code="C61"),)))
    True
    >>> contradictory_record(Record(diagnoses=(Diagnosis(icd10_code="C50.912", laterality="right"),)))
    True
    """
    code = record.diagnosis.icd10_code
    if code is None:
        return False
    wrong_sex = record.sex is not None and icd10.sex(code) not in (None, record.sex)
    return wrong_sex or len(record.diagnosis.sides) > 1


def insufficient_details(record: Record) -> bool:
    """No site, histology or history.

    >>> insufficient_details(Record(diagnoses=(Diagnosis(icd10_code="C61", grade="G2"),)))
    True
    """
    diagnosis = record.diagnosis
    return not (diagnosis.site or diagnosis.histology or diagnosis.history)


def no_plan(record: Record) -> bool:
    """No treatment plan.

    >>> no_plan(Record(plans=()))
    True
    """
    return not record.plans


def no_delivered_plan(record: Record) -> bool:
    """No approved or treated plan.

    A verification plan treats nobody.

    >>> no_delivered_plan(Record(plans=(Plan(role="primary", status="cancelled"),)))
    True
    """
    return not delivered(record.plans)


RULES = (
    Rule("extract", unreadable_record),
    Rule("diagnosis", no_diagnosis),
    Rule("diagnosis", multiple_diagnoses),
    Rule("diagnosis", other_malignancy),
    Rule("diagnosis", contradictory_record),
    Rule("diagnosis", insufficient_details),
    Rule("plan", no_plan),
    Rule("plan", no_delivered_plan),
)
"""The rules in the order in which they apply: the first that does is a patient's reason."""


ANNOTATION = {
    UNCLEAR_PLAN: "Primary plan not clearly identifiable",
    REDACTED: "An answer holds a redaction tag",
    "annotation_outstanding": "An answer awaits annotation",
    "excluded_by_annotator": "Excluded by an annotator",
}
"""Why a candidate is no case: the first three as long as an answer is awaited."""

REQUIRED = ("no_diagnosis", "multiple_diagnoses")
"""What a study cannot switch off: without one diagnosis there is nothing to ask about."""


def chosen(codes: Sequence[str], custom: Iterable[str | Path] = ()) -> tuple[Rule, ...]:
    """Return the rules of a study, in order.

    Parameters
    ----------
    codes
        The config's ``cohort.rules``.
    custom
        The config's ``cohort.custom_rules``: files of rules. Those that ``codes`` does not name come last.

    Raises
    ------
    StudyError
        When there is no such rule or file, or a rule of a file is not as ``Rule`` asks.
    """
    known = {rule.code: rule for rule in RULES}
    own_codes = []
    for path in map(Path, custom):
        for rule in _read(path):
            if rule.code in known or rule.code in ANNOTATION:
                raise StudyError(f"{path}: there is a reason '{rule.code}' already; give yours another name")
            known[rule.code] = rule
            own_codes.append(rule.code)
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise StudyError(f"config: cohort.rules: there is no rule '{unknown[0]}'; choose from {', '.join(known)}")
    left_out = [code for code in REQUIRED if code not in codes]
    if left_out:
        raise StudyError(
            f"config: cohort.rules: '{left_out[0]}' cannot be left out, since a case is one diagnosis; add it"
        )
    return tuple(known[code] for code in dict.fromkeys([*codes, *own_codes]))


def first_reason(record: Record, rules: Iterable[Rule]) -> Rule | None:
    """Return the first rule that applies to a patient, or None.

    Raises
    ------
    StudyError
        When a rule fails on a record, or answers with something else than True or False.
    """
    for rule in rules:
        fault = ""
        try:
            outcome = rule.applies(record)
        except Exception as error:
            fault = f"it fails on a record with {type(error).__name__}; a missing value is None"
        else:
            fault = "" if isinstance(outcome, bool) else f"it answers with a {type(outcome).__name__}"
        # Raised outside the handler: the original exception may quote the record.
        if fault:
            raise StudyError(f"rule '{rule.code}': {fault}; let it answer True or False for every record")
        if outcome:
            return rule
    return None


def _read(path: Path) -> Sequence[Rule]:
    """Read a clinic's own rules."""
    if not path.is_file():
        raise StudyError(f"config: cohort.custom_rules: there is no file '{path}'; correct the path")
    names: dict[str, Any] = {"__name__": path.stem, "__file__": str(path)}
    try:
        exec(compile(path.read_bytes(), str(path), "exec"), names)
    except StudyError as error:
        raise StudyError(f"{path}: {error}") from error
    except Exception as error:
        line = error.lineno if isinstance(error, SyntaxError) else None
        place = f", line {line}" if line else ""
        raise StudyError(f"{path}{place}: Python cannot run it: {type(error).__name__}: {error}") from error
    own = names.get("RULES")
    if not isinstance(own, list | tuple) or not own or not all(isinstance(rule, Rule) for rule in own):
        raise StudyError(f"{path}: it must end in a list of rules, as in RULES = [Rule('plan', palliative_only)]")
    return tuple(own)
