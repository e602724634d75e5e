"""Rules of a clinic's own, to be copied: list the copy in `cohort.custom_rules` of the config.

A rule says of a patient's record whether the patient must leave the study. Its name is the reason code, the first line
of its docstring the reason in words, and an example must follow. The fields of a record are in
workflow/lib/radonc/data/records.py; what the extract does not say is None.
"""

from radonc.data.rules import Record, Rule


def child(record: Record) -> bool:
    """Younger than 18 at diagnosis.

    Example: a girl of 7 with a medulloblastoma.
    """
    age = record.diagnosis.age
    return age is not None and age < 18


def palliative_only(record: Record) -> bool:
    """All plans are palliative.

    Example: 8 Gy in 1 fraction to a metastasis of the femur, and nothing else.
    """
    return bool(record.plans) and all(plan.intent == "palliative" for plan in record.plans)


# Each with the stage at which its patients leave: extract, diagnosis or plan.
RULES = [Rule("diagnosis", child), Rule("plan", palliative_only)]
