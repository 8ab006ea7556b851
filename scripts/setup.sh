#!/usr/bin/env bash
# Makes .venv from the hashed requirement files and installs the project in it, editable.
# start_dev.sh and test.sh source it and call set_up; alone: scripts/setup.sh run|dev
#
# PYTHON=... names the interpreter a new .venv is made with. uv is used where it is on PATH, else pip.
# Runs on bash 3.2, the one macOS ships.
set -euo pipefail
unset CDPATH
cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
export UV_PYTHON_DOWNLOADS=never  # a missing interpreter is reported, never fetched

marks=.venv/.vxpipe           # home: where and with which Python .venv was made; run, dev: the checksums installed last
claim_file=$marks/at_work     # the process ids of a set-up at work
unfinished=$marks/unfinished  # there while one works, and after one was killed

say() { printf 'set-up: %s\n' "$1" >&2; }

die() {
  printf 'set-up: %s\n' "$@" >&2
  exit 1
}

# For what the user has to provide first: nothing was begun, so nothing stays behind.
decline() {
  release
  rmdir "$marks" .venv 2>/dev/null || true
  die "$@"
}

# Leaves .venv able to run the project with requirements/$1.txt. dev holds run, so neither takes away what the other put there.
set_up() {
  if is_current "$1"; then return; fi
  claim
  if [ -e "$unfinished" ]; then
    say "the last set-up was cut short; starting afresh"
    discard_venv
  fi
  : >"$unfinished"
  trap 'exit 130' INT  # interrupted, it stays unfinished
  trap 'exit 143' TERM
  install "$1" || { release; die "that failed, see above. Run it again when the cause is gone."; }
  release
  trap - INT TERM
}

is_current() {
  [ ! -e "$unfinished" ] && [ -x .venv/bin/vxpipe ] && [ "$(mark "$1")" = "$(sums "$1")" ] && [ "$(mark home)" = "$(home)" ]
}

mark() { cat "$marks/$1" 2>/dev/null || true; }

sums() { cksum requirements/build.txt "requirements/$1.txt" pyproject.toml; }

home() { .venv/bin/python -c 'import sys; print(sys.prefix, "%d.%d" % sys.version_info[:2])' 2>/dev/null; }

# One set-up at a time. A claim whose processes are all gone is void.
claim() {
  local pids waited=0
  mkdir -p "$marks"
  until (set -C && echo $$ >"$claim_file") 2>/dev/null; do
    [ -w "$marks" ] || die "cannot write to $PWD/$marks"
    sleep 1
    pids=$(cat "$claim_file" 2>/dev/null) || continue
    if ! any_alive "$pids"; then
      rm -f "$claim_file"
      continue
    fi
    [ "$waited" -gt 0 ] || say "another set-up is at work (process ${pids%%[!0-9]*}); waiting for it"
    waited=$((waited + 1))
    [ "$waited" -lt 900 ] || die "it has not ended in 15 minutes. If it is no set-up, remove .venv and try again."
  done
}

release() { rm -f "$unfinished" "$claim_file"; }

any_alive() {
  local pid
  for pid in $1; do
    if kill -0 "$pid" 2>/dev/null; then return 0; fi
  done
  return 1
}

discard_venv() {
  rm -f "$marks/home" "$marks/run" "$marks/dev"
  find .venv/ -mindepth 1 -maxdepth 1 ! -name .vxpipe -exec rm -rf {} +
}

install() {
  local installed started=$SECONDS
  installed=$(sums "$1") || return
  make_venv && choose_installer || return
  [ -e "$marks/home" ] || say "the first time takes a minute and downloads some 150 MB"
  say "installing requirements/$1.txt into .venv"
  claimed "${installer[@]}" --require-hashes --only-binary :all: -r requirements/build.txt -r "requirements/$1.txt" &&
    claimed "${installer[@]}" --no-deps --no-build-isolation -e . &&
    claimed .venv/bin/python -m compileall -q src || return  # a start that compiles costs 0.1 s more; some have Python never write
  home >"$marks/home" && echo "$installed" >"$marks/$1" || return
  if [ "$1" = dev ]; then sums run >"$marks/run"; fi
  say "done in $((SECONDS - started)) s"
}

# A .venv that works is kept; one that was moved, or whose Python is gone or was replaced by another version, is made again.
make_venv() {
  if fits .venv/bin/python && { [ ! -e "$marks/home" ] || [ "$(mark home)" = "$(home)" ]; }; then return; fi
  find_python
  discard_venv
  claimed "$python" -m venv --without-pip .venv
}

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
  local found=""
  if [ -n "${PYTHON:-}" ]; then set -- "$PYTHON"; else set -- python3 python3.14 python3.13 python3.12 python3.11; fi
  for python in "$@"; do
    if fits "$python"; then return; fi
    found="$found$("$python" --version 2>/dev/null | sed "s|^|, $python is |" || true)"
  done
  decline "vxpipe needs Python 3.11 or newer${found:-, none was found}." \
    "Debian, Ubuntu: apt-get install python3 python3-venv (an older release: python3.11 python3.11-venv); macOS: brew install python" \
    "One that is not on PATH: PYTHON=/path/to/python3 $0"
}

# Sets the array `installer`: a command that installs into .venv.
choose_installer() {
  if uv --version >/dev/null 2>&1; then
    installer=(uv pip install -q --compile-bytecode --python .venv/bin/python)
  elif .venv/bin/python -m pip --version >/dev/null 2>&1 || claimed .venv/bin/python -m ensurepip >/dev/null 2>&1; then
    installer=(.venv/bin/python -m pip install -q --disable-pip-version-check)
  elif "${python:-python3}" -m pip --version >/dev/null 2>&1; then
    installer=("${python:-python3}" -m pip --python .venv/bin/python install -q --disable-pip-version-check)
  else
    decline "$(.venv/bin/python --version) has neither its ensurepip module nor pip, and there is no uv." \
      "Debian, Ubuntu: apt-get install python3-venv (or, for this version, python$(home | sed 's/.* //')-venv)"
  fi
}

# Runs a command whose process id joins the claim: killed alone, this script may leave it at work for a while.
claimed() {
  # shellcheck disable=SC2016  # for the inner shell to expand
  sh -c 'echo $$ >>"$0" && exec "$@"' "$claim_file" "$@"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  case "${1:-}" in
    run | dev) set_up "$1" ;;
    *) die "usage: $0 run|dev" ;;
  esac
fi
