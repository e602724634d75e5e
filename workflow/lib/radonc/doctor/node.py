"""What a node sees, told by a short job on it: ``python -m radonc.doctor.node FILE TEXT [gpu]`` prints JSON."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path


def main(args_list: list[str]) -> None:
    """Read a file that the login node wrote, and try the GPU."""
    file, text, *more = args_list
    path = Path(file)
    seen: dict[str, object] = {
        "node": socket.gethostname(),
        "reads": path.exists() and path.read_text(encoding="utf-8") == text,
    }
    if more:
        import torch

        seen["gpus"] = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if seen["gpus"]:
            # A driver may list a GPU that it cannot compute on.
            seen["sum"] = float(torch.ones(1000, device="cuda").sum())
    print(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1:])
