"""Writes events into the database of a service that does not run, as a long life would have left them."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path

SAID = '{"level":"INFO","msg":"frame %d of the film","event":"bench.said","item":0,"stage":"render","fields":{"n":%d}}'


def add_events(data: Path, jobs: Sequence[str], *, each: int) -> None:
    """`each` log lines more for every one of the `jobs`."""
    with sqlite3.connect(data / "vxpipe.db") as database:
        for job_id in jobs:
            (last,) = database.execute("SELECT last_seq FROM jobs WHERE id = ?", (job_id,)).fetchone()
            rows = ((job_id, last + n, "log", 1_790_000_000_000 + n, SAID % (n, n)) for n in range(1, each + 1))
            database.executemany("INSERT INTO events (job_id, seq, kind, ts, data) VALUES (?, ?, ?, ?, ?)", rows)
            database.execute("UPDATE jobs SET last_seq = last_seq + ? WHERE id = ?", (each, job_id))
    database.close()
