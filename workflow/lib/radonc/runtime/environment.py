"""The environment of a job, whatever runs it: what it inherits, what it leaves out, and no network."""

import os
import socket
import sys
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from radonc.runtime.errors import StudyError

CACHE = Path(".cache") / "huggingface"
TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
_hooks: list[Any] = []


def prepare(library: Path) -> None:
    """Set the environment of this process, which its jobs inherit.

    Jobs find the library and this interpreter. Training on a CPU is twice as fast when glibc keeps the memory that each
    step frees, instead of handing it back to the system and asking for it again.
    """
    os.environ["PYTHONPATH"] = str(library)
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    os.environ["MALLOC_MMAP_THRESHOLD_"] = os.environ["MALLOC_TRIM_THRESHOLD_"] = str(2**32)


def leave_out(library: str) -> None:
    """Let a library count as not installed in this process, before others import it because it is there.

    peft imports bitsandbytes, and with it PyTorch's compiler, also where no weight has four bits: two seconds a job.
    """
    sys.modules.setdefault(library, cast(ModuleType, None))


def keep_to_project() -> None:
    """Keep the caches of the Hugging Face libraries inside the project, and switch their telemetry off."""
    os.environ.update(HF_HOME=str(CACHE.resolve()), HF_HUB_DISABLE_TELEMETRY="1", TOKENIZERS_PARALLELISM="false")


def go_offline() -> None:
    """Cut this process off from the hub before its libraries are imported: switches, tokens, sockets."""
    keep_to_project()
    os.environ.update(
        HF_HUB_OFFLINE="1",
        HF_DATASETS_OFFLINE="1",
        HF_EVALUATE_OFFLINE="1",
        # Their bars do not suit jobs side by side; radonc.runtime.logs has one that does.
        HF_HUB_DISABLE_PROGRESS_BARS="1",
        HF_DATASETS_DISABLE_PROGRESS_BARS="1",
        TRANSFORMERS_VERBOSITY="error",
    )
    for name in TOKENS:
        os.environ.pop(name, None)
    if _refuse not in _hooks:
        _hooks.append(_refuse)
        sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """Refuse to connect to another machine, at once.

    Libraries retry, with pauses, what fails as a network fails; this error they pass on. Only Python's own sockets come
    here: the processes of one training job talk through PyTorch's.
    """
    if event != "socket.connect":
        return
    sock, address = arguments
    if sock.family not in (socket.AF_INET, socket.AF_INET6) or sock.type != socket.SOCK_STREAM:
        return
    host = address[0]
    with suppress(ValueError):
        if ip_address(host.partition("%")[0]).is_loopback:
            return
    if host != "localhost":
        raise StudyError(
            f"this job runs offline, and something in it tried to reach {host}: only fetch_model may. Fetch what is "
            "missing on the login node (snakemake all_models), or name a local folder under models.<name>.folder"
        )
