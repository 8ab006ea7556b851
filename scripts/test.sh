#!/usr/bin/env bash
# Sets up .venv for development, then: every gate and all tests     scripts/test.sh
#                                      these tests only             scripts/test.sh [pytest arguments, relative to the project]
# CI=true: a browser for the browser tests must be there or installable.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=setup.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/setup.sh"

chromium=${VXPIPE_TEST_CHROMIUM:-/usr/bin/chromium}

step() {
  local rc=0
  printf '== %s\n' "$1"
  "${@:2}" || rc=$?
  [ "$rc" -eq 0 ] || { printf 'test.sh: stopped at: %s (exit status %s)\n' "$1" "$rc" >&2; exit "$rc"; }
}

# The browser tests skip with a reason where there is no browser. One attempt per .venv; in CI every time, and it must succeed.
provide_chromium() {
  if [ -x "$chromium" ]; then return; fi
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null && { [ ! -e "$marks/chromium" ] || [ "${CI:-}" = true ]; }; then
    echo "tried by test.sh" >"$marks/chromium"
    printf 'installing chromium for the browser tests (once)\n'
    apt_install chromium fonts-dejavu-core || printf 'test.sh: apt-get could not install chromium\n' >&2
  fi
  [ -x "$chromium" ] || [ "${CI:-}" != true ]
}

apt_install() (
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >/dev/null && apt-get install -qq -y --no-install-recommends "$@" >/dev/null </dev/null
)

set_up dev
PATH=$PWD/.venv/bin:$PATH
if [ $# -eq 0 ]; then
  step "ruff check" ruff check
  step "ruff format --check" ruff format --check
  step "mypy" mypy
  step "lint-imports" lint-imports
  step "chromium" provide_chromium
  printf '== pytest\n'
  set -- -n auto --maxprocesses 4 --dist worksteal  # a core each; on two cores half the time of one
fi
exec python -m pytest "$@"
