#!/usr/bin/env bash
# Compiles requirements/*.txt from pyproject.toml; needs uv. Pins stay where they still fit; `scripts/lock.sh --upgrade` (or
# `--upgrade-package NAME`) takes newer releases. The files hold versions and hashes, and no address of the index they came from.
set -euo pipefail
unset CDPATH
cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

lock() {
  uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
    --no-annotate --no-header "$@"
}

# hatchling asks for `editables` only when it builds an editable install, so no metadata names it.
build_requirements() {
  uv run -q --no-project --no-sync --python '>=3.11' python - <<'PY'
import tomllib
with open("pyproject.toml", "rb") as file:
    print(*tomllib.load(file)["build-system"]["requires"], "editables", sep="\n")
PY
}

lock pyproject.toml -o requirements/run.txt "$@"
lock pyproject.toml --extra otel --group dev --group fuzz -c requirements/run.txt -o requirements/dev.txt "$@"
lock --group bench -c requirements/run.txt -o requirements/bench.txt "$@"
build_requirements | lock - -c requirements/dev.txt -o requirements/build.txt "$@"
