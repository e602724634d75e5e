import importlib.util
import sys

import pytest

from radonc.runtime import environment


def test_what_is_left_out_counts_as_not_installed(monkeypatch) -> None:
    monkeypatch.setattr(sys, "modules", {**sys.modules})
    sys.modules.pop("tabnanny", None)
    environment.leave_out("tabnanny")
    assert importlib.util.find_spec("tabnanny") is None
    with pytest.raises(ImportError):
        import tabnanny  # noqa: F401


def test_what_is_in_use_is_not_left_out() -> None:
    environment.leave_out("importlib.util")
    assert sys.modules["importlib.util"] is importlib.util
