import io
import json
import os
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import pytest
from deid_extract import LEXICON

from radonc.deid import __main__ as command
from radonc.runtime.errors import StudyError
from radonc.vocabulary.tags import TAG

LIBRARY = Path(command.__file__).parents[2]


ENVIRONMENT = {**os.environ, "PYTHONPATH": str(LIBRARY), "PYTHONUNBUFFERED": ""}


def start(*arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "radonc.deid", *map(str, arguments)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=ENVIRONMENT,
    )  # fmt: skip


def run(*records, arguments=()):
    """Run the command on records or lines; return exit status, records that came back, and what it complained of."""
    lines = [record if isinstance(record, bytes) else json.dumps(record).encode() for record in records]
    process = start(*arguments)
    out, complaint = process.communicate(b"\n".join(lines), timeout=60)
    return process.returncode, [json.loads(line) for line in out.decode().splitlines()], complaint.decode()


NOTE = "José Muñoz (👍) seen 3/14/2015 by Dr. Long; 50.4 Gy in 28 fx, MRN 00481516."
KNOWN = {"last_name": "Muñoz", "first_name": ["José", "Pepe"], "mrn": "00481516", "birth_date": "1951-05-02"}


def test_records_come_back_in_order_with_tags_and_places():
    status, answers, complaint = run(
        {"id": 7, "text": NOTE, "known": KNOWN},
        b"",
        {"id": "b", "text": ""},
        {"text": "pepe", "known": {}},
        # half a surrogate pair
        b'{"id": 9, "text": "a \\ud83d b"}',
    )
    assert (status, complaint) == (0, "")
    assert [answer["id"] for answer in answers] == [7, "b", None, 9]
    assert answers[0]["text"] == "[NAME] (👍) seen [DATE] by Dr. [NAME]; 50.4 Gy in 28 fx, MRN [ID]."
    assert answers[1] == {"id": "b", "text": "", "spans": []}
    assert answers[3]["text"] == "a \ud83d b"
    for answer in answers:
        assert answer.keys() == {"id", "text", "spans"}
        assert all(place.keys() == {"start", "end", "label"} for place in answer["spans"])
    places = [(NOTE[place["start"] : place["end"]], place["label"]) for place in answers[0]["spans"]]
    assert places == [("José Muñoz", "NAME"), ("3/14/2015", "DATE"), ("Long", "NAME"), ("00481516", "ID")]


def test_the_text_is_the_input_with_the_places_replaced():
    answer = command.scrub({"id": 1, "text": NOTE, "known": KNOWN}, LEXICON)
    parts, position = [], 0
    for place in answer["spans"]:
        parts += [NOTE[position : place["start"]], f"[{place['label']}]"]
        position = place["end"]
    assert "".join([*parts, NOTE[position:]]) == answer["text"]
    assert len(TAG.findall(answer["text"])) == len(answer["spans"])


def test_a_clinics_own_words_pass(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).write_text(f"# ours\n{name.title()}orblax\n", encoding="utf-8")
    record = {"id": 1, "text": "on oneorblax and twoorblax"}
    arguments = ("--words", tmp_path / "one", "--words", tmp_path / "two")
    assert command.scrub(record, LEXICON)["text"] != record["text"]
    assert run(record, arguments=arguments)[1][0]["text"] == record["text"]


