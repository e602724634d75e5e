"""``python -m radonc.regimen``: a sentence a line in, a JSON object a line out."""

import json
import subprocess
import sys

COMMAND = [sys.executable, "-m", "radonc.regimen"]
KEYS = {
    *("site", "laterality", "dose_gy", "n_fractions", "fraction_dose_gy", "activity_mci"),
    *("modality", "technique", "energy", "boost", "schedule"),
}


def answers(data):
    done = subprocess.run(COMMAND, input=data, capture_output=True, check=True)
    assert done.stderr == b""
    return [json.loads(line, parse_constant=lambda name: name) for line in done.stdout.decode("utf-8").splitlines()]


def test_each_line_is_answered_by_an_object():
    first, empty, last = answers(b"left breast 50 Gy/25, aged 61\n\n8 Gy x 1")
    assert set(first) == set(empty) == {"phases", "mentions", "unused"}
    [phase] = first["phases"]
    assert set(phase) == KEYS
    assert (phase["laterality"], phase["dose_gy"], phase["fraction_dose_gy"]) == ("left", 50, 2)
    assert first["mentions"][0] == {"kind": "site", "value": "left breast", "start": 0, "end": 11}
    assert first["unused"] == [{"start": 27, "end": 29}]
    assert empty["phases"] == []
    assert last["phases"][0]["n_fractions"] == 1


def test_bytes_that_are_no_text_stop_nothing_and_shift_nothing():
    read, after = answers(b"\xff\xfe 60 Gy \x00\r\n50 Gy\n")
    assert read["mentions"] == [{"kind": "dose", "value": 60.0, "start": 3, "end": 8}]
    assert after["mentions"][0]["value"] == 50.0


def test_a_line_is_answered_before_the_next_is_read():
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        for dose in (50, 60):
            process.stdin.write(f"{dose} Gy\n".encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["phases"][0]["dose_gy"] == dose
        process.stdin.close()
        assert process.wait(timeout=10) == 0


def test_it_starts_without_the_packages_that_take_long():
    code = (
        "import sys, radonc.regimen.__main__; "
        "print(*sorted({'pandas', 'numpy', 'torch', 'yaml', 'pydantic', 'simple_icd_10_cm'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
