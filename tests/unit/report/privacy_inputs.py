"""Made-up inputs of a privacy page."""

from __future__ import annotations

from typing import Any

from radonc.report.privacy import PrivacyPage

KINDS = ("NAME", "DATE", "ID", "OTHER")


def texts(n: int, *tags: int, **more: Any) -> dict[str, Any]:
    return {
        "texts": n,
        "texts_withheld": 0,
        "tags": dict(zip(KINDS, tags, strict=True)),
        "tokens": 20 * n,
        "share_of_tokens_redacted": 0.0312345,
        "share_of_characters_redacted": 0.0267,
        **more,
    }


AUDIT = {
    "verdict": "Safe Harbor checks passed",
    "rows": {"patients": 15649, "diagnoses": 18469},
    "texts": texts(3000, 165, 83, 44, 7),
    "texts_by_table": {
        "patients": texts(0, 0, 0, 0, 0, columns={}),
        "diagnoses": texts(
            2500, 164, 80, 44, 7, columns={"history": texts(1500, 150, 80, 40, 7), "t_stage": texts(1000, 14, 0, 4, 0)}
        ),
        "plans": texts(500, 1, 3, 0, 0, columns={"site": texts(500, 1, 3, 0, 0)}),
    },
    "patients_without_name": 3,
    "ages_capped": 206,
    "days_capped": 0,
    "years_withheld": 36,
    "vocabulary": [
        {"name": "anatomy", "origin": "radonc-sft", "version": "0.2.0", "digest": "ab12" * 16, "n_words": 3120},
        {"name": "English", "origin": "hunspell-en", "version": "2020.12", "digest": "cd34" * 16, "n_words": 98212},
    ],
    "residual_checks": {
        "searched": [
            {"kind": "full name", "number": 15640},
            {"kind": "mrn", "number": 15649},
            {"kind": "email", "number": 4},
        ],
        "found": 0,
    },
}
GROUPS = {
    "patients": 7903,
    "steps": [
        {"added": "sex", "groups": 2, "k": 3783, "unique": 0, "below_5": 0, "below_11": 0},
        {"added": "age_band", "groups": 20, "k": 3, "unique": 0, "below_5": 3, "below_11": 7},
        {"added": "icd10_category", "groups": 400, "k": 1, "unique": 60, "below_5": 200, "below_11": 905},
    ],
    "as_released": {
        "fields": ["sex", "age", "icd10"], "groups": 6572, "k": 1, "unique": 5801, "below_5": 7455, "below_11": 7900
    },
    "sizes": [
        {"size": "1", "groups": 60, "patients": 60},
        {"size": "2–4", "groups": 50, "patients": 140},
        {"size": "5–10", "groups": 100, "patients": 705},
        {"size": "11–20", "groups": 80, "patients": 1112},
        {"size": "21–50", "groups": 45, "patients": 1351},
        {"size": "51 and more", "groups": 30, "patients": 4535},
    ],
}  # fmt: skip
STRATA = [
    {"table": "diagnoses", "column": "history", "length": "passage", "texts": 12835, "sampled": 360},
    {"table": "diagnoses", "column": "history", "length": "short", "texts": 25, "sampled": 2},
    {"table": "plans", "column": "site", "length": "short", "texts": 152, "sampled": 38},
]
UNREAD = {"items": 400, "read": 0, "outstanding": 400, "readers": {}, "confidence": 0.95, "strata": STRATA}
READ = {
    **UNREAD,
    "read": 390,
    "outstanding": 10,
    "readers": {"reader-1": 390, "reader-2": 200},
    "words": 8097,
    "n_redactions": 598,
    "missed": 2,
    "texts_with_misses": 2,
    "kinds": {"name": 1, "place": 1},
    "per_text": {"value": 2 / 390, "low": 0.00062, "high": 0.01840},
    "per_1000_words": {"value": 0.2470051, "low": 0.03, "high": 0.89},
    "recall": {"value": 598 / 600, "low": 0.988011, "high": 0.99959, "at_least": 0.9895432},
    "agreement": [{"reviewers": ["reader-1", "reader-2"], "n": 200, "raw": 0.985, "kappa": None, "ac1": 0.9843}],
}


def page(**changes: Any) -> PrivacyPage:
    """Return a page's inputs; ``changes`` replace what would stand there."""
    values: dict[str, Any] = {
        "title": "Demonstration",
        "synthetic": True,
        "smallest": 11,
        "examples": False,
        "audit": AUDIT,
        "groups": GROUPS,
        "reading": READ,
        "provenance": {
            "radonc-sft": "0.2.0",
            "config": {"files": ["config.yaml"], "digest": "ef56" * 16},
            "audit_digest": "9a7b" * 16,
        },
    }
    return PrivacyPage(**{**values, **changes})
