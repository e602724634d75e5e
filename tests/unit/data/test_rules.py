import doctest
import inspect
from pathlib import Path

import pytest

from radonc.data import plans, records, rules
from radonc.data.records import Diagnosis, Plan, Record
from radonc.data.rules import RULES, Rule, chosen, first_reason
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.cohort import Cohort

ROOT = Path(__file__).parents[3]
OURS = [rule.code for rule in RULES]
DOCSTRING = """
    '''Younger than 18 at diagnosis.

    Example: a girl of 7 with a medulloblastoma.
    '''"""
OWN = f"""
from radonc.data.rules import Record, Rule

def child(record: Record) -> bool:{DOCSTRING}
    age = record.diagnosis.age
    return age is not None and age < 18

RULES = [Rule("diagnosis", child)]
"""


@pytest.mark.parametrize("module", [plans, records, rules], ids=lambda m: m.__name__)
def test_the_examples_in_the_docstrings_hold(module):
    failed, attempted = doctest.testmod(module)
    assert attempted > 0
    assert failed == 0


@pytest.mark.parametrize("function", [rule.applies for rule in RULES])
def test_every_rule_has_an_example_that_is_run(function):
    assert ">>>" in inspect.getdoc(function)


def test_stages_follow_each_other_and_codes_are_unique():
    order = [rules.STAGES.index(rule.stage) for rule in RULES]
    assert order == sorted(order)
    assert len({rule.code for rule in RULES}) == len(RULES)


def test_the_first_rule_that_applies_is_the_reason():
    child = Record.of([Diagnosis(icd10_code="C61", age=3)], [Plan(status="cancelled")], sex="female")
    assert first_reason(child, RULES).code == "contradictory_record"
    assert first_reason(child, RULES[::-1]).code == "no_delivered_plan"
    assert first_reason(child, ()) is None


# ---- which rules a study has --------------------------------------------------------------------------------------


def own(folder, text=OWN):
    path = folder / "own.py"
    path.write_text(text, encoding="utf-8")
    return str(path)


def codes(*files, rules=OURS):
    return [rule.code for rule in chosen(rules, files)]


def test_the_default_of_the_config_is_all_of_our_rules_in_order():
    assert list(Cohort().rules) == OURS


def test_two_files_of_rules_must_not_share_a_name(tmp_path):
    (tmp_path / "more").mkdir()
    with pytest.raises(StudyError, match=r"more/own\.py: there is a reason 'child' already"):
        codes(own(tmp_path), own(tmp_path / "more"))


def test_without_a_word_all_rules_apply_the_clinics_own_last(tmp_path):
    assert chosen(OURS) == RULES
    assert codes(own(tmp_path)) == [*OURS, "child"]


def test_a_study_chooses_rules_and_their_order(tmp_path):
    wanted = ["no_plan", "child", "no_diagnosis", "multiple_diagnoses"]
    assert codes(own(tmp_path), rules=wanted) == wanted
    assert codes(own(tmp_path), rules=[*wanted[2:], "no_plan"]) == [*wanted[2:], "no_plan", "child"]


def test_a_custom_rule_applies(tmp_path):
    own_rule = chosen(OURS, [own(tmp_path)])[-1]
    assert (own_rule.label, own_rule.stage) == ("Younger than 18 at diagnosis", "diagnosis")
    assert own_rule.applies(Record(diagnoses=(Diagnosis(age=17),)))
    assert not own_rule.applies(Record(diagnoses=(Diagnosis(age=18),)))
    assert not own_rule.applies(Record())


def test_the_example_that_is_shipped_can_be_used():
    *_, child, palliative = chosen(OURS, [ROOT / "config" / "custom_rules.example.py"])
    assert (child.code, palliative.code) == ("child", "palliative_only")
    assert palliative.applies(Record(plans=(Plan(intent="palliative"),)))
    assert not palliative.applies(Record(plans=(Plan(intent="palliative"), Plan())))
    assert not palliative.applies(Record())


def test_reading_custom_rules_leaves_nothing_beside_them(tmp_path):
    codes(own(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["own.py"]


BAD_FILES = {
    "no docstring": (OWN.replace(DOCSTRING, ""), r"own\.py: rule 'child': its docstring needs the reason"),
    "no example": (OWN.replace("Example: ", ""), r"own\.py: rule 'child': its docstring needs .* an example"),
    "no reason": (OWN.replace("Younger than 18 at diagnosis.", ""), r"its docstring needs the reason"),
    "no stage": (OWN.replace('"diagnosis"', '"biopsy"'), r"own\.py: rule 'child': its stage is not one of extract"),
    "the annotators' stage": (OWN.replace('"diagnosis"', '"annotation"'), "its stage is not one of"),
    "no name": (OWN.replace("child)]", "lambda record: True)]"), r"rule '<lambda>': .* no name that can be"),
    "a name in capitals": (OWN.replace("child", "Child"), "no name that can be a reason code"),
    "our name": (OWN.replace("child", "no_plan"), r"own\.py: there is a reason 'no_plan' already; give yours another"),
    "the annotators' reason": (
        OWN.replace("child", "annotation_outstanding"),
        "'annotation_outstanding' already",
    ),
    "no list": (OWN.replace("RULES", "MINE"), r"own\.py: it must end in a list of rules, as in RULES"),
    "an empty list": (OWN.replace('[Rule("diagnosis", child)]', "[]"), "it must end in a list of rules"),
    "a bare function": (OWN.replace('Rule("diagnosis", child)', "child"), "it must end in a list of rules"),
    "no Python": (OWN.replace("def child", "define child"), r"own\.py, line 4: Python cannot run it: SyntaxError"),
    "a failure": (OWN + "\n1 / 0\n", r"own\.py: Python cannot run it: ZeroDivisionError"),
}


@pytest.mark.parametrize(("text", "expected"), BAD_FILES.values(), ids=BAD_FILES.keys())
def test_a_file_of_rules_that_cannot_be_used_is_named(tmp_path, text, expected):
    with pytest.raises(StudyError, match=expected):
        chosen(OURS, [own(tmp_path, text)])


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(StudyError, match=r"cohort\.custom_rules: there is no file 'config/mine\.py'; correct the path"):
        chosen(OURS, ["config/mine.py"])


def test_rules_that_do_not_exist_or_must_not_be_off_are_named():
    with pytest.raises(StudyError, match=r"cohort\.rules: there is no rule 'no_plans'; choose from unreadable_record"):
        chosen(["no_diagnosis", "multiple_diagnoses", "no_plans"])
    with pytest.raises(StudyError, match="'multiple_diagnoses' cannot be left out"):
        chosen(["no_diagnosis"])


def fails(record: Record) -> bool:
    """Fail.

    Example: a secret that the message repeats.
    """
    return int(record.diagnosis.history) > 0


def answers_otherwise(record: Record) -> bool:
    """Answer with a number.

    Example: none.
    """
    return len(record.plans)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (fails, "rule 'fails': it fails on a record with ValueError"),
        (answers_otherwise, "rule 'answers_otherwise': it answers with a int"),
    ],
)
def test_a_rule_that_breaks_stops_the_study_and_shows_no_value(function, expected):
    record = Record(diagnoses=(Diagnosis(history="Secret"),))
    with pytest.raises(StudyError, match=expected) as caught:
        first_reason(record, [Rule("plan", function)])
    assert "Secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
