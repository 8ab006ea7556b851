#!/usr/bin/env bash
# Makes .venv-bench: what the service runs on, the tools it is measured against, and this checkout (editable).
set -euo pipefail
unset CDPATH
cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

[ -x .venv-bench/bin/python ] || "${PYTHON:-python3}" -m venv .venv-bench
.venv-bench/bin/python -m pip install -q --require-hashes --only-binary :all: \
  -r requirements/build.txt -r requirements/run.txt -r requirements/bench.txt
.venv-bench/bin/python -m pip install -q --no-deps --no-build-isolation -e .
