import os

from radonc.run import offline


def test_nothing_may_reach_for_a_network(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", dict(os.environ, HF_HUB_OFFLINE="0"))
    offline.go_offline()
    for switch in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "HF_EVALUATE_OFFLINE", "HF_HUB_DISABLE_TELEMETRY"):
        assert os.environ[switch] == "1"
    # Absolute: a job that changes its folder keeps its cache.
    assert os.environ["HF_HOME"] == str(tmp_path.resolve() / offline.CACHE)
