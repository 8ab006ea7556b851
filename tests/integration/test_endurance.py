"""Many downloads in a row, counted by bench/endurance.py: here a few, there 500."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench" / "endurance.py"


@pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")
async def test_downloads_in_a_row_leave_memory_file_descriptors_and_processes_as_they_were() -> None:
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, str(BENCH), "--fetches", "50"], capture_output=True, text=True, timeout=120
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "grown" not in done.stdout
