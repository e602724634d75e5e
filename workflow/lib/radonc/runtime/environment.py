"""The environment that the workflow hands to its jobs, whatever runs them, and what they leave out of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType
from typing import cast


def leave_out(library: str) -> None:
    """Let a library count as not installed in this process, before others import it because it is there.

    peft imports bitsandbytes, and with it PyTorch's compiler, also where no weight has four bits: two seconds a job.
    """
    sys.modules.setdefault(library, cast(ModuleType, None))


def prepare(library: Path) -> None:
    """Set the environment of this process, which its jobs inherit.

    Jobs find the library and this interpreter. Training on a CPU is twice as fast when glibc keeps the memory that each
    step frees, instead of handing it back to the system and asking for it again.
    """
    os.environ["PYTHONPATH"] = str(library)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    os.environ["MALLOC_MMAP_THRESHOLD_"] = os.environ["MALLOC_TRIM_THRESHOLD_"] = str(2**32)
