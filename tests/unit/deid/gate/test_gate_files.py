import base64
import json
import os
from functools import partial

import pandas as pd
import pyarrow
import pyarrow.parquet
import pytest
from gate_study import House, page
from huggingface_hub._local_folder import write_download_metadata

from radonc.deid.gate import files
from radonc.deid.gate.__main__ import main
from radonc.deid.gate.files import Rows, Text, visible
from radonc.deid.gate.folded_text import fold_text
from radonc.deid.gate.folder import FETCHED, OTHERS, PRIVATE, WRITTEN, certify, examine
from radonc.deid.gate.identifier_automaton import IdentifierAutomaton, RecordNumbers
from radonc.deid.gate.leak_search import LeakSearch, collect_tokens
from radonc.deid.gate.people import People
from radonc.runtime.errors import StudyError
from radonc.runtime.hashing import hash_file


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return House(tmp_path_factory.mktemp("house"))


@pytest.fixture
def house(built):
    """Return a clean house, and clean it up afterwards."""
    known = {path: path.lstat().st_mtime_ns for path in built.results.rglob("*")}
    yield built
    for path in sorted(set(built.results.rglob("*")) - known.keys(), reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    if any(path.is_file() and path.lstat().st_mtime_ns != time for path, time in known.items()):
        built.write_clean()


def found(house, name, content):
    """Return kinds and columns of the findings in one more file."""
    path = house.results / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    findings, _ = examine([house.results], house.private)
    assert {finding.artefact for finding in findings} <= {name}
    return {(finding.column, finding.kind) for finding in findings}


# ---- what cannot be read stops the run -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("report/flow.png", b"\x89PNG"),
        ("notes.docx", b"PK"),
        (".hidden", b""),
        ("logs/.log", b""),
        ("Whitfield", b""),
        ("deid/plans.pkl", b""),
        ("deid/broken.parquet", b"PAR1 no table"),
        ("cohort/broken.json", b'{"a": '),
        ("logs/utf16.log", "Harriet Whitfield".encode("utf-16")),
        ("statistics/latin.csv", "site\nMünchen".encode("latin-1")),
        ("statistics/nul.csv", b'site\n"' + b"x" * 10_000_001),
        ("report/photo.html", page(text='<img src="data:image/png;base64,iVBORw0KGgo=">').encode()),
        ("report/broken.svg", b'<svg><image href="data:image/svg+xml;base64,!!"/></svg>'),
    ],
)
def test_what_cannot_be_searched_stops_the_run(house, name, content):
    if name == "Whitfield":
        assert {kind for _, kind in found_withheld(house, name, content)} == {
            "cannot be checked: files of this kind are not known",
            "last_name in the name",
        }
        return
    ((column, kind),) = found(house, name, content)
    assert kind.startswith("cannot be checked")
    assert column == ""


def found_withheld(house, name, content):
    (house.results / name).write_bytes(content)
    findings, _ = examine([house.results], house.private)
    assert {finding.artefact for finding in findings} == {"(name withheld)"}
    return {(finding.column, finding.kind) for finding in findings}


def test_a_table_of_other_cells_than_texts_and_numbers_stops_the_run(house):
    path = house.results / "deid" / "lists.parquet"
    table = pyarrow.table({"names": [["Harriet", "Whitfield"]], "raw": [b"Whitfield"], "n": [1], "none": [None]})
    pyarrow.parquet.write_table(table, path)
    findings, _ = examine([house.results], house.private)
    assert {finding.kind for finding in findings} == {"cannot be checked: neither text nor number"}
    assert len(findings) == 2


def test_notes_and_categories_of_a_table_are_searched(house):
    path = house.results / "deid" / "notes.parquet"
    table = pyarrow.table({"site": pyarrow.array(["breast", "Harriet Whitfield"]).dictionary_encode()})
    pyarrow.parquet.write_table(table.replace_schema_metadata({"made by": "Rosalind Pemberton"}), path)
    findings, _ = examine([house.results], house.private)
    assert {(finding.column, finding.kind) for finding in findings} >= {("", "physician"), ("site", "full name")}


