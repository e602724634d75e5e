#!/bin/sh
# Make lm-evaluation-harness's environment under benchmarks/statistics/.envs/. PYTHON names the interpreter.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
env="$here/.envs/harness"
rm -rf "$env"
"${PYTHON:-python3}" -m venv "$env"
# Without torch: no model is asked.
"$env/bin/pip" install --quiet lm-eval==0.4.13 datasets==5.2.0
