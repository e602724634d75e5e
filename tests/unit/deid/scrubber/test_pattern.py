import re

import pytest

from radonc.deid.scrubber.pattern import is_count

COUNTED = [
    "2/14 nodes", "2/14 LN positive", "nodes: 2/14", "LN 2/14", "sentinel 0/3", "axillary nodes were 3/12",
    "cores 5/12", "5/12 cores", "N1 2/14", "pN1a (2/14)", "Gleason 3/5", "Grade 2/3", "Nottingham 8/9", "Allred 7/8",
    "ER 8/8", "BP 12/8", "pain 7/10", "pain is 7/10", "7/10 pain", "strength 4/5", "5/5 strength", "reflexes 2/4",
    "PHQ 2/9", "ECOG 1/5", "fx 12/16", "fraction 12/16", "5/6 fractions", "5/5 treatments", "10/10 Gy", "dose 8/1",
    "8/1 short", "8/1 to the rib", "20/5 to the spine", "L4 4/5", "vision 6/9", "OD 6/12", "levels 2/3", "for 3/7",
    "in 3/12", "24/7", "0.4/0.6", "x2/3", "-1/2", "+ 9/5", "2/3/4", "HER2 0/3", "score 2/9", "mitoses 3/10 hpf",
    "3/10 hpf", "2/3 of the breast", "1/2 drinks", "quadrants 2/4", "status 1/3 biopsies", "murmur 2/6",
    "2/6 systolic murmur", "cycle 3/6", "3/6 cycles", "GCS 3/15",
]  # fmt: skip
DAYS = [
    "seen 3/14", "on 3/14 she", "since 3/14", "CT 3/14", "MRI 3/14 shows", "3/14: pain", "bone scan (3/14)",
    "admitted 3/14 to the ward", "call 3/14", "3/14, no pain", "3/14", "until 3/14.", "follow-up 3/14",
    "surgery on 3/14 for", "PET/CT 3/14 and", "xi 3/14", "painter 3/14",
]  # fmt: skip


@pytest.mark.parametrize("text", COUNTED)
def test_counts_scores_and_doses(text):
    pair = re.search(r"\d+/\d+", text)
    assert is_count(text, *pair.span())


@pytest.mark.parametrize("text", DAYS)
def test_days(text):
    start = text.index("3/14")
    assert not is_count(text, start, start + 4)
