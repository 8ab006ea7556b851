#!/usr/bin/env bash
# Builds the image and tags it vxpipe:VERSION and vxpipe:latest:            scripts/docker_build.sh [options of `docker build`]
# The one for NVIDIA GPUs is vxpipe:VERSION-gpu and vxpipe:gpu:             scripts/docker_build.sh --gpu [options of `docker build`]
# CONTAINER_CLI=podman builds with another program.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=container.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/container.sh"

if [ "${1:-}" = --gpu ]; then
  shift
  exec "$cli" build --target gpu --tag "vxpipe:$version-gpu" --tag vxpipe:gpu "$@" .
fi
exec "$cli" build --target service --tag "vxpipe:$version" --tag vxpipe:latest "$@" .
