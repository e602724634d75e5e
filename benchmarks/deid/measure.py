"""Run a program on one core and report what it took, as JSON on the file named: seconds, CPU seconds, peak memory.

    python -S measure.py report.json program argument ... < in > out

It is a program of its own because the system counts the memory of the process that starts another one, up to that
moment, as the other's: started by this small one, a program's peak is its own. Linux alone.
"""

from __future__ import annotations

import json
import os
import sys
import time


def main(report: str, command: list[str]) -> int:
    """Run the command on the last core that this process may use; return its exit status."""
    core = max(os.sched_getaffinity(0))
    started = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os.sched_setaffinity(0, {core})
        os.execvp(command[0], command)
    _, status, usage = os.wait4(pid, 0)
    took = {
        "core": core,
        "seconds": time.perf_counter() - started,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss * 1024 / 1e6,
    }
    with open(report, "w", encoding="utf-8") as file:  # noqa: PTH123 - the fewer modules, the smaller the process
        json.dump(took, file)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
