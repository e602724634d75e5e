"""A plan of a thousand jobs: what Snakemake needs to read the rules and to decide what is to be done."""

import re

import yaml
from checkouts import CONFIG, RECIPE, check_out, tiny_config

MAX_SECONDS = 20


def test_a_thousand_jobs_are_planned_in_twenty_seconds(tmp_path) -> None:
    checkout = check_out(tmp_path / "checkout")
    config = tiny_config()
    recipe = "config/recipes/tiny.yaml"
    (checkout.folder / recipe).write_text(yaml.safe_dump(RECIPE), encoding="utf-8")
    config["models"] = {f"demo-{i}": {"demo": "llama", "recipe": recipe} for i in range(85)}
    (checkout.folder / CONFIG).write_text(yaml.safe_dump(config), encoding="utf-8")
    seconds, done = checkout.timed("--profile", "slurm", "--dry-run", "--quiet", "rules")
    assert done.returncode == 0, done.stderr
    (n_jobs,) = set(re.findall(r"^total +(\d+)$", done.stdout, re.MULTILINE))
    assert int(n_jobs) >= 1000
    assert seconds < MAX_SECONDS