def test_links_and_private_areas_in_what_leaves_stop_the_run(house, tmp_path):
    (house.results / "logs" / "more").symlink_to(house.private, target_is_directory=True)
    (house.results / "copied.parquet").symlink_to(house.private / "extract" / "patients.parquet")
    findings, _ = examine([house.results], house.private)
    kinds = {(finding.artefact, finding.kind) for finding in findings}
    assert ("logs/more", "cannot be checked: a link to a folder") in kinds
    assert ("copied.parquet", "column of identifiers") in kinds
    (tmp_path / "private").mkdir()
    findings, _ = examine([tmp_path], house.private)
    assert [(finding.artefact, finding.kind) for finding in findings] == [("private", "a private area")]


@pytest.mark.parametrize("name", [".snakemake/log/run.log", "logs/.snakemake/run.log", ".cache/a.json"])
def test_no_folder_is_passed_over_for_its_name(house, name):
    assert ("", "full name") in found(house, name, '"Harriet Whitfield"')


def test_what_a_link_is_called_and_leads_to_is_searched(house, tmp_path):
    (tmp_path / "harriet_whitfield.log").write_text("well")
    (house.results / "logs" / "last.log").symlink_to(tmp_path / "harriet_whitfield.log")
    (house.results / "logs" / "lost.log").symlink_to(tmp_path / "nowhere.log")
    findings, _ = examine([house.results], house.private)
    assert {(finding.artefact, finding.kind) for finding in findings} == {
        ("logs/last.log", "full name"),
        ("logs/last.log", "last_name"),
        ("logs/lost.log", "cannot be checked: it leads to no file"),
    }


def test_what_is_no_file_stops_the_run_and_is_not_waited_for(house):
    os.mkfifo(house.results / "logs" / "pipe.log")
    findings, _ = examine([house.results], house.private)
    assert [(finding.artefact, finding.kind) for finding in findings] == [
        ("logs/pipe.log", "cannot be checked: it leads to no file")
    ]


def test_another_study_below_is_named_and_not_searched(house):
    other = house.results / "other"
    (other / "private" / "extract").mkdir(parents=True)
    (other / "deid").mkdir()
    (other / "deid" / "x.log").write_text("Harriet Whitfield")
    record = certify([house.results], house.private)
    assert record["not_searched"][OTHERS] == ["other"]
    assert f"what {OTHERS} (1)" in record["verdict"]
    assert not any(name.startswith("other/") for name in record["digests"])


def test_a_folder_that_is_only_called_private_stops_the_run_and_hides_nothing(house):
    (house.results / "deid" / "private").mkdir()
    (house.results / "deid" / "private" / "notes.log").write_text("well")
    (house.results / "deid" / "notes.log").write_text("Harriet Whitfield")
    kinds = {(finding.artefact, finding.kind) for finding in examine([house.results], house.private)[0]}
    assert kinds >= {("deid/private", "a private area"), ("deid/notes.log", "full name")}


# ---- each kind is read in its way ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "markup",
    [
        "Harriet Whit<b>field</b>",
        "<table><tr><td>Whitfield</td><td>Harriet</td></tr></table>",
        "Harriet &#87;hitfield",
        "Harriet&nbsp;Whit&shy;field",
        "<a href='/cases?name=Harriet%20Whitfield'>case</a>",
        "<script>const x = 'Harriet Whitfield'</script>",
        "<style>p::after { content: 'Harriet Whitfield' }</style>",
        "<!-- Harriet Whitfield -->",
        "<?note Harriet Whitfield?>",
        "<![CDATA[Harriet Whitfield]]>",
        "<input value='Harriet Whitfield'>",
        f"<img src='data:image/svg+xml;base64,{base64.b64encode(b'<text>Harriet Whitfield</text>').decode()}'>",
        '<img src="data:image/svg+xml,%3Csvg%3E%3Ctext%3EHarriet%20Whitfield%3C/text%3E%3C/svg%3E">',
        "<svg><text>Harriet <tspan>Whit</tspan><tspan>field</tspan></text></svg>",
    ],
)
def test_names_are_found_wherever_markup_holds_them(house, markup):
    assert ("", "full name") in found(house, "report/more.html", f"<p>{markup}</p>")


def test_what_is_seen_is_kept_apart_from_what_stands_beside_it():
    parts = visible("<p title='beside'>seen <b>one</b></p>")
    assert [part.text.split() for part in parts if isinstance(part, Text)] == [["seen", "one"], ["title", "beside"]]


