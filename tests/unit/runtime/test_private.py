import os
import stat

import pytest

from radonc.runtime import private
from radonc.runtime.errors import StudyError


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


def test_an_area_of_another_user_is_refused_in_one_line(tmp_path, monkeypatch):
    area = tmp_path / "private"
    area.mkdir(mode=0o755)
    monkeypatch.setattr(os, "geteuid", lambda: area.stat().st_uid + 1)
    with pytest.raises(StudyError, match=rf"^{area} belongs to another user \([\w ]+\); continue as .* pathvars .*$"):
        private.make_private([area / "extract" / "plans.parquet"])
    assert mode(area) == 0o755
    private.require_own(tmp_path / "elsewhere")


def test_results_that_are_closed_to_this_user_are_refused_in_one_line(tmp_path, monkeypatch):
    def closed(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(tmp_path), "stat", closed)
    with pytest.raises(StudyError, match="is closed to you; continue as the user to whom it belongs"):
        private.require_own(tmp_path)
