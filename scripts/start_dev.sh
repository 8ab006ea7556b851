#!/usr/bin/env bash
# Sets up .venv and runs the service:        scripts/start_dev.sh [options of `vxpipe serve`]
# With --demo, runs the bundled samples:     scripts/start_dev.sh --demo [options of `vxpipe demo`]
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=setup.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/setup.sh"

set_up run
if [ "${1:-}" = --demo ]; then
  shift
  exec .venv/bin/vxpipe demo "$@"
fi
exec .venv/bin/vxpipe serve "$@"
