"""Made-up inputs of a report, in the shape and size of a real study's."""

from __future__ import annotations

import dataclasses
from functools import cache
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from radonc.data import outcomes
from radonc.data.schemas import CASES, CURVE, PAIRS
from radonc.report.report import Report
from radonc.report.results import BLOCKS
from radonc.runtime import tables

MODELS = ("demo-llama", "demo-mistral")
ARMS = ("base", "fewshot", "tuned")
BASELINES = {"majority": 0.1, "neighbour": 0.3, "logistic": 0.85}
TASKS = ("regimen", "modality", "icd10")
RUN = "seed1"
ADAPTERS = [(model, task, RUN) for model in MODELS for task in TASKS]
MODALITIES = ("photon", "proton", "electron", "brachytherapy")
CODES = (
    "C61", "C50.411", "C50.412", "C34.11", "C34.12", "C34.31", "C20", "C71.1", "C71.2", "C09.9", "C01", "C32.0",
    "C53.9", "C54.1", "C67.9", "C25.0", "C15.5", "C22.0", "C83.38", "C44.311", "C69.31", "C73", "C79.31", "C79.51",
    "D32.0",
)  # fmt: skip
REASONS = {
    "unreadable_record": ("extract", "A record of the patient could not be read", 156),
    "no_diagnosis": ("diagnosis", "No diagnosis record", 478),
    "multiple_diagnoses": ("diagnosis", "More than one diagnosis record", 2790),
    "other_malignancy": ("diagnosis", "Another malignancy, prior or synchronous", 471),
    "contradictory_record": ("diagnosis", "Code contradicts sex or side", 312),
    "insufficient_details": ("diagnosis", "No site, histology or history", 313),
    "no_plan": ("plan", "No treatment plan", 944),
    "no_delivered_plan": ("plan", "No approved or treated plan", 785),
    "ambiguous_primary_plan": ("annotation", "Primary plan not clearly identifiable", 1258),
    "answer_redacted": ("annotation", "An answer holds a redaction tag", 0),
    "annotation_outstanding": ("annotation", "An answer awaits annotation", 314),
    "excluded_by_annotator": ("annotation", "Excluded by an annotator", 0),
}
DETAILS = {
    "site": "right breast", "histology": "adenocarcinoma", "laterality": "right", "t_stage": "T2", "n_stage": "N0",
    "m_stage": "M0", "history": "Seen on screening.", "performance_status": "ECOG 1",
}  # fmt: skip
REGIMENS = (
    "prostate: 60 Gy in 20 fractions (3 Gy per fraction), VMAT photon 6 MV",
    "right breast: 40.05 Gy in 15 fractions (2.67 Gy per fraction), 3D-CRT photon 6 MV; boost: 10 Gy in 5 fractions",
    "left lung: 54 Gy in 3 fractions (18 Gy per fraction), SBRT photon 6 MV FFF",
    "brain: 60 Gy in 30 fractions (2 Gy per fraction), IMRT photon 6 MV",
)


METRICS = (("accuracy", "wilson"), ("rouge1", "bootstrap"))
COMPONENTS = {task: [name for block in blocks.values() for name in block] for task, blocks in BLOCKS.items()}


def table(schema: Any, rows: Any) -> pd.DataFrame:
    """Return rows in the order of a schema's columns as its table."""
    return tables.validate(pd.DataFrame(rows, columns=list(schema.columns)), schema)


def flow() -> dict[str, Any]:
    remaining, steps = 15724, []
    for reason, (stage, label, rejected) in REASONS.items():
        remaining -= rejected
        steps.append({"stage": stage, "reason": reason, "label": label, "rejected": rejected, "remaining": remaining})
    candidates = next(step["remaining"] for step in steps if step["reason"] == "no_delivered_plan")
    return {"extracted": 15724, "candidates": candidates, "kept": remaining, "steps": steps}


