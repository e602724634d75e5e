"""What a study's settings say in words of the vocabulary and of its own rules: checked before any job."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from radonc.data import mapping, rules
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.files import raise_for
from radonc.runtime.settings.study import complete, require_one


def prepare(config: dict[str, Any], configfiles: Sequence[str | Path], cli: Mapping[str, Any] | None = None) -> None:
    """Check a config and complete it in place (``load.complete``), its mapping and the rules of its cohort included.

    Raise StudyError with a line for every fault, also where several config files are named.
    """
    require_one(configfiles)
    study = complete(config, cli)
    checks: tuple[Callable[[], object], ...] = (
        lambda: mapping.check(study.mapping(), study.extract.mapping),
        lambda: rules.chosen(study.cohort.rules, study.cohort.custom_rules),
    )
    faults = []
    for check in checks:
        try:
            check()
        except StudyError as error:
            faults.append(str(error))
    raise_for(faults)
