#!/bin/sh
# Install Slurm and munge as Debian packages. Needs root and apt; starts no service.
set -eu
for package in munge slurm-client slurmctld slurmd; do
    dpkg -s "$package" >/dev/null 2>&1 || missing="${missing:-} $package"
done
[ -n "${missing:-}" ] || exit 0
# A package that starts its daemons would start them without our configuration.
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
# shellcheck disable=SC2086
apt-get install -qq -y --no-install-recommends $missing ||
    { apt-get update -qq && apt-get install -qq -y --no-install-recommends $missing; }
