"""What tests ask of a house over HTTP."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from fakes import START
from house import House
from vxpipe.model import Item, ItemStatus, LogLine, Outcome
from vxpipe.ports import OutputFile, Report

ITEM = {"platform": "fake", "code": "abc"}


async def submitted(home: House, *codes: str) -> str:
    """The id of a new job."""
    items = [{"platform": "fake", "code": code} for code in codes or ("abc",)]
    answer = await home.client.post("/process", json={"items": items})
    assert answer.status == 202, await answer.text()
    return str((await answer.json())["jobId"])


async def ended(home: House, job_id: str) -> dict[str, Any]:
    """The status of a job once it has ended."""
    async with asyncio.timeout(10):
        while True:
            answer = await home.client.get(f"/status/{job_id}?wait=1")
            body: dict[str, Any] = await answer.json()
            if body["status"] not in {"pending", "running"}:
                return body


async def say(home: House, job_id: str, *lines: tuple[str, str, int | None, str | None]) -> None:
    """Put lines (level, msg, item, stage) into a job's log."""
    for level, msg, item, stage in lines:
        home.journal.tap(LogLine(job_id=job_id, ts=START, level=level, msg=msg, event="tested", item=item, stage=stage))
    await home.journal.flush()


def publishing(home: House, folder: Path, files: Iterable[tuple[str, bytes]]) -> Any:
    """A script for an item: it publishes these files, by their names, as its results."""
    contents = dict(files)

    async def publish(item: Item, _report: Report) -> Outcome:
        work = folder / f"work-{item.key.job_id}-{item.key.index}"
        for name, content in contents.items():
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            (work / name).write_bytes(content)
        place = f"{item.key.job_id}/{item.key.index}-fake-{item.target.code}"
        kinds = {name: "frame" if "/" in name else "item" if name == "item.json" else "manifest" for name in contents}
        outputs = [OutputFile(kind=kind, name=name) for name, kind in kinds.items()]
        artifacts = await home.artifacts.publish(work, place, outputs)
        frames = sum(output.kind == "frame" for output in outputs)
        return Outcome(status=ItemStatus.SUCCESS, frames=frames, artifacts=artifacts)

    return publish
