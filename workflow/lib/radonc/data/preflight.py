"""What a study's settings say in words of the vocabulary and of its own rules: checked before any job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from radonc.data import mapping, rules
from radonc.runtime.errors import StudyError
from radonc.runtime.settings.errors import raise_for
from radonc.runtime.settings.load import complete, require_one
from radonc.runtime.settings.study import Study


def prepare(config: dict[str, Any], configfiles: Sequence[str | Path], cli: Mapping[str, Any] | None = None) -> None:
    """Check a config and complete it in place (``load.complete``), with what only this room knows of it.

    Raises
    ------
    StudyError
        With a line for every fault, also where several config files are named.
    """
    require_one(configfiles)
    check(complete(config, cli))


def check(study: Study) -> None:
    """Check the mapping of the extract and the rules of the cohort.

    Raises
    ------
    StudyError
        With a line for every fault.
    """
    faults = []
    try:
        mapping.check(study.mapping(), study.extract.mapping)
    except StudyError as error:
        faults.append(str(error))
    try:
        rules.chosen(study.cohort.rules, study.cohort.custom_rules)
    except StudyError as error:
        faults.append(str(error))
    raise_for(faults)