@pytest.mark.parametrize(
    ("value", "finding"),
    [
        ({"Harriet Whitfield": 1}, ("", "full name")),
        ({"people": [{"first": "Harriet", "last": "Whitfield"}]}, ("", "full name")),
        ({"n": {"mrn": 7}}, ("mrn", "column of identifiers")),
        ({"cases": [{"age": 67}, {"age": 93}]}, ("age", "age over 89")),
        ({"case_id": "100234"}, ("case_id", "key without a pseudonym")),
        ({"note": "\u0048arriet W\\u0068itfield".encode().decode("unicode_escape")}, ("", "full name")),
        ({"ids": [100234, 100777]}, ("ids", "patient_id")),
    ],
)
def test_keys_values_and_numbers_of_json(house, value, finding):
    assert finding in found(house, "cohort/more.json", json.dumps(value))


def test_counts_settings_and_months_of_json_pass(house):
    value = {"seed": 20250130, "n_tokens": [422121, 500000], "code_set": "April 2025", "age": 90, "x": None, "y": True}
    assert found(house, "cohort/more.json", json.dumps(value)) == set()


@pytest.mark.parametrize(
    ("cell", "finding"),
    [
        ('{"C18.1": -0.0234}', False),  # 100234, across a label and its logarithm
        ('{"C61": -10.0234}', False),
        ('{"MRN 100234": -0.1}', True),
        ('{"C61": 100234}', True),
        ('{"C61": "100234"}', True),
        ('{"C61": -0.1, "note": "100234"}', True),
        ('{"C61": [-0.1, 100234]}', True),
        ("{100234", True),
    ],
)
def test_fractions_in_a_cell_of_json_are_numbers_and_all_else_in_it_is_text(house, cell, finding):
    path = house.results / "deid" / "labels.parquet"
    table = pyarrow.table({"case_id": [house.case, house.case], "label_log_p": [cell, None]})
    pyarrow.parquet.write_table(table, path)
    findings, _ = examine([house.results], house.private)
    assert bool(findings) == finding


def test_cells_beyond_the_header_are_searched_and_a_header_of_cells_is_not_quoted(house):
    assert ("column 2", "full name") in found(house, "statistics/a.csv", "site\nbreast,Harriet Whitfield\n")
    (house.results / "statistics" / "a.csv").unlink()
    headless = found(house, "statistics/b.csv", "Harriet,Whitfield\nGrace,Rosalind Pemberton\n")
    assert ("(name withheld)", "physician") in headless
    assert {column for column, _ in headless} == {"(name withheld)"}


def test_columns_of_record_numbers_are_found_whatever_they_are_called(house):
    path = house.results / "deid" / "numbers.parquet"
    pd.DataFrame({"n": [100234, 100777, 100888], "n_tokens": [100235, 100778, 100234]}).to_parquet(path)
    findings, _ = examine([house.results], house.private)
    assert [(finding.column, finding.kind, finding.count) for finding in findings] == [("n", "patient_id", 3)]


def test_names_in_vocabularies_and_side_files_of_models_are_others(house):
    tokens = {token: place for place, token in enumerate(["ĠWhitfield", "▁O'Dowd", "Harriet", "Whitfield"])}
    assert found(house, "models/demo-llama/tokenizer.json", json.dumps({"model": {"vocab": tokens}})) == set()
    assert found(house, "adapters/demo-llama/icd10/README.md", "Whitfield et al. (2019)") == set()
    assert found(house, "docs/README.md", "Whitfield et al. (2019)") == {("", "last_name")}


