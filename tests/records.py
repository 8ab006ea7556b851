"""What a service has stored: rows and files, read beside the service, not through it."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

Row = dict[str, Any]

_BEGINS = {".jpg": b"\xff\xd8\xff", ".png": b"\x89PNG\r\n\x1a\n", ".webp": b"RIFF"}
_ENDS = {".jpg": b"\xff\xd9", ".png": b"IEND\xaeB`\x82"}


@dataclass(frozen=True, kw_only=True)
class Records:
    """The rows of the database, those of jobs that are being deleted left out."""

    jobs: Mapping[str, Row]
    items: Mapping[tuple[str, int], Row]
    events: Mapping[str, list[Row]]
    files: list[Row]

    def told(self, kind: str) -> Iterator[tuple[str, Row]]:
        """Events of one kind: their job and what they say."""
        for job_id, story in self.events.items():
            yield from ((job_id, event["data"]) for event in story if event["kind"] == kind)

    def of_items(self) -> Iterator[tuple[tuple[str, int], list[Row]]]:
        """What was told of each item, in order."""
        told = sorted(self.told("item"), key=lambda each: (each[0], each[1]["index"]))  # stable: the order stays
        for key, group in groupby(told, key=lambda each: (each[0], each[1]["index"])):
            yield key, [said for _, said in group]


def read(data: Path) -> Records:
    """All rows, as they are at one moment."""
    with closing(sqlite3.connect(f"file:{data / 'vxpipe.db'}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        database.execute("BEGIN")  # one moment, while others may write
        assert database.execute("PRAGMA quick_check").fetchone()[0] == "ok"
        jobs = {row["id"]: row for row in _rows(database, "SELECT * FROM jobs WHERE status != 'deleted'")}
        items = {(row["job_id"], row["index"]): row for row in _rows(database, "SELECT * FROM items")}
        events = _rows(database, "SELECT job_id, seq, kind, data AS text FROM events ORDER BY job_id, seq")
        files = _rows(database, "SELECT * FROM artifacts")
    stories: dict[str, list[Row]] = {}
    for event in events:
        if event["job_id"] in jobs:
            stories.setdefault(event["job_id"], []).append(event | {"data": json.loads(event["text"])})
    return Records(
        jobs=jobs,
        items={key: row for key, row in items.items() if key[0] in jobs},
        events=stories,
        files=[row for row in files if row["job_id"] in jobs],
    )


def _rows(database: sqlite3.Connection, query: str) -> list[Row]:
    return [dict(row) for row in database.execute(query)]


def faults_of_file(path: Path, row: Row, *, is_ours: bool) -> Iterator[str]:
    """What is wrong with a published file."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        yield f"{row['path']} is listed and not there"
        return
    if (len(content), hashlib.sha256(content).hexdigest()) != (row["bytes"], row["sha256"]):
        yield f"{row['path']} is not what its row says"
    is_whole = content.startswith(_BEGINS.get(path.suffix, b"")) and content.endswith(_ENDS.get(path.suffix, b""))
    if is_ours and not is_whole:
        yield f"{row['path']} is not a whole {path.suffix[1:]}"
    if path.suffix in {".json", ".jsonl"}:
        for line in content.splitlines() if path.suffix == ".jsonl" else [content]:
            json.loads(line)
