import subprocess
import sys

import pytest

from radonc.runtime.errors import StudyError
from radonc.runtime.locks import exclusive_lock

HOLD = """
import pathlib, sys
from radonc.runtime.locks import exclusive_lock

with exclusive_lock(pathlib.Path(sys.argv[1]), "x"):
    print(flush=True)
    sys.stdin.read()
"""


def test_the_lock_of_another_process_is_respected_and_ends_with_it(tmp_path) -> None:
    lock = tmp_path / "deep" / "lock"
    other = subprocess.Popen([sys.executable, "-c", HOLD, lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert other.stdout.readline()
    with (
        pytest.raises(StudyError, match="training m for t: another job is doing the same"),
        exclusive_lock(lock, "training m for t"),
    ):
        pass
    other.kill()
    other.wait()
    with exclusive_lock(lock, "training m"):
        pass