def test_files_that_came_with_a_public_model_pass_while_they_are_as_they_came(house):
    folder = house.results / "models" / "llama2-7b"
    folder.mkdir(parents=True)
    (folder / "tokenizer.model").write_bytes(b"\x00Harriet Whitfield")
    (folder / "LICENSE").write_text("of Harriet Whitfield")
    digests = {name: hash_file(folder / name) for name in ("tokenizer.model", "LICENSE")}
    manifest = {"source": {"hub": "meta-llama/Llama-2-7b-hf", "revision": "0" * 40}, "files": digests}
    (folder / "model.json").write_text(json.dumps(manifest))
    record = certify([house.results], house.private)
    assert record["not_searched"][FETCHED] == [f"models/llama2-7b/{name}" for name in sorted(digests)]
    assert f"what {FETCHED} (2)" in record["verdict"]
    assert not digests.keys() & {name.rpartition("/")[2] for name in record["digests"]}
    (folder / "LICENSE").write_text("of Harriet Whitfield, changed")
    (folder / "tokenizer.model").write_bytes(b"changed")
    kinds = {(finding.artefact, finding.kind) for finding in examine([house.results], house.private)[0]}
    assert ("models/llama2-7b/LICENSE", "full name") in kinds
    assert any(kind.startswith("cannot be checked") for name, kind in kinds if name.endswith("tokenizer.model"))


def test_what_the_hubs_client_notes_beside_a_model_passes(house):
    folder = house.results / "models" / "llama2-7b"
    folder.mkdir()
    write_download_metadata(folder, "config.json", "0" * 40, "1" * 40)
    names = {name.rpartition("/")[2] for name in certify([house.results], house.private)["digests"]}
    assert {".gitignore", "CACHEDIR.TAG", "config.json.metadata"} <= names


# ---- coincidence -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("toxicity may grade into young grace", set()),
        ("Grace Young", {"full name"}),
        ("GraceYoung.csv", {"full name"}),
        ("grace young", set()),
        ("Young", set()),
        ("Mr. Young", {"last_name"}),
        ("miss young", set()),
        ("Hodgkin lymphoma", set()),
        ("Dr. Hodgkin", {"last_name"}),
        ("Mobile, well", set()),
    ],
)
def test_ordinary_words_count_only_as_whole_names_or_behind_a_title(house, text, kinds):
    assert found_in(house, Text(text)) == kinds


def found_in(house, part):
    """Return the kinds found in a text or a table."""
    people = People.from_private_area(house.private)
    return {finding.kind for finding in LeakSearch(people, {"a": partial(iter, [part])}).findings()}


def shared(house, cells, owners, **columns):
    """Return the kinds found in rows of these patients, by pseudonym."""
    return found_in(house, Rows(pyarrow.table({"case_id": owners, "history": cells, **columns})))


def test_an_ordinary_word_in_the_patients_row_counts_unless_all_have_it(house, monkeypatch):
    young = house.walk.pseudonyms["patient_id"]["100777"]
    others = [pseudonym for source, pseudonym in house.walk.pseudonyms["patient_id"].items() if source != "100777"]
    assert shared(house, ["a young woman", "well", "well"], [young, *others]) == {"last_name"}
    monkeypatch.setattr("radonc.deid.gate.leak_search.MIN_SHARED_PATIENTS", 3)
    assert shared(house, ["a young woman"] * 3, [young, *others]) == set()
    assert shared(house, ["young: no", "young: yes", "young: maybe"], [young, *others]) == set()
    assert shared(house, ["young: no", "old: yes", "young: maybe"], [young, *others]) == {"last_name"}
    assert shared(house, ["Whitfield"] * 3, [young, *others]) == {"last_name"}


def test_a_model_may_make_up_dates_and_words_but_not_repeat_the_patients(house):
    young = house.walk.pseudonyms["patient_id"]["100777"]
    assert not predicted(house, young, "seen on 3/14/2015, aged 95, young grace")
    assert predicted(house, young, "born 11/20/1930") == {"date"}
    assert predicted(house, young, "call 251-555-0199") == {"phone"}


def predicted(house, pseudonym, answer):
    table = pyarrow.table({"case_id": [pseudonym], "model": ["demo-llama"], "answer": [answer]})
    return found_in(house, Rows(table))


class Everything(set):
    """The set that holds whatever is asked for."""

    def __contains__(self, _):
        return True


