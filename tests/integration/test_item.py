"""The story of one item, with the real ffmpeg."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

from fakes import CountingIds, job
from vxpipe.engine.item import Pipeline
from vxpipe.engine.media.tools import Tools
from vxpipe.engine.workplace import place_of_target
from vxpipe.model import FILE, Artifact, Item, ItemKey, ItemStatus, Target
from vxpipe.ports import Fetched, OutputFile
from vxpipe.store.artifacts import FolderArtifacts


class CancelledAfterwards(FolderArtifacts):
    """Somebody cancels at the moment the files are in their place."""

    async def publish(self, folder: Path, place: str, files: Sequence[OutputFile]) -> tuple[Artifact, ...]:
        published = await super().publish(folder, place, files)
        this = asyncio.current_task()
        assert this is not None
        this.cancel()
        return published


class NoFetcher:
    async def fetch(self, *_: object, **__: object) -> NoReturn:
        raise AssertionError("a local file is not downloaded")


class Promises:
    """Brings a file of a few seconds for a film that is said to last a minute."""

    def __init__(self, clip: Path) -> None:
        self.brought = Fetched(path=clip, seconds=60.0)
        self.forgotten: list[Fetched] = []

    async def fetch(self, *_: object, **__: object) -> Fetched:
        return self.brought

    async def forget(self, fetched: Fetched) -> None:
        self.forgotten.append(fetched)


@asynccontextmanager
async def at_once() -> AsyncIterator[None]:
    yield


async def test_cancelled_when_its_frames_are_published_an_item_is_a_success(
    samples: Path, tools: Tools, tmp_path: Path
) -> None:
    clip = samples / "full_frame.mp4"
    target = Target(platform=FILE, code="full_frame", url=str(clip))
    item = Item(key=ItemKey("j", 0), target=target, attempt=1)
    artifacts = CancelledAfterwards(tmp_path / "out", new_id=CountingIds())
    pipeline = Pipeline(NoFetcher(), tools, artifacts, work=tmp_path / "work", place=place_of_target)

    work = pipeline.process(item, job("j", "abc").recipe, lambda _stage, _fraction, **_: None, at_once)
    outcome = await asyncio.create_task(work)

    assert outcome.status is ItemStatus.SUCCESS
    assert all(artifacts.path(file).is_file() for file in outcome.artifacts)
    assert outcome.frames == len(list((tmp_path / "out").glob("*/frames/*.jpg"))) > 0
    assert list((tmp_path / "work").rglob("*")) == []


async def test_a_video_that_is_shorter_than_the_platform_says_is_warned_of_and_not_kept(
    samples: Path, tools: Tools, tmp_path: Path
) -> None:
    fetcher = Promises(samples / "full_frame.mp4")
    target = Target(platform="youtube", code="aqz-KE-bpKQ", url="https://www.youtube.com/watch?v=aqz-KE-bpKQ")
    item = Item(key=ItemKey("j", 0), target=target, attempt=1)
    artifacts = FolderArtifacts(tmp_path / "out", new_id=CountingIds())
    pipeline = Pipeline(fetcher, tools, artifacts, work=tmp_path / "work", place=place_of_target)

    outcome = await pipeline.process(item, job("j", "abc").recipe, lambda _stage, _fraction, **_: None, at_once)

    assert [warning["code"] for warning in outcome.warnings] == ["shorter_than_told"]
    assert fetcher.forgotten == [fetcher.brought]
