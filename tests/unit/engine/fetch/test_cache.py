"""The cache on a real disk: what it lends is whole and what was asked for, whatever happened to its folder."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fakes import START
from vxpipe.engine.fetch.cache import Cache
from vxpipe.engine.fetch.shelf import FACTS_BYTES
from vxpipe.ports import Fetched

BYTES = b"moving pictures"
ROOM = FACTS_BYTES + len(BYTES)


class Shop:
    """A cache, a clock and folders for items."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "cache"
        self.now = START
        self._work = folder / "work"
        self._items = 0

    async def open(self, *, max_bytes: int = 10 * ROOM, seconds: float = 3600, terms: str = "t") -> Cache:
        cache = Cache(self.root, max_bytes=max_bytes, seconds=seconds, terms=terms, now=lambda: self.now)
        await cache.open()
        return cache

    def folder(self) -> Path:
        self._items += 1
        made = self._work / str(self._items)
        made.mkdir(parents=True)
        return made

    def fetched(self, content: bytes = BYTES, *, name: str = "media.mp4", title: str | None = "A title") -> Fetched:
        path = self.folder() / name
        path.write_bytes(content)
        return Fetched(path=path, title=title, uploader="Nobody", ytdlp="2026.11.1")

    async def lent(self, cache: Cache, content: str) -> bytes | None:
        found = await cache.lend(content, self.folder())
        return found[0].path.read_bytes() if found else None

    def files(self) -> list[Path]:
        return sorted(path for path in self.root.rglob("*") if path.is_file())

    def media(self) -> Path:
        (path,) = self.root.glob("*/media.*")
        return path


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


async def test_what_was_kept_is_lent_with_what_is_known_of_it(shop: Shop) -> None:
    cache = await shop.open()
    fetched = shop.fetched()

    assert await cache.keep("a", fetched)

    folder = shop.folder()
    found = await cache.lend("a", folder)
    assert cache.holds("a")
    assert found is not None
    told = Fetched(path=folder / "media.mp4", title="A title", uploader="Nobody", ytdlp="2026.11.1")
    assert found[0] == replace(told, kept_as="a", cached=True)
    assert found[0].path.read_bytes() == BYTES


async def test_one_content_is_not_lent_for_another(shop: Shop) -> None:
    cache = await shop.open()
    await cache.keep("a", shop.fetched())

    assert not cache.holds("b")
    assert await cache.lend("b", shop.folder()) is None


async def test_on_other_terms_nothing_is_lent(shop: Shop) -> None:
    await (await shop.open(terms="up to 2 GiB")).keep("a", shop.fetched())

    assert not (await shop.open(terms="up to 1 GiB")).holds("a")


async def test_it_survives_a_restart_with_the_order_of_use(shop: Shop) -> None:
    before = await shop.open()
    for content in "abc":
        await before.keep(content, shop.fetched())
    await shop.lent(before, "a")

    after = await shop.open(max_bytes=2 * ROOM)

    assert [after.holds(content) for content in "abc"] == [True, False, True]
    assert await shop.lent(after, "a") == BYTES
    assert len(shop.files()) == 4


async def test_a_file_that_is_read_is_not_taken_away_from_its_reader(shop: Shop) -> None:
    cache = await shop.open(max_bytes=ROOM)
    await cache.keep("a", shop.fetched())
    found = await cache.lend("a", shop.folder())

    await cache.keep("b", shop.fetched(b"other pictures"))

    assert found is not None
    assert (found[0].path.read_bytes(), cache.holds("a")) == (BYTES, False)
    assert len(shop.files()) == 2


def cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(3)


def rewrite(path: Path) -> None:
    path.write_bytes(BYTES.upper())


def exchange(path: Path) -> None:
    facts = path.stat()
    other = path.with_name("other")
    other.write_bytes(BYTES.upper())
    os.utime(other, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    other.replace(path)


def redirect(path: Path) -> None:
    elsewhere = path.parents[2] / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)


@pytest.mark.parametrize("damage", [Path.unlink, cut, rewrite, exchange, redirect])
async def test_a_file_that_is_not_what_it_was_is_never_lent(shop: Shop, damage: Callable[[Path], None]) -> None:
    cache = await shop.open()
    await cache.keep("a", shop.fetched())

    damage(shop.media())

    folder = shop.folder()
    assert not cache.holds("a")
    assert await cache.lend("a", folder) is None
    assert list(folder.iterdir()) == []
    assert (shop.files(), cache.bytes) == ([], 0)


@pytest.mark.parametrize("damage", [Path.unlink, cut, rewrite, exchange, redirect])
async def test_a_start_removes_what_is_not_what_it_was(shop: Shop, damage: Callable[[Path], None]) -> None:
    await (await shop.open()).keep("a", shop.fetched())
    damage(shop.media())

    cache = await shop.open()

    assert (cache.holds("a"), shop.files()) == (False, [])


FILE = {"name": "media.mp4", "bytes": len(BYTES), "inode": 1, "mtime_ns": 1}