def test_a_list_that_is_not_there_is_named(tmp_path, capsys):
    assert command.main(["--words", str(tmp_path / "none.txt")]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "none.txt" in captured.err


BAD = [
    b"Muriel Okafor",
    b'"Muriel Okafor"',
    b"[1, 2]",
    b'{"id": 1}',
    b'{"id": 1, "text": null}',
    b'{"id": 1, "text": 5}',
    b'{"id": 1, "text": "Muriel Okafor", "known": "Okafor"}',
    b'{"id": 1, "text": "Muriel Okafor", "known": {"last_name": 5}}',
    b'{"id": 1, "text": "Muriel Okafor", "known": {"last_name": [5]}}',
    b'{"id": 1, "text": "Muriel Okafor", "known": {"last_name": {"Okafor": 1}}}',
    b'{"id": 1, "text": "Muriel Okafor", "known": {"birth_date": "19510502"}}',
    b'{"id": 1, "text": "Muriel Okafor", "known": {"birth_date": ["1951-05-02", "1951-13-02"]}}',
    b'{"id": 1, "text": "Muriel Okafor", "known": {"birth_date": "5/2/1951 Okafor"}}',
    b'{"id": 1, "text": "Muriel Okafor"',
    b"[" * 100_000,
    b'{"id": 1, "text": "Mu\xf1oz Okafor"}',
]


@pytest.mark.parametrize("line", BAD, ids=range(len(BAD)))
def test_a_line_that_is_no_record_is_named_and_its_content_is_not(line):
    records = command.records([b"\n", b'{"id": 1, "text": "fine"}\n', line])
    assert command.scrub(next(records), LEXICON)["text"] == "fine"
    with pytest.raises(StudyError, match="line 3") as caught:
        next(records)
    message = str(caught.value)
    assert not any(word in message for word in ("Okafor", "Muriel", "1951"))


def test_what_comes_before_a_bad_line_is_answered_and_the_run_fails():
    status, answers, complaint = run({"id": 1, "text": "fine"}, b"Muriel Okafor", {"id": 2, "text": "never read"})
    assert status == 1
    assert [answer["id"] for answer in answers] == [1]
    assert "line 2" in complaint
    assert "Okafor" not in complaint
    assert "Traceback" not in complaint


def test_input_that_is_not_utf_8_is_a_clear_error():
    status, answers, complaint = run({"id": 1, "text": "fine"}, b'{"id": 2, "text": "Mu\xf1oz"}')
    assert (status, len(answers)) == (1, 1)
    assert complaint.startswith("line 2: ")
    assert "UTF-8" in complaint
    assert "Traceback" not in complaint
    assert "oz" not in complaint


def test_what_is_null_is_not_known():
    record = {"id": 1, "text": "a brown rash", "known": {"last_name": None, "birth_date": [], "mrn": ""}}
    assert command.scrub(next(command.records([json.dumps(record)])), LEXICON)["text"] == "a brown rash"
    assert command.scrub(next(command.records(['{"text": "x", "known": null}'])), LEXICON)["text"] == "x"


def test_without_input_nothing_happens():
    assert run() == (0, [], "")


def test_unicode_goes_through_whatever_the_terminal_speaks():
    text = {"id": "ü", "text": "größe 👍 café"}
    environment = ENVIRONMENT | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "radonc.deid"], input=json.dumps(text, ensure_ascii=False).encode(), env=environment,
        capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "👍" in json.loads(done.stdout.decode())["text"]


def test_it_starts_and_answers_soon_and_each_record_before_the_next_is_read():
    started = perf_counter()
    process = start()
    for number in range(3):
        process.stdin.write(json.dumps({"id": number, "text": "seen by Okafor"}).encode() + b"\n")
        process.stdin.flush()
        # The input stays open: a command that waits for more, or holds its answers back, hangs here.
        answer = json.loads(process.stdout.readline())
        assert answer == {"id": number, "text": "seen by [NAME]", "spans": [{"start": 8, "end": 14, "label": "NAME"}]}
        if not number:
            seconds = perf_counter() - started
    process.stdin.close()
    assert process.wait(timeout=30) == 0
    print(f"started and answered in {seconds:.2f} s")
    assert seconds < 4


def test_help_says_how(capsys):
    with pytest.raises(SystemExit, match="0"):
        command.main(["--help"])
    out = capsys.readouterr().out
    assert "--words" in out
    assert "known" in out


def test_records_are_read_one_at_a_time():
    lines = iter(['{"id": 1, "text": "a"}\n', '{"id": 2, "text": "b"}\n'])
    first = next(command.records(lines))
    assert first["id"] == 1
    assert next(lines).startswith('{"id": 2')
    assert list(command.records(io.StringIO(""))) == []