def test_what_is_left_out_of_the_automaton_could_not_have_matched(house):
    people = People.from_private_area(house.private)
    paths = [path for path in house.results.rglob("*.*") if path.suffix in (".parquet", ".json", ".html")]
    present = collect_tokens([partial(files.parts, path) for path in paths])
    texts = [part.text for path in paths for part in files.parts(path) if isinstance(part, Text)]
    texts += ["Harriet O'Dowd of 12 Orchard Ln, Cedar Rapids", "Pemberton, Rosalind (319) 555 0147", "PL-90001"]
    present |= {word for text in texts for word in fold_text(text).spaced.split()}
    small = IdentifierAutomaton(people, present, RecordNumbers(people, present))
    whole = IdentifierAutomaton(people, Everything(), RecordNumbers(people, Everything()))
    assert 0 < small.size < whole.size
    for text in texts:
        assert small.kinds(fold_text(text), single_names=True) == whole.kinds(fold_text(text), single_names=True)
    assert any(whole.kinds(fold_text(text), single_names=True) for text in texts)


def numbers(*values):
    """Return the record numbers of an extract with these, all of them present."""

    class Numbered:
        def values(self, column):
            return iter(values if column == "mrn" else ())

    return RecordNumbers(Numbered(), set(values))


def test_numbers_of_which_most_are_taken_identify_nobody():
    sparse = numbers(*(str(number) for number in range(1_000_000, 9_000_000, 800)))
    assert not sparse.is_dense("mrn", "1803392")
    assert sparse.dense_lengths() == []
    assert sparse.kind_of({"1000000", "1000800", "3000123"}) == "mrn"
    assert sparse.kind_of({"1000000", "1000801", "3000123"}) is None
    assert sparse.kind_of({"1000000"}) is None  # by chance, one in 800
    serial = numbers(*(str(number) for number in range(2_000_000, 2_500_000)))
    assert serial.is_dense("mrn", "2100000")
    assert not serial.is_dense("mrn", "21000000")
    assert serial.dense_lengths() == ["mrn of 7 digits"]
    assert serial.kind_of({"2100000", "2200000", "2300000"}) is None


# ---- the record and the command --------------------------------------------------------------------------------


def test_the_record_says_what_was_searched_for_and_where(house):
    record = certify([house.results], house.private)
    assert record["artefacts"]["tables"] == 7
    assert record["identifiers_searched"]["last_name"] == 3
    assert record["identifiers_searched"]["mrn"] == 3
    assert record["artefacts"]["weights"] == 1
    assert record["not_searched"] == {PRIVATE: ["private"]}
    assert record["verdict"].endswith(f"; not searched: what {PRIVATE} (1)")
    assert record["digests"]["logs/extract.log"] == hash_file(house.results / "logs" / "extract.log")
    assert not any(name.startswith("private") for name in record["digests"])
    assert certify([house.results], house.private) == record


def test_logs_elsewhere_are_searched_and_the_jobs_own_files_are_not(house, tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "extract.log").write_text("Harriet Whitfield")
    (logs / "certify.log").write_text("Harriet Whitfield")
    with pytest.raises(StudyError, match=r"'.*extract\.log': full name"):
        certify([house.results, logs], house.private, leave_out=[logs / "certify.log"])
    (logs / "extract.log").write_text("well")
    own = [logs / "certify.log"]
    record = certify([house.results, logs, house.results / "logs"], house.private, leave_out=own)
    assert record["not_searched"][WRITTEN] == ["certify.log"]
    assert f"what {WRITTEN} (1)" in record["verdict"]


def test_the_command_prints_findings_and_ends_with_their_sign(house, tmp_path, capsys):
    arguments = [str(house.results), "--private", str(house.private)]
    assert main([*arguments, "--record", str(tmp_path / "record.json")]) == 0
    assert "no identifier of the extract found in" in capsys.readouterr().out
    assert json.loads((tmp_path / "record.json").read_text())["verdict"].startswith("no identifier")
    house.write("log", "Harriet Whitfield")
    assert main(arguments) == 1
    said = capsys.readouterr().out
    assert "'logs/extract.log': full name (1)" in said
    assert "whitfield" not in said.lower()
    (house.results / "other" / "private" / "extract").mkdir(parents=True)
    house.write_clean()
    assert main(arguments) == 1
    said = capsys.readouterr().out
    assert f"'other' was not searched: it {OTHERS}" in said
    assert "must not leave before it was searched by itself" in said


def test_a_private_area_that_is_none_is_named(house, tmp_path, capsys):
    assert main([str(house.results), "--private", str(tmp_path)]) == 1
    assert "is no private area" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([str(house.results / "nowhere"), "--private", str(house.private)])
    assert "is no folder" in capsys.readouterr().err
