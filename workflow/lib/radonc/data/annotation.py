"""Answers that rules could not resolve: the worksheet for people, what they filled in, and labels in doubt."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from radonc.data.checks import CHECKS
from radonc.data.labels import PLAN_TASKS, REDACTED, UNCLEAR_PLAN
from radonc.data.schemas import CASES, PLAN_DETAILS, REJECTS, WORKSHEET
from radonc.runtime import tables
from radonc.runtime.errors import StudyError
from radonc.runtime.logs import LOGGER
from radonc.runtime.settings.tasks import Tasks
from radonc.vocabulary import icd10
from radonc.vocabulary.tags import TAG

EXCLUDE = "exclude"
BETWEEN_PLANS = " | "
DETAILS = (
    "sex", "age", "site", "histology", "laterality", "stage_group", "history", "technique", "dose_gy", "n_fractions",
)  # fmt: skip
"""What the worksheet shows of a case."""
ALLOWED = {
    "regimen": "the number of a plan; the course in words, such as 'left breast: 40.05 Gy in 15 fractions of 2.67 Gy, "
    "VMAT, photon', without a tag such as [NAME]; or exclude",
    "modality": "the number of a plan; {labels}; or exclude",
    "icd10": "one {require} ICD-10-CM code, such as C50.411; or exclude",
}


def worksheet(candidates: pd.DataFrame, choices: pd.DataFrame, tasks: Tasks, answers: pd.DataFrame) -> pd.DataFrame:
    """Make the worksheet (``WORKSHEET``): a row per case and open question, with empty ``answer`` and ``annotator``.

    ``answers``, as ``collect`` returns them, are not asked for again.
    """
    answered = set(zip(answers["case_id"], answers["task"], strict=True))
    plans: dict[str, list[str]] = defaultdict(list)
    for plan in choices.to_dict("records"):
        plans[plan["case_id"]].append(_numbered(plan))
    rows = [
        {
            "case_id": case["case_id"],
            "task": task,
            "reason": case[f"unresolved_{task}"],
            "details": _details(case),
            "plans": BETWEEN_PLANS.join(plans[case["case_id"]]) or None if task in PLAN_TASKS else None,
            "flags": case["flags"],
            "allowed": _allowed(task, tasks),
        }
        for case in candidates.to_dict("records")
        for task in tasks.names
        if not pd.isna(case[f"unresolved_{task}"]) and (case["case_id"], task) not in answered
    ]
    return pd.DataFrame(rows, columns=list(WORKSHEET.columns))


def _details(case: Mapping[Any, Any]) -> str:
    known = [name for name in DETAILS if not pd.isna(case[name])]
    return "; ".join(f"{name.replace('_', ' ')}: {' '.join(str(case[name]).split())}" for name in known)


def _numbered(plan: Mapping[Any, Any]) -> str:
    return f"{plan['number']}: {plan['plan']}"


def _allowed(task: str, tasks: Tasks) -> str:
    return ALLOWED[task].format(labels=", ".join(tasks.labels), require=tasks.require)


def collect(
    candidates: pd.DataFrame,
    choices: pd.DataFrame,
    from_extract: pd.DataFrame,
    sheets: Iterable[str | Path],
    tasks: Tasks,
) -> pd.DataFrame:
    """Collect the answers that people gave: annotations of the extract, and filled-in worksheets (CSV).

    There is one row per answered question, with ``case_id``, ``task``, ``answer`` and ``implied``. The number of a plan
    stands for what that plan says, and answers both questions about it: the one that was not asked is implied. Answers
    to cases that the cohort no longer has are ignored and counted in the log. An annotation of the extract with a
    redaction tag in it is ignored as well: the question stays open (``count_redacted``).

    Raise StudyError, naming file and row (the header is row 1), when an answer is not allowed or two answers to a
    question differ.
    """
    found: dict[tuple[str, str], tuple[str, str]] = {}
    answered = set()
    asked = {(case, task) for case in candidates["case_id"] for task in tasks.names}
    plans = {(str(row["case_id"]), str(row["number"])): row for row in choices.to_dict("records")}
    n_ignored = 0
    for row in _answers(from_extract, sheets):
        if (row.case, row.task) not in asked:
            n_ignored += 1
            continue
        if row.task in PLAN_TASKS and row.answer.isdecimal():
            normal = _by_plan(row, plans.get((row.case, row.answer)), tasks)
        else:
            normal = {row.task: check(row.task, row.answer, tasks, row.place)}
        answered.add((row.case, row.task))
        for task, text in normal.items():
            earlier = found.setdefault((row.case, task), (text, row.place))
            if earlier[0] != text:
                raise StudyError(f"{row.place}: this answer differs from that in {earlier[1]}; agree on one")
    if n_ignored:
        LOGGER.warning("%d answers are for no case and task of this cohort", n_ignored)
    rows = [(*question, answer, question not in answered) for question, (answer, _) in found.items()]
    return pd.DataFrame(rows, columns=["case_id", "task", "answer", "implied"])


class _Answered(NamedTuple):
    """An answer, its place in a file, and the plans that its row shows."""

    case: str
    task: str
    answer: str
    place: str
    plans: str = ""


def _answers(from_extract: pd.DataFrame, sheets: Iterable[str | Path]) -> Iterator[_Answered]:
    for number, row in enumerate(from_extract.to_dict("records"), start=1):
        if not pd.isna(row["answer"]) and not TAG.search(row["answer"]):
            place = f"the extract's annotations, row {number}"
            yield _Answered(row["patient_id"], row["task"], row["answer"], place)
    for path in sorted(map(Path, sheets)):
        sheet = tables.read_sheet(path, ["case_id", "task", "answer"], optional=["plans"])
        for number, case, task, answer, plans in sheet.itertuples(name=None):
            if answer:
                yield _Answered(case, task, answer, f"{path}, row {number}", plans)


def _by_plan(row: _Answered, plan: Mapping[Any, Any] | None, tasks: Tasks) -> dict[str, str]:
    """Return a plan's answers by task: to the one that was asked, and to the other if it has one."""
    # Numbers follow the plans of a record, which another extract may have more of: the sheet must show the same plan.
    if plan is None or _numbered(plan) not in row.plans.split(BETWEEN_PLANS):
        raise StudyError(
            f"{row.place}: there is no plan of this number, or it is not the one that this row shows; take the number "
            "from the latest worksheet, and keep its column 'plans'"
        )
    answers = {task: str(plan[task]) for task in PLAN_TASKS if task in tasks.names and not pd.isna(plan[task])}
    if row.task not in answers:
        raise StudyError(f"{row.place}: the rules cannot read this from that plan; write it out")
    return answers


