#!/bin/sh
# Make LLaMA-Factory's environment under benchmarks/train/.envs/. PYTHON names the interpreter (default python3).
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
env="$here/.envs/llamafactory"
rm -rf "$env"
"${PYTHON:-python3}" -m venv "$env"
"$env/bin/pip" install --quiet torch==2.13.0 llamafactory==0.9.5
# It imports both and needs neither for text; what it pulls in was built for another torch.
"$env/bin/pip" uninstall --quiet --yes torchvision torchaudio
touch "$("$env/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/torchaudio.py"