def cases(n: int = 900, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    weights = np.array([1 / (rank + 1.5) for rank in range(len(CODES))])
    code = rng.choice(CODES, n, p=weights / weights.sum())
    sex = np.where(np.char.startswith(code.astype(str), "C61"), "male", rng.choice(["female", "male"], n))
    frame = pd.DataFrame(
        {
            "case_id": [f"{rng.integers(1 << 40):010x}{i:06x}" for i in range(n)],
            "sex": sex,
            "age": np.clip(rng.normal(64, 14, n), 3, 90).round(),
            "diagnosis_year": rng.integers(2008, 2022, n),
            **DETAILS,
            "stage_group": rng.choice(["I", "IA", "IIB", "IIIA", "IIIC", "IVB", "limited"], n),
            "intent": rng.choice(["curative", "adjuvant", "palliative"], n),
            "regimen": rng.choice(REGIMENS, n),
            "modality": rng.choice(MODALITIES, n, p=[0.75, 0.09, 0.06, 0.1]),
            "icd10": code,
            "resolved_by": rng.choice(["rules", "annotation"], n, p=[0.94, 0.06]),
        }
    )
    for column in ("histology", "laterality", "stage_group", "site", "history", "t_stage", "n_stage", "m_stage"):
        frame[column] = frame[column].astype("object").where(rng.random(n) > 0.08, None)
    missing = {name: None for name in CASES.columns if name not in frame}
    return tables.validate(frame.assign(**missing)[list(CASES.columns)], CASES)


def scores(cases: pd.DataFrame, seed: int = 2) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for task, model, arm in product(TASKS, MODELS, ARMS):
        all_photon = (task, arm) == ("modality", "base")
        rate = {"base": 0.05, "fewshot": 0.4, "tuned": 0.8}[arm] + (0.7 if all_photon else 0)
        for case_id, reference in zip(cases["case_id"], cases[task], strict=True):
            answer = str(reference) if rng.random() < min(rate, 0.93) else str(rng.choice(cases[task]))
            answer = "photon" if all_photon else answer
            answer = "" if rng.random() < 0.01 else answer
            right = answer == reference
            rouge1 = 1.0 if right else (0.6 * rng.random() if task == "regimen" and answer else 0.0)
            key = (case_id, task, model, arm, RUN if arm == "tuned" else "-", "free")
            rows.append((*key, reference, answer, answer or None, float(right), *[rouge1] * 3))
    rng = np.random.default_rng(seed)
    for task, (arm, rate) in product(TASKS, BASELINES.items()):
        for case_id, reference in zip(cases["case_id"], cases[task], strict=True):
            answer = str(reference) if rng.random() < rate else str(rng.choice(cases[task]))
            right = float(answer == reference)
            rows.append((case_id, task, "-", arm, "-", "free", reference, answer, answer, *[right] * 4))
    return table(outcomes.SCORES, rows)


def summary(scores: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (task, model, arm), part in scores.groupby(["task", "model", "arm"]):
        values = {
            "accuracy": part["exact_match"].mean(),
            "parse_rate": part["parsed"].notna().mean(),
            "rouge1": part["rouge1"].mean(),
        }
        if task != "regimen":
            for name in ("balanced_accuracy", "macro_precision", "macro_recall", "macro_f1", "weighted_f1"):
                values[name] = values["accuracy"] * (0.9123456789 if arm == "tuned" else 0.31)
        values |= dict.fromkeys(COMPONENTS.get(task, ()), values["accuracy"])
        for metric, value in values.items():
            method = "wilson" if metric in {"accuracy", "parse_rate", *COMPONENTS.get(task, ())} else "bootstrap"
            low, high = max(value - 0.031, 0), min(value + 0.029, 1)
            rows.append((task, model, arm, metric, len(part), value, low, high, method))
    return table(outcomes.SUMMARY, rows)


def per_class(scores: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for (task, model, arm), part in scores[scores["task"] != "regimen"].groupby(["task", "model", "arm"]):
        for label in sorted(set(part["reference"])):
            true, said = part["reference"] == label, part["parsed"] == label
            hits, support = int((true & said).sum()), int(true.sum())
            n_said = int(said.sum())
            f1 = 2 * hits / (support + n_said)
            rows.append((task, model, arm, label, support, hits / n_said if n_said else 0.0, hits / support, f1))
    return table(outcomes.PER_CLASS, rows)


def comparisons(scores: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for against in ("base", "fewshot", *BASELINES):
        for (task, model), tuned_rows in scores[scores["arm"] == "tuned"].groupby(["task", "model"]):
            other = "-" if against in BASELINES else model
            found = scores["task"].eq(task) & scores["model"].eq(other) & scores["arm"].eq(against)
            part = pd.concat([scores[found], tuned_rows])
            for metric, column in (("accuracy", "exact_match"), ("rouge1", "rouge1")):
                base, tuned = (part[part["arm"] == arm].set_index("case_id")[column] for arm in (against, "tuned"))
                if base.empty:
                    continue
                difference = tuned - base
                better, worse = int((difference > 0).sum()), int((difference < 0).sum())
                mean = difference.mean()
                p = 3.2e-76 if task == "regimen" else 0.0123456789
                counts = (len(base), better, worse, len(base) - better - worse)
                holm = min(6 * p, 1.0) if (against, metric) == ("base", "accuracy") else None
                values = (base.mean(), tuned.mean(), mean, mean - 0.03, mean + 0.03, 1234.5, p, holm)
                exact = (p, min(2 * p, 1.0), p / 2) if metric == "accuracy" else (None,) * 3
                more = ("bca", "exact", min(2 * p, 1.0), p, *exact, 0.5, mean, mean - 0.04, mean + 0.04)
                rows.append((task, model, against, metric, *counts, *values, *more))
    return table(outcomes.COMPARISONS, rows)


def model_comparisons(n_cases: int) -> pd.DataFrame:
    rows = []
    for number, task in enumerate(TASKS):
        for metric in ("accuracy", "rouge1"):
            better, worse = min(12 + number, n_cases // 3), min(11, n_cases // 4)
            counts = {"n": n_cases, "n_better": better, "n_worse": worse, "n_tied": n_cases - better - worse}
            means = {"mean": 0.8111111, "mean_other": 0.7987654, "difference": 0.0123457}
            ends = {"low": -0.0111213, "high": 0.0361416, "interval": "bca", "rank_biserial": 0.1}
            p = {"p_two_sided": 0.2818203, "p_mcnemar_two_sided": 0.2818203 if metric == "accuracy" else None}
            names = {"task": task, "model": MODELS[0], "other": MODELS[1], "metric": metric}
            rows.append({**names, **counts, **means, **ends, **p})
    return table(outcomes.MODEL_COMPARISONS, rows)


def modes(n_cases: int) -> pd.DataFrame:
    rows = []
    for task, of_task in (("modality", ("free", "labels")), ("icd10", ("free", "labels", "constrained"))):
        arms = zip(ARMS, (0.1234567, 0.4567891, 0.8123456), strict=True)
        for model, (arm, value), (number, mode), (metric, method) in product(MODELS, arms, enumerate(of_task), METRICS):
            found = value + 0.03 * number + 0.01 * (metric == "rouge1")
            rows.append((task, model, arm, mode, metric, n_cases, found, found - 0.04, found + 0.04, method))
    return table(outcomes.ANSWER_MODE_COMPARISONS, rows)


def calibration(n_cases: int) -> pd.DataFrame:
    rows = []
    for task, tops in (("modality", (1,)), ("icd10", (1, 3, 5))):
        for model in MODELS:
            for arm, value in zip(ARMS, (0.1534567, 0.4867891, 0.8423456), strict=True):
                key = (task, model, arm, RUN if arm == "tuned" else "-")
                for top in tops:
                    found = value + 0.02 * top
                    rows.append((*key, f"top{top}", n_cases, found, found - 0.04, found + 0.04, "wilson"))
                brier = 1.1 - value
                rows.append((*key, "brier", n_cases, brier, brier - 0.05, brier + 0.05, "bootstrap"))
                rows.append((*key, "ece", n_cases, 0.0712345 + value / 10, None, None, "none"))
    return table(outcomes.CALIBRATION, rows)


def reliability(n_cases: int) -> pd.DataFrame:
    rows = []
    for model in MODELS:
        for arm, shift in zip(ARMS, (-0.2, -0.1, -0.03), strict=True):
            # Few cases in the lowest bin, so that it and another one are hidden.
            sizes = {3: 4, **{number: (n_cases - 4) * number // 40 for number in (5, 6, 7, 8)}}
            sizes[9] = n_cases - sum(sizes.values())
            for number, n in ((number, n) for number, n in sizes.items() if n):
                sure = number / 10 + 0.06
                right = round((sure + shift) * n) / n
                limits = (max(right - 0.08, 0), min(right + 0.07, 1))
                run = RUN if arm == "tuned" else "-"
                rows.append(("modality", model, arm, run, number / 10, (number + 1) / 10, n, sure, right, *limits))
    return table(outcomes.RELIABILITY, rows)


def runs(n_cases: int, seeds: tuple[int, ...] = (1,), shares: tuple[float, ...] = (1.0,)) -> pd.DataFrame:
    rows = []
    trained = [(share, seed) for share in shares for seed in (seeds if share == 1 else seeds[:1])]
    for task, (number, model), (share, seed), (metric, method) in product(TASKS, enumerate(MODELS), trained, METRICS):
        name = f"seed{seed}" + (f"-share{100 * share:g}" if share < 1 else "")
        value = 0.88 - 0.3 * (1 - share) ** 2 - 0.05 * number + 0.0123456 * (seed % 3)
        value += 0.02 * (metric == "rouge1")
        ends = (value - 0.03, value + 0.03)
        rows.append((task, model, name, seed, share, round(6321 * share), metric, n_cases, value, *ends, method))
    return table(outcomes.RUNS, rows)


def spread(runs: pd.DataFrame) -> pd.DataFrame:
    full = runs[runs["share"] == 1].groupby(["task", "model", "metric"])["value"]
    rows = full.agg(["size", "mean", "std", "min", "max"]).reset_index()
    return table(outcomes.SPREAD, rows[rows["size"] > 1].set_axis(list(outcomes.SPREAD.columns), axis="columns"))


SITES = ("breast", "prostate", "thorax", "skin", "other")


def subgroups(n_cases: int) -> pd.DataFrame:
    """Return groups of sites (the fourth of four cases), of sex, and of near duplicates, each with the same gain."""
    n_near = n_cases // 12
    sizes = {
        ("all", "all"): n_cases,
        **{("site", site): n_cases // 4 for site in SITES[:3]},
        ("site", "skin"): 4,
        ("site", "other"): n_cases - 3 * (n_cases // 4) - 4,
        ("sex", "female"): n_cases // 2,
        ("sex", "male"): n_cases - n_cases // 2,
        ("near_duplicate", "no"): n_cases - n_near,
        ("near_duplicate", "yes"): n_near,
        ("label", "no"): n_cases,
    }
    rows = []
    for task, model in product(TASKS, MODELS):
        for number, (key, n) in enumerate((key, n) for key, n in sizes.items() if n):
            gain, half = 0.4123456 + 0.0312 * number / 10, 0.5 / n**0.5
            rows.append((task, model, *key, n, n // 2, n // 20, 0.3123, 0.3123 + gain, gain, gain - half, gain + half))
    return table(outcomes.SUBGROUPS, rows)


def subsets(n_cases: int, n_doubted: int = 4) -> pd.DataFrame:
    n_near = n_cases // 12
    sizes = {
        ("all", "all"): n_cases,
        ("near_duplicate", "no"): n_cases - n_near,
        ("near_duplicate", "yes"): n_near,
        ("label", "no"): n_cases - n_doubted,
        ("label", "yes"): n_doubted,
    }
    rows = []
    arms = zip(ARMS, (0.1134567, 0.4467891, 0.8023456), strict=True)
    groups = enumerate((key, n) for key, n in sizes.items() if n)
    for task, model, (arm, value), (number, (group, n)), (metric, method) in product(
        TASKS, MODELS, arms, groups, METRICS
    ):
        found = value + 0.011 * number + 0.01 * (metric == "rouge1")
        rows.append((task, model, arm, *group, metric, n, found, found - 0.04, found + 0.04, method))
    return table(outcomes.SUBSETS, rows)


def label_noise(n_cases: int, flagged: int = 20, disputed: int = 12, doubted: int = 32) -> pd.DataFrame:
    kinds = (("flagged", flagged, n_cases), ("disputed", disputed, 60), ("in_doubt", doubted, n_cases))
    rows = []
    for task, (metric, count, n) in product(TASKS, kinds):
        share = min(count / n, 1)
        rows.append((task, metric, n, share, share / 2, min(2 * share, 1), "wilson"))
    return table(outcomes.LABEL_NOISE, rows)


def coherence(n_cases: int) -> pd.DataFrame:
    arms = [("-", "treated"), *((model, arm) for model in MODELS for arm in ARMS)]
    rows = []
    for number, (model, arm) in enumerate(arms):
        for metric, n in (("modality", n_cases), ("site", n_cases - n_cases // 4)):
            value = 0.93 - 0.0212345 * number
            rows.append((model, arm, metric, n, value, value - 0.03, value + 0.03, "wilson"))
    return table(outcomes.COHERENCE, rows)


def curve(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    steps = np.arange(5, 400, 5)
    loss = 0.35 + 2.9 * np.exp(-steps / 60) + rng.normal(0, 0.03, len(steps))
    validation = pd.Series(np.where(steps % 50 == 0, loss + 0.04, np.nan))
    columns = {"step": steps, "epoch": steps / 395, "loss": loss, "validation_loss": validation}
    columns |= {"learning_rate": 2e-3 * (1 - steps / 400), "n_tokens": steps * 3120}
    return tables.validate(pd.DataFrame(columns), CURVE)


def pairs(cases: pd.DataFrame) -> dict[str, pd.DataFrame]:
    details = (
        "Sex: female\nAge: 57\nSite: Breast, upper-outer quadrant, right\nHistology: invasive ductal carcinoma\n"
        "History: Palpable lump seen on screening, s/p lumpectomy with clear margins. Pt prefers short course."
    )
    found = {}
    for task in TASKS:
        prompt = f"{details}\nQuestion: which {task}?\nAnswer:"
        rows = cases[["case_id"]].assign(split="test", prompt=prompt, completion=" " + cases[task])
        found[task] = tables.validate(rows, PAIRS)
    return found


def ratings() -> dict[str, Any]:
    shares = (("-", "treated", 0.87), ("demo-llama", "base", 0.11), ("demo-llama", "tuned", 0.6423))
    counts = {"n_cases": 50, "n_ratings": 100}
    arms = [
        {"model": model, "arm": arm, **counts, "acceptable": x, "low": x - 0.1, "high": x + 0.1, "mean": 1 + 4 * x}
        for model, arm, x in shares
    ]
    agreement = [{"reviewers": ["reviewer-1", "reviewer-2"], "n": 150, "raw": 0.88, "kappa": None, "ac1": 0.7654321}]
    return {
        "items": 150,
        "rated": 300,
        "outstanding": {"reviewer-1": 0, "reviewer-2": 3},
        "arms": arms,
        "agreement": agreement,
        "claim": claim(),
    }


def claim() -> dict[str, Any]:
    tested = {"n": 50, "n_acceptable": 32, "at_least": 0.5140625, "p": 0.3355, "p_holm": 0.671, "power": 0.3329}
    few = {**tested, "model": "demo-mistral", "n": 7, "n_acceptable": 6}
    tests = [{**tested, "model": "demo-llama"}, few]
    return {"above": 0.6, "expected": 0.7, "level": 0.05, "cases_needed": 157, "is_final": True, "tests": tests}


TAGS = {"NAME": 8123, "DATE": 4410, "AGE": 12, "ID": 811, "PHONE": 420, "PLACE": 1031, "EMAIL": 0, "URL": 0}
SCRUBBED = {"texts": 15246, "texts_with_tags": 6120, "share_of_characters_redacted": 0.0312, "tags": TAGS}
AUDIT = {
    "verdict": "Safe Harbor checks passed",
    "rows": {"patients": 15724, "diagnoses": 15246, "plans": 17212},
    "texts": SCRUBBED,
    "texts_by_table": {"patients": {"texts": 0, "tags": {}}, "diagnoses": SCRUBBED},
    "ages_capped": 41,
}
MANIFEST = {
    "base": {"demo": "llama", "sha256": "9f2c" * 16},
    "recipe": {"r": 16, "learning_rate": 2e-3, "modules_to_save": ["embed_tokens", "lm_head"]},
    "n_train": 6321,
    "n_steps": 396,
    "n_tokens": 1231440,
    "seconds": 71.3,
    "tokens_per_second": 17271.2,
    "mfu": None,
    "peak_memory_mb": 1312.5,
    "energy_wh": None,
    "best_step": 350,
    "device": "CPU",
    "parameters": 1031424,
}
COUNTED = {"median": 84, "p95": 130, "longest": 231}
LENGTHS = {
    (model, task): {"train": {"n": 6321, "prompt": COUNTED, "completion": {"median": 5, "p95": 7, "longest": 9}}}
    for model in ("llama", "mistral")
    for task in ("regimen", "modality", "icd10")
}
PROVENANCE = {
    "version": "0.1.0",
    "config sha256": "ab12" * 16,
    "seeds": {"extract": 7, "split": "radonc-sft"},
    "packages": {"torch": "2.13.0", "transformers": "5.23.0", "pandas": "3.1.1"},
    "started": "2025-03-01 12:00",
}
UNRATED = {"items": 150, "rated": 0, "outstanding": {"reviewer-1": 150, "reviewer-2": 150}, "arms": [], "agreement": []}


def report(n_cases: int = 900, n_test: int = 400, **changes: Any) -> Report:
    """Return a report's inputs; ``changes`` replace what would stand there."""
    return dataclasses.replace(unchanged(n_cases, n_test), **changes)


@cache
def unchanged(n_cases: int, n_test: int) -> Report:
    cohort = cases(n_cases)
    scored = scores(cohort.head(n_test))
    return Report(
        title="Demonstration on synthetic records",
        synthetic=True,
        confidence=0.95,
        seed=1,
        smallest=11,
        examples=True,
        flow=flow(),
        cases=cohort,
        audit=AUDIT,
        run=RUN,
        answer_modes={"modality": "free", "icd10": "free"},
        curves={adapter: curve(seed) for seed, adapter in enumerate(ADAPTERS)},
        manifests=dict.fromkeys(ADAPTERS, MANIFEST),
        lengths=LENGTHS,
        scores=scored,
        summary=summary(scored),
        per_class=per_class(scored),
        comparisons=comparisons(scored),
        model_comparisons=model_comparisons(n_test),
        answer_mode_comparisons=modes(n_test),
        runs=runs(n_test),
        spread=spread(runs(n_test)),
        calibration=calibration(n_test),
        reliability=reliability(n_test),
        subgroups=subgroups(n_test),
        subsets=subsets(n_test),
        label_noise=label_noise(n_test),
        coherence=coherence(n_test),
        alpha_beta_gy=10,
        plausibility="plausibility.example.yaml",
        near_duplicate=0.9,
        pairs=pairs(cohort),
        ratings=UNRATED,
        outstanding={"regimen": 201, "modality": 0, "icd10": 113},
        provenance=PROVENANCE,
    )
