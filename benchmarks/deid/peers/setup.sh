#!/bin/sh
# Make an environment for each peer under benchmarks/deid/.envs/, or for those named: setup.sh [presidio] [crate] ...
# PYTHON names the interpreter (3.11 or later; default python3).
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
[ $# -gt 0 ] || set -- presidio scrubadub datafog crate
for peer in "$@"; do
    env="$here/../.envs/$peer"
    rm -rf "$env"
    "${PYTHON:-python3}" -m venv "$env"
    # The pins are complete; of CRATE's many packages, only those that its scrubbers import are among them.
    "$env/bin/pip" install --quiet --no-deps --requirement "$here/$peer.txt"
done
