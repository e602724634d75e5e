import logging
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radonc.runtime import logs
from radonc.runtime.errors import StudyError

LIBRARY = Path(__file__).parents[3] / "workflow" / "lib"
SECRET = "Wilhelmina Achterberg"


@pytest.fixture(autouse=True)
def as_before():
    """Give the process its log, its excepthook and its warnings back."""
    root = logging.getLogger()
    handlers, level, hook, show = root.handlers, root.level, sys.excepthook, warnings.showwarning
    yield
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    logging.captureWarnings(False)
    root.handlers, root.level, sys.excepthook, warnings.showwarning = handlers, level, hook, show


def run(tmp_path, body, *, private=True):
    """Run a job that ends as ``body`` says; return its log and what the terminal shows."""
    script = tmp_path / "job.py"
    log = tmp_path / "logs" / "job.log"
    start = "from radonc.runtime import logs\nfrom radonc.runtime.errors import StudyError\n"
    start += f"log = logs.configure_logging({str(log)!r}, private={private})\n"
    script.write_text(start + body, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script], env={**os.environ, "PYTHONPATH": str(LIBRARY)}, capture_output=True, text=True
    )
    return done.returncode, log.read_text(encoding="utf-8"), done.stdout + done.stderr


FOREIGN = {
    "an exception": "raise ValueError(SECRET)",
    "its cause": "try:\n    raise ValueError(SECRET)\nexcept ValueError as e:\n    raise RuntimeError('no') from e",
    "its context": "try:\n    raise ValueError(SECRET)\nexcept ValueError:\n    raise KeyError(SECRET)",
    "a hidden context": "try:\n    raise ValueError(SECRET)\nexcept ValueError:\n    raise KeyError('no') from None",
    "a note": "e = ValueError('no')\ne.add_note(SECRET)\nraise e",
    "a note on its cause": "c = ValueError('no')\nc.add_note(SECRET)\nraise StudyError('Fix the file') from c",
    "a cause of a StudyError": "raise StudyError('Fix the file') from ValueError(SECRET)",
    "a note on a StudyError": "e = StudyError('Fix the file')\ne.add_note(SECRET)\nraise e",
    "a group": "raise ExceptionGroup(SECRET, [ValueError(SECRET), KeyError(SECRET)])",
    "an encoding": "(SECRET + 'é').encode('ascii')",
    "a number": "int(SECRET)",
    "a table": "import pandas as pd\npd.to_datetime(pd.Series([SECRET]), format='%Y')",
    "an arrow": "import pyarrow as pa\npa.array([1, SECRET])",
    "no memory": "raise MemoryError(SECRET)",
}


@pytest.mark.parametrize("body", FOREIGN.values(), ids=FOREIGN.keys())
def test_the_log_of_a_failed_private_job_has_the_traceback_and_no_value(tmp_path, body):
    # A traceback quotes lines of source, so the value must not stand in the source.
    source = f"SECRET = bytes.fromhex('{SECRET.encode().hex()}').decode()\n"
    code, log, shown = run(tmp_path, source + body)
    assert code == 1
    assert "Traceback (most recent call last):" in log
    assert "job.py" in log
    for text in (log, shown):
        for part in (SECRET, *SECRET.split()):
            assert part not in text


def test_the_text_of_a_study_error_is_shown_in_log_and_terminal(tmp_path):
    code, log, shown = run(tmp_path, "raise StudyError('Fix the file')")
    assert code == 1
    assert "StudyError: Fix the file" in log
    assert shown.startswith("Fix the file\n")
    assert str(tmp_path / "logs" / "job.log") in shown


def test_the_log_of_a_failed_open_job_tells_all(tmp_path):
    _, log, shown = run(
        tmp_path, "try:\n    int('twelve')\nexcept ValueError as e:\n    raise KeyError('no') from e", private=False
    )
    assert "invalid literal for int() with base 10: 'twelve'" in log
    assert "KeyError: 'no'" in log
    assert shown.startswith("KeyError\n")


