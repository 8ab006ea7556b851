"""The disk floor: downloads wait for room, the cache gives way first, the youngest download ends."""

import asyncio
from pathlib import Path

import pytest

from fakes import START, FakeTargets
from vxpipe.engine.fetch.cache import Cache
from vxpipe.engine.fetch.room import Room, RoomyFetcher, free_bytes
from vxpipe.errors import VxError
from vxpipe.ports import Fetched, Fetcher

FLOOR = 100 << 20


class Disk:
    """A disk with as much free as the test says."""

    def __init__(self, free: int) -> None:
        self.free = free

    def __call__(self, _folder: Path) -> int:
        return self.free


class EndlessFetcher(Fetcher):
    """Downloads until somebody ends it."""

    def __init__(self) -> None:
        self.running: list[str] = []

    async def fetch(self, target, folder, *, wanted_height, heard, need_audio=False):  # type: ignore[no-untyped-def]
        self.running.append(target.code)
        try:
            await asyncio.Event().wait()
        finally:
            self.running.remove(target.code)


def room(disk: Disk, cache: Cache | None = None) -> Room:
    return Room(Path("/"), floor_bytes=FLOOR, cache=cache, free=disk, poll_seconds=0.01)


async def filled(folder: Path, count: int) -> Cache:
    cache = Cache(folder / "cache", max_bytes=1 << 30, seconds=60, terms="", now=lambda: START)
    await cache.open()
    for number in range(count):
        path = folder / f"{number}.mp4"
        path.write_bytes(bytes(1 << 20))
        await cache.keep(str(number), Fetched(path=path))
    return cache


async def test_a_download_waits_until_the_disk_has_room() -> None:
    disk = Disk(FLOOR - 1)
    waiting = asyncio.get_running_loop().create_task(room(disk).found())
    await asyncio.sleep(0.05)
    before = waiting.done()

    disk.free = FLOOR

    await asyncio.wait_for(waiting, 5)
    assert not before


async def test_a_full_disk_is_told_and_one_with_room_is_not() -> None:
    assert room(Disk(FLOOR)).shortage() is None
    assert room(Disk(FLOOR - 1)).shortage() == "only 99 MiB of the disk are free, 100 MiB have to stay free"


async def test_the_cache_gives_way_first_and_only_as_far_as_needed(tmp_path: Path) -> None:
    cache = await filled(tmp_path, 4)

    class DiskUnderTheCache(Disk):
        def __call__(self, _folder: Path) -> int:
            return self.free + ((4 - len(list((tmp_path / "cache").iterdir()))) << 20)

    place = room(DiskUnderTheCache(FLOOR - (3 << 19)), cache)

    assert place.shortage() is None
    async with asyncio.timeout(5):
        await asyncio.gather(place.found(), place.check(), place.found())
    assert [cache.holds(str(number)) for number in range(4)] == [False, False, True, True]


async def test_where_even_an_empty_cache_does_not_help_it_is_told(tmp_path: Path) -> None:
    cache = await filled(tmp_path, 1)
    place = room(Disk(FLOOR - (1 << 30)), cache)

    assert place.shortage()
    with pytest.raises(VxError, match="have to stay free") as caught:
        await place.check()
    assert (caught.value.code, cache.bytes) == ("storage", 0)


async def test_when_the_disk_fills_up_the_youngest_download_ends_and_the_older_go_on() -> None:
    disk, endless = Disk(FLOOR), EndlessFetcher()
    fetcher = RoomyFetcher(endless, room(disk))

    async def fetch(code: str) -> None:
        target = FakeTargets().target("fake", code)
        await fetcher.fetch(target, Path("/"), wanted_height=None, heard=lambda _: None)

    old, young = (asyncio.get_running_loop().create_task(fetch(code)) for code in ("old", "young"))
    await asyncio.sleep(0.03)
    disk.free = FLOOR - 1
    await asyncio.wait([young], timeout=5)
    running = list(endless.running)
    disk.free = FLOOR
    await asyncio.sleep(0.1)
    survives = not old.done()
    old.cancel()
    await asyncio.wait([old])

    error = young.exception()
    assert isinstance(error, VxError)
    assert (error.code, running, survives, endless.running) == ("storage", ["old"], True, [])


async def test_no_download_begins_on_a_full_disk() -> None:
    endless = EndlessFetcher()
    fetcher = RoomyFetcher(endless, room(Disk(0)))

    with pytest.raises(VxError) as caught:
        await fetcher.fetch(FakeTargets().target("fake", "abc"), Path("/"), wanted_height=None, heard=lambda _: None)

    assert (caught.value.code, endless.running) == ("storage", [])


def test_a_disk_that_does_not_answer_has_nothing_free(tmp_path: Path) -> None:
    assert free_bytes(tmp_path) > 0
    assert free_bytes(tmp_path / "missing") == 0
