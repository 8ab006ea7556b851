#!/usr/bin/env bash
# Sets up .venv and works on JOB_INPUT, without a service:   JOB_INPUT='[{"platform":"vimeo","code":"76979871"}]' scripts/run_pipeline.sh
# Options of `vxpipe run` may follow (--out DIR, --max 40 ...), or targets in place of JOB_INPUT. Exit status: 0 all succeeded, 1 some failed,
# 2 wrong usage or settings, 130 interrupted.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=setup.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/setup.sh"

set_up run
exec .venv/bin/vxpipe run "$@"
