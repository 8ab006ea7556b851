#!/usr/bin/env bash
# Sourced by docker_build.sh and run_gpu_container.sh: goes to the root of the tree, sets $cli (the program for containers) and $version.
unset CDPATH
cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." || exit

stop() {
  printf '%s: %s\n' "$(basename -- "$0")" "$1" >&2
  exit "${2:-1}"
}

cli=${CONTAINER_CLI:-docker}
version=$(sed -n 's/^__version__ = "\([^"]*\)".*$/\1/p' src/vxpipe/__init__.py)
[ -n "$version" ] || stop "src/vxpipe/__init__.py names no version"
command -v "$cli" >/dev/null || stop "$cli is not on PATH; install it, or name another with CONTAINER_CLI=podman"