@pytest.mark.parametrize(
    "change",
    [
        {"content": "t b"},
        {"files": {}},
        {"files": {"path": FILE | {"name": "../../../secret"}}},
        {"files": {"path": FILE | {"name": "facts.json"}}},
        {"files": {"path": FILE | {"bytes": "many"}}},
        {"fetched_at": None},
        {"fetched_at": "2026-01-02T03:04:05"},
    ],
)
async def test_facts_that_do_not_fit_are_not_believed(shop: Shop, change: dict[str, object]) -> None:
    await (await shop.open()).keep("a", shop.fetched())
    (path,) = shop.root.glob("*/facts.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | change))

    cache = await shop.open()

    assert (cache.holds("a"), cache.holds("b"), shop.files()) == (False, False, [])


@pytest.mark.parametrize("field", ["smell", "title"])
async def test_a_file_that_is_none_of_a_download_is_not_believed(shop: Shop, field: str) -> None:
    await (await shop.open()).keep("a", shop.fetched())
    (path,) = shop.root.glob("*/facts.json")
    facts = json.loads(path.read_text())
    path.write_text(json.dumps(facts | {"files": {field: facts["files"]["path"]}}))

    assert not (await shop.open()).holds("a")


async def test_a_start_removes_what_is_unfinished_and_leaves_what_is_not_ours(shop: Shop) -> None:
    for name in ("unfinished-x1", "f" * 64, "mine"):
        (shop.root / name).mkdir(parents=True)
        (shop.root / name / "media.mp4").write_bytes(b"x")

    await shop.open()

    assert shop.files() == [shop.root / "mine" / "media.mp4"]


async def test_what_is_too_old_is_not_lent_and_goes_with_the_next_that_comes(shop: Shop) -> None:
    cache = await shop.open(seconds=60)
    await cache.keep("a", shop.fetched())

    shop.now += timedelta(seconds=61)

    assert (cache.holds("a"), await shop.lent(cache, "a")) == (False, None)
    await cache.keep("b", shop.fetched())
    assert len(shop.files()) == 2


async def test_a_clock_that_is_set_back_a_little_costs_nothing_and_set_back_far_keeps_nothing_for_ever(
    shop: Shop,
) -> None:
    cache = await shop.open(seconds=60)
    await cache.keep("a", shop.fetched())

    shop.now -= timedelta(seconds=5)
    assert cache.holds("a")
    shop.now -= timedelta(days=1)
    assert not cache.holds("a")


async def test_switched_off_it_keeps_nothing_and_clears_what_was_kept(shop: Shop) -> None:
    await (await shop.open()).keep("a", shop.fetched())

    cache = await shop.open(max_bytes=0)

    assert not await cache.keep("b", shop.fetched())
    assert shop.files() == []


async def test_what_does_not_fit_is_not_kept_and_pushes_nothing_out(shop: Shop) -> None:
    cache = await shop.open(max_bytes=ROOM)
    await cache.keep("a", shop.fetched())

    assert not await cache.keep("b", shop.fetched(bytes(len(BYTES) + 1)))
    assert cache.holds("a")


@pytest.mark.parametrize("fetched", [{"name": "a b.mp4"}, {"name": "facts.json"}, {"title": "x" * FACTS_BYTES}])
async def test_what_has_no_name_or_facts_of_ours_is_not_kept(shop: Shop, fetched: dict[str, str]) -> None:
    cache = await shop.open()

    assert not await cache.keep("a", shop.fetched(**fetched))  # type: ignore[arg-type]
    assert shop.files() == []


async def test_the_same_fetched_again_replaces_what_was_kept(shop: Shop) -> None:
    cache = await shop.open()
    await cache.keep("a", shop.fetched())
    await cache.keep("a", shop.fetched(b"newer", name="media.webm"))

    assert (await shop.lent(cache, "a"), cache.bytes) == (b"newer", FACTS_BYTES + 5)
    assert shop.media().suffix == ".webm"


async def test_it_gives_way_from_the_end_that_was_used_longest_ago(shop: Shop) -> None:
    cache = await shop.open()
    for content in "abc":
        await cache.keep(content, shop.fetched())

    await cache.give_way(ROOM + 1)

    assert ([cache.holds(content) for content in "abc"], len(shop.files())) == ([False, False, True], 2)


async def test_a_disk_that_refuses_costs_the_copy_not_the_download(shop: Shop) -> None:
    cache = await shop.open()
    fetched = shop.fetched()
    shop.root.rmdir()

    assert not await cache.keep("a", fetched)

    shop.root.mkdir()
    assert fetched.path.read_bytes() == BYTES
    assert await cache.keep("a", fetched)


async def test_what_was_dropped_is_gone(shop: Shop) -> None:
    cache = await shop.open()
    await cache.keep("a", shop.fetched())

    await cache.drop("a")

    assert (cache.holds("a"), shop.files(), cache.bytes) == (False, [], 0)
