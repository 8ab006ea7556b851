#!/usr/bin/env bash
# Builds the image and tags it vxpipe:VERSION and vxpipe:latest:     scripts/docker_build.sh [options of `docker build`]
# CONTAINER_CLI=podman builds with another program.
set -euo pipefail
unset CDPATH
cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

cli=${CONTAINER_CLI:-docker}
version=$(sed -n 's/^__version__ = "\([^"]*\)".*$/\1/p' src/vxpipe/__init__.py)
[ -n "$version" ] || { printf 'docker_build.sh: src/vxpipe/__init__.py names no version\n' >&2; exit 1; }
command -v "$cli" >/dev/null || {
  printf 'docker_build.sh: %s is not on PATH; install it, or name another with CONTAINER_CLI=podman\n' "$cli" >&2
  exit 1
}
exec "$cli" build --tag "vxpipe:$version" --tag vxpipe:latest "$@" .