def test_foreign_warnings_and_records_stay_out_of_a_private_log(tmp_path):
    body = (
        f"import logging, warnings\nwarnings.simplefilter('always')\nwarnings.warn('{SECRET}')\n"
        f"logging.getLogger('pandas').error('{SECRET}')\nlogging.error('{SECRET}')\nlog.info('%d rows', 3)\n"
        "logging.getLogger('radonc.deid').info('ours')\n"
    )
    code, log, shown = run(tmp_path, body)
    assert code == 0
    assert "INFO 3 rows" in log
    assert "INFO ours" in log
    assert SECRET not in log + shown


def test_foreign_warnings_and_records_stand_in_an_open_log(tmp_path):
    body = "import logging, warnings\nwarnings.warn('beware')\nlogging.getLogger('trl').warning('of me')\n"
    _, log, shown = run(tmp_path, body, private=False)
    assert "beware" in log
    assert "of me" in log
    assert not shown


def test_a_log_starts_anew_and_its_folder_is_made(tmp_path):
    path = tmp_path / "a" / "b" / "job.log"
    logs.configure_logging(path).info("first")
    logs.configure_logging(path).info("second")
    assert "first" not in path.read_text()
    assert "second" in path.read_text()


def test_describe_goes_through_long_chains():
    error = None
    for number in range(5):
        link = ValueError(f"{SECRET} {number}")
        link.__cause__ = error
        error = link
    text = "".join(logs.describe(error, private=True))
    assert text.count("text left out") == 5
    assert text.count("This led to:") == 4
    assert SECRET not in text
    assert SECRET in "".join(logs.describe(error, private=False))


def test_a_study_error_below_a_foreign_one_is_still_readable():
    error = KeyError(SECRET)
    error.__context__ = StudyError("Fix the file")
    text = "".join(logs.describe(error, private=True))
    assert "StudyError: Fix the file" in text
    assert SECRET not in text


# ---- progress ----------------------------------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(logs, "monotonic", lambda: now[0])
    return now


def test_an_announced_line_stands_on_the_terminal_and_in_the_log(capsys, caplog):
    with caplog.at_level(logging.INFO, logger="radonc"):
        logs.announce("plans: 634 rows")
    assert capsys.readouterr().err == "plans: 634 rows\n"
    assert caplog.messages == ["plans: 634 rows"]


def test_a_bar_is_a_whole_line_with_share_count_and_time_left(clock, capsys, caplog):
    bar = logs.Progress("finetune demo-llama icd10", 400)
    clock[0] = 30.0
    with caplog.at_level(logging.INFO, logger="radonc"):
        bar.step(100, "loss 1.2")
    line = "finetune demo-llama icd10 █████░░░░░░░░░░░░░░░  25% 100/400, 90 s left loss 1.2"
    assert capsys.readouterr().err == f"{line}\n"
    assert caplog.messages == [line]


def test_a_bar_is_shown_now_and_then_and_at_the_end(clock, capsys):
    bar = logs.Progress("x", 10)
    for second in range(1, 11):
        clock[0] = second * 4.0
        bar.step()
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[3] for line in lines] == ["3/10,", "6/10,", "9/10,", "10/10,"]


@pytest.mark.parametrize("total", [0, 1])
def test_a_job_without_steps_has_no_division_by_zero(clock, capsys, total):
    bar = logs.Progress("x", total)
    clock[0] = 20.0
    bar.step(0)
    assert "0%" in capsys.readouterr().err


@given(total=st.integers(0, 50), steps=st.lists(st.integers(0, 60), max_size=5))
def test_a_bar_never_runs_over_its_end(total, steps):
    shown = []
    bar = logs.Progress("x", total)
    bar._show = lambda *_: shown.append(min(bar.done / bar.total, 1.0))
    for step in steps:
        bar.step(step)
    assert all(0 <= share <= 1 for share in shown)
