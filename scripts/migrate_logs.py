#!/usr/bin/env python3
"""Converts job records with an old `log` text; the same as `vxpipe migrate-logs PATH [--dry-run]`."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".venv" / "bin" / "python"

try:
    from vxpipe.cli import main
except ModuleNotFoundError:  # not the Python of .venv, which has what is needed
    if not PYTHON.exists() or Path(sys.prefix) == ROOT / ".venv":
        sys.exit("migrate_logs.py: set it up first: scripts/setup.sh run")
    os.execv(PYTHON, [str(PYTHON), __file__, *sys.argv[1:]])  # noqa: S606 - our own Python, our own file

if __name__ == "__main__":
    sys.argv[1:1] = ["migrate-logs"]
    main()
