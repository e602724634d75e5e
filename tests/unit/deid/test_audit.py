import json

from deid_extract import DIAGNOSIS, LEXICON, WHITFIELD, YOUNG, crosswalk_of, extract

from radonc.deid import audit, structured_fields
from radonc.deid.scrubber.tokenizer import Span
from radonc.vocabulary.tags import Label


def test_the_audit_counts_tags_records_and_characters(tmp_path):
    history = "Whitfield, Harriet seen 3/7/2014"
    tables = extract(
        diagnoses=(DIAGNOSIS | {"history": history}, DIAGNOSIS | {"diagnosis_id": "2", "site": "Whitfield"})
    )
    _, counts = structured_fields.deidentify(tables, crosswalk_of(tables, tmp_path), LEXICON)
    summary = audit.passed(audit.describe(counts))
    assert summary["verdict"] == "Safe Harbor checks passed"
    assert summary["rows"] == {"patients": 2, "diagnoses": 2, "plans": 1, "annotations": 0, "rejected_rows": 0}
    texts = summary["texts_by_table"]["diagnoses"]
    assert {label: n for label, n in texts["tags"].items() if n} == {"NAME": 2, "DATE": 1}
    assert (texts["texts"], texts["texts_with_tags"], texts["rows_with_tags"]) == (20, 2, 2)
    assert summary["texts"]["tags"] == texts["tags"]
    assert summary["texts_by_table"]["patients"]["share_of_characters_redacted"] == 0.0


def test_the_share_is_of_the_characters_before_scrubbing():
    counts = audit.Counts({"diagnoses": 1})
    counts.add("diagnoses", "history", 0, "Whitfield came in", [Span(0, 9, Label.NAME)], (3, 1))
    counts.add("diagnoses", "history", 0, "abc", [], (1, 0))
    summary = audit.describe(counts)
    assert summary["texts"]["share_of_characters_redacted"] == round(9 / 20, 6)
    assert (summary["texts"]["texts"], summary["texts"]["rows_with_tags"]) == (2, 1)


def test_counts_are_by_column_as_well():
    counts = audit.Counts({"diagnoses": 2})
    counts.add("diagnoses", "history", 0, "Whitfield came in", [Span(0, 9, Label.NAME)], (3, 1))
    counts.add("diagnoses", "t_stage", 0, "T2", [], (2, 0))
    counts.add("diagnoses", "t_stage", 1, "Whitfield", [Span(0, 9, Label.NAME)], (1, 1))
    summary = audit.describe(counts)
    whole = summary["texts_by_table"]["diagnoses"]
    assert (whole["tokens"], whole["tokens_redacted"], whole["share_of_tokens_redacted"]) == (6, 2, round(2 / 6, 6))
    assert (whole["rows_with_tags"], whole["tags"]["NAME"]) == (2, 2)
    columns = whole["columns"]
    assert list(columns) == ["history", "t_stage"]
    assert (columns["t_stage"]["texts"], columns["t_stage"]["texts_with_tags"]) == (2, 1)
    for name in ("texts", "texts_with_tags", "tokens", "tokens_redacted", "characters", "characters_redacted"):
        assert sum(part[name] for part in columns.values()) == whole[name] == summary["texts"][name]


def test_the_vocabulary_and_what_the_gate_searched_for_are_in_it():
    source = {"name": "anatomy", "origin": "radonc-sft", "version": "0.2", "digest": "ab", "n_words": 3}
    summary = audit.passed(audit.describe(audit.Counts(), [source]), {"full name": 12})
    assert summary["vocabulary"] == [source]
    assert summary["residual_checks"] == {"searched": [{"kind": "full name", "number": 12}], "found": 0}


def test_the_audit_is_json_without_values_and_claims_no_compliance(tmp_path):
    tables = extract()
    _, counts = structured_fields.deidentify(tables, crosswalk_of(tables, tmp_path), LEXICON)
    written = json.dumps(audit.passed(audit.describe(counts)))
    assert "compliant" not in written.lower()
    assert not any(value in written for value in (*WHITFIELD.values(), *YOUNG.values()))


def test_the_descriptions_of_shards_add_up_to_that_of_the_whole(tmp_path):
    history = "Whitfield, Harriet seen 3/7/2014"
    answer = {"patient_id": "100777", "task": "icd10", "answer": "for Grace Young"}
    tables = extract(diagnoses=(DIAGNOSIS | {"history": history},), annotations=(answer,))
    crosswalk = crosswalk_of(tables, tmp_path)

    def described(patients: set[str]) -> dict:
        shard = {name: frame[frame["patient_id"].isin(patients)] for name, frame in tables.items()}
        return audit.describe(structured_fields.deidentify(shard, crosswalk, LEXICON)[1], LEXICON.describe())

    whole = described({"100234", "100777"})
    assert audit.total([described({"100234"}), described({"100777"})]) == whole
    assert audit.total([whole]) == whole
    assert whole["texts"]["tags"]["NAME"] > 1
