#!/usr/bin/env bash
# Installs the client into a virtual environment of its own, once for a job.
set -euo pipefail

venv=$RUNNER_TEMP/bluegreen
if [[ ! -x $venv/bin/bluegreen ]]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "$REQUIREMENT"
fi
echo "$venv/bin" >>"$GITHUB_PATH"
"$venv/bin/bluegreen" --version
