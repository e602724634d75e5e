"""The rules by which a patient leaves the cohort, as a clinician writes them.

A rule is a function of a patient's record that says whether the patient must leave. Its name is the reason code, the
first line of its docstring is the reason in words, and the docstring holds an example. A clinic's own rules are a
Python file in the form of this one: functions, and a list ``RULES``.

Two criteria are the paper's: a single diagnosis record (``no_diagnosis``, ``multiple_diagnoses``), and a clearly
identifiable primary plan (``no_plan``, ``no_delivered_plan``; ``plans.py`` finds it).
"""

import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radonc.data.checks import label_of
from radonc.data.labels import REDACTED, UNCLEAR_PLAN
from radonc.data.plans import delivered
from radonc.data.records import Diagnosis, Plan, Record
from radonc.data.schemas import STAGES
from radonc.runtime.errors import StudyError
from radonc.vocabulary import icd10

__all__ = ["RULES", "Diagnosis", "Plan", "Record", "Rule", "chosen"]

EXAMPLE = re.compile(r"\bExamples?\b|>>>")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: the stage at which its patients leave, and the function that says who they are."""

    stage: str
    applies: Callable[[Record], bool]

    def __post_init__(self) -> None:
        if self.stage not in STAGES[:-1]:
            raise StudyError(f"rule '{self.code}': its stage is not one of {', '.join(STAGES[:-1])}; choose one")
        if not re.fullmatch("[a-z][a-z0-9_]+", self.code):
            raise StudyError(
                f"rule '{self.code}': its function has no name that can be a reason code (small letters, digits, _); "
                "give it one"
            )
        first, _, rest = (inspect.getdoc(self.applies) or "").partition("\n")
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
        return label_of(self.applies)


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

    Verification plans do not count.

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


def chosen(codes: Sequence[str], custom: Iterable[str | Path] = ()) -> tuple[Rule, ...]:
    """Return the rules of a study, in the order of ``cohort.rules``; custom rules that it does not name come last.

    Raise StudyError when there is no such rule or file, or a rule of a file is not as ``Rule`` asks.
    """
    known = {rule.code: rule for rule in RULES}
    own_codes = []
    for path in map(Path, custom):
        for rule in _read(path):
            if rule.code in known or rule.code in ANNOTATION:
                raise StudyError(f"{path}: there is a reason '{rule.code}' already; give yours another name")
            known[rule.code] = rule
            own_codes.append(rule.code)
    for code in codes:
        if code not in known:
            raise StudyError(f"config: cohort.rules: there is no rule '{code}'; choose from {', '.join(known)}")
    for code in ("no_diagnosis", "multiple_diagnoses"):
        if code not in codes:
            raise StudyError(
                f"config: cohort.rules: '{code}' cannot be left out, since a case is one diagnosis; add it"
            )
    return tuple(known[code] for code in dict.fromkeys([*codes, *own_codes]))


def first_reason(record: Record, rules: Iterable[Rule]) -> Rule | None:
    """Return the first rule that applies to a patient, or None.

    Raise StudyError when a rule fails on a record, or returns something else than True or False.
    """
    for rule in rules:
        try:
            outcome: object = rule.applies(record)
            fault = "" if isinstance(outcome, bool) else f"it answers with a {type(outcome).__name__}"
        except Exception as error:
            fault = f"it fails on a record with {type(error).__name__}; a missing value is None"
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