def check(task: str, answer: str, tasks: Tasks, place: str) -> str:
    """Return an annotator's answer in its normal form, or ``exclude``; raise StudyError when it is not allowed."""
    if answer.casefold() == EXCLUDE:
        return EXCLUDE
    if task == "modality":
        normal: str | None = answer.casefold() if answer.casefold() in tasks.labels else None
    elif task == "icd10":
        code = icd10.normalise(answer)
        accept = icd10.is_billable if tasks.require == "billable" else icd10.is_valid
        normal = code if code and accept(code) else None
    else:
        normal = None if TAG.search(answer) else " ".join(answer.split()) or None
    if normal is None:
        raise StudyError(f"{place}: this answer is not allowed for {task}; allowed: {_allowed(task, tasks)}")
    return normal


def merge(
    candidates: pd.DataFrame, choices: pd.DataFrame, annotations: pd.DataFrame, tasks: Tasks
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fill the answers that people gave into the candidates, where the rules could not resolve them.

    Return cases (``CASES``) and those left out (``REJECTS``): ``excluded_by_annotator``, ``ambiguous_primary_plan``
    where nobody has said which plan it is, ``answer_redacted`` where nobody has said what a tag in an answer hides, or
    ``annotation_outstanding``.
    """
    names = list(tasks.names)
    merged = candidates.set_index("case_id")
    answers = annotations.pivot(index="case_id", columns="task", values="answer")
    answers = answers.reindex(index=merged.index, columns=names)
    unresolved = merged[[f"unresolved_{task}" for task in names]].set_axis(names, axis="columns")
    outstanding = unresolved[answers.isna()]
    excluded = answers[unresolved.notna()].isin([EXCLUDE]).any(axis="columns")
    # The last that applies is the reason. An unclear plan says most: it leaves everything else of the course open.
    reason = (
        pd.Series(None, index=merged.index, dtype=object)
        .mask(outstanding.notna().any(axis="columns"), "annotation_outstanding")
        .mask(outstanding.isin([REDACTED]).any(axis="columns"), REDACTED)
        .mask(outstanding.isin([UNCLEAR_PLAN]).any(axis="columns"), UNCLEAR_PLAN)
        .mask(excluded, "excluded_by_annotator")
    )
    merged[names] = merged[names].where(unresolved.isna(), answers)
    merged["resolved_by"] = unresolved.notna().any(axis="columns").map({True: "annotation", False: "rules"})
    merged = _with_plan(merged, choices, [task for task in PLAN_TASKS if task in names])
    cases = merged[reason.isna()].reset_index()[list(CASES.columns)]
    rejects = reason.dropna().rename("reason").rename_axis("patient_id").reset_index().assign(stage="annotation")
    return cases, rejects[list(REJECTS.columns)]


def _with_plan(cases: pd.DataFrame, choices: pd.DataFrame, tasks: list[str]) -> pd.DataFrame:
    """Fill in the details of the plan whose answers were chosen, where the rules could not say which it was."""
    answered = cases.reset_index()[["case_id", *tasks]].dropna(subset=tasks)
    chosen = choices.merge(answered, on=["case_id", *tasks]).drop_duplicates("case_id").set_index("case_id")
    details = list(PLAN_DETAILS)
    return cases.assign(**cases[details].fillna(chosen[details].reindex(cases.index)))


def count_redacted(
    candidates: pd.DataFrame,
    choices: pd.DataFrame,
    from_extract: pd.DataFrame,
    answers: pd.DataFrame,
    tasks: Sequence[str],
) -> list[dict[str, Any]]:
    """Count each task's answers, those of them that hold a tag and that nobody has answered, and their tags.

    A place that is redacted in *[PLACE]: 45 Gy in 25 fractions* was most likely a site of the body under a name that no
    vocabulary has, and a model would learn to answer with tags. So the rules leave such an answer open.

    Each row has ``task``; ``answers``, resolved by rules or people, or redacted; ``redacted``; and ``tags``: each
    ``tag`` with the number of ``answers`` that hold it, the commonest first.
    """
    plans = choices.groupby("case_id")["plan"].agg(" ".join)
    rows = []
    for task in tasks:
        answered = answers.loc[answers["task"] == task, "case_id"]
        reasons = candidates.set_index("case_id")[f"unresolved_{task}"]
        unresolved = reasons[reasons.notna() & ~reasons.index.isin(answered)]
        by_record = plans.reindex(unresolved.index[unresolved == REDACTED])
        by_people = from_extract[(from_extract["task"] == task) & from_extract["patient_id"].isin(unresolved.index)]
        tags: dict[str, set[str]] = defaultdict(set)
        for case, text in [*by_record.items(), *zip(by_people["patient_id"], by_people["answer"], strict=True)]:
            if not pd.isna(text) and (found := TAG.findall(text)):
                tags[str(case)].update(found)
        numbers = Counter(tag for found in tags.values() for tag in found)
        commonest = sorted(numbers.items(), key=lambda one: (-one[1], one[0]))
        rows.append(
            {"task": task, "answers": len(reasons) - len(unresolved) + len(tags), "redacted": len(tags)}
            | {"tags": [{"tag": tag, "answers": n} for tag, n in commonest]}
        )
    return rows


def require_few_redacted(redacted: Sequence[Mapping[str, Any]], max_tagged: float) -> None:
    """Stop if a larger share of a task's answers than ``max_tagged`` hold a tag (``count_redacted``).

    The StudyError names the commonest tags, and never the text beside them.
    """
    for row in redacted:
        if row["redacted"] > max_tagged * row["answers"]:
            tags = "; ".join(f"{tag['tag']} ({tag['answers']})" for tag in row["tags"][:3])
            raise StudyError(
                f"cohort: {row['redacted']} of {row['answers']} answers to {row['task']} hold a redaction tag, more "
                f"than the share of {max_tagged:g} that deidentify.max_tagged allows; commonest tags (answers): "
                f"{tags}; put the clinical words that were redacted into a file of deidentify.words, fill in the "
                "worksheet, or raise deidentify.max_tagged"
            )


def find_doubts(
    cases: pd.DataFrame, candidates: pd.DataFrame, answers: pd.DataFrame, tasks: Iterable[str]
) -> pd.DataFrame:
    """Find which labels are in doubt, and why: rows of ``DOUBTS``, one per case and task.

    A label is *flagged* if a check that concerns its task flags the case, unless people gave the label: they saw the
    flag. It is *disputed* if the rules resolved it, people answered the question nevertheless (``second``), and their
    answer is another one, case aside, or ``exclude``. An implied answer is no second answer.
    """
    unresolved = candidates.set_index("case_id").reindex(cases["case_id"])
    flags = cases["flags"].fillna("").str.split(";").map(set)
    rows = []
    for task in tasks:
        by_rules = unresolved[f"unresolved_{task}"].isna().to_numpy()
        concerned = {check.code for check in CHECKS if task in check.tasks}
        direct = answers[(answers["task"] == task) & ~answers["implied"]]
        others = direct.set_index("case_id")["answer"].reindex(cases["case_id"])
        second = others.notna().to_numpy() & by_rules
        differs = others.str.casefold().to_numpy() != cases[task].str.casefold().to_numpy()
        flagged = flags.map(lambda found, codes=concerned: bool(found & codes)).to_numpy() & by_rules
        found = {"flagged": flagged, "second": second, "disputed": second & differs}
        rows.append(pd.DataFrame({"case_id": cases["case_id"].to_numpy(), "task": task, **found}))
    return pd.concat(rows, ignore_index=True)
