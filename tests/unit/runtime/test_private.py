import os
import stat

from radonc.runtime import private


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_private_area_is_made_for_its_owner_alone(tmp_path):
    old = os.umask(0)
    try:
        private.make_private([tmp_path / "results" / "private" / "extract" / "plans.parquet"])
    finally:
        os.umask(old)
    assert mode(tmp_path / "results" / "private") == 0o700
    assert mode(tmp_path / "results") != 0o700


def test_an_area_that_stands_open_is_closed_and_keeps_its_files(tmp_path):
    area = tmp_path / "private"
    area.mkdir(mode=0o755)
    (area / "kept").write_text("x")
    private.make_private([str(area / "deep" / "file"), area / "other"])
    assert mode(area) == 0o700
    assert (area / "kept").read_text() == "x"


def test_nothing_outside_a_private_area_is_touched(tmp_path):
    (tmp_path / "privateer").mkdir(mode=0o755)
    private.make_private([tmp_path / "privateer" / "file", tmp_path / "private"])
    assert mode(tmp_path / "privateer") == 0o755
    assert not (tmp_path / "private").exists()
