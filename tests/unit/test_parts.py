"""What the service and `vxpipe run` share is built from settings, and a wrong setting is named."""

import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from fakes import FileFetcher, SeenGpus
from vxpipe import config, downloads, parts
from vxpipe.engine.media.cards import Cards
from vxpipe.engine.media.ladder import Accel
from vxpipe.errors import ConfigError
from vxpipe.facts import Ability, Gpu
from vxpipe.ports import Limits


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def build(**settings: object) -> object:
    read = config.read(**settings)
    return downloads.build_guard(read, parts.build_registry(read))


@pytest.mark.parametrize(
    "entry", ["instagram=http://p:1", "Twitter=http://u:secret@p:1", "direct=http://p", "*=http://p:1"]
)
def test_a_proxy_may_be_set_for_a_platform_and_for_all_others(entry: str) -> None:
    build(proxies=(entry, "youtube=http://p:2"))


@pytest.mark.parametrize(
    "entry", ["http://u:secret@p:1", "atlantis=http://u:secret@p:1", "x=socks5://u:secret@p:1", "x="]
)
def test_a_proxy_that_is_none_is_refused_without_showing_its_secret(entry: str) -> None:
    with pytest.raises(ConfigError, match=r"^VXPIPE_PROXIES: .*http://") as refused:
        build(proxies=(entry,))

    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("without", [{"isolate_keys": True}, {"cache_bytes": 0}, {"pipeline_entrypoint": "own.py"}])
async def test_where_nothing_kept_would_be_used_nothing_is_kept(tmp_path: Path, without: dict[str, object]) -> None:
    (tmp_path / "own.py").touch()

    assert await downloads.open_cache(config.read(**without), tmp_path / "cache") is None


async def test_downloads_are_kept_by_default(tmp_path: Path) -> None:
    assert await downloads.open_cache(config.read(), tmp_path / "cache") is not None


def test_an_allowed_host_that_is_none_is_refused_at_the_start() -> None:
    with pytest.raises(ConfigError, match=r"^VXPIPE_ALLOW_HOSTS: expected host"):
        build(allow_hosts=("http://media.example/",))


@pytest.mark.parametrize(("accel", "starts"), [("require", False), ("auto", True), ("off", True)])
async def test_a_gpu_that_is_required_and_not_to_be_had_is_refused_at_the_start(
    tmp_path: Path, accel: Accel, starts: bool
) -> None:
    absent = SeenGpus(Gpu(usable=Ability("nvidia", "no NVIDIA GPU is visible here", "GPU_ABSENT")))
    cards = Cards(absent, accel=accel, clock=lambda: 0.0)
    refusal = r"^VXPIPE_ACCEL is require, but no GPU can be used: no NVIDIA GPU is visible here \(GPU_ABSENT\)$"
    fetching = nullcontext(FileFetcher(tmp_path))

    with nullcontext() if starts else pytest.raises(ConfigError, match=refusal):
        async with parts.pipeline(config.read(), fetching, out=tmp_path, work=tmp_path, cards=cards):
            assert starts
    assert absent.asked == (0 if starts else 1)


async def test_what_decodes_keeps_the_memory_of_its_pictures_for_the_next_ones() -> None:
    """glibc's malloc(3) and mallopt(3) say what these do; other C libraries do not look at them."""
    said, read = (
        bytearray(),
        "import os; print(*(f'{k}={v}' for k, v in os.environ.items() if k.startswith('MALLOC_')))",
    )
    tools = parts.build_tools(config.read())

    await tools.runner.run([sys.executable, "-c", read], limits=Limits(wall_seconds=30), on_stdout=said.extend)

    kept = {"MALLOC_MMAP_MAX_=0", "MALLOC_TRIM_THRESHOLD_=4294967296", "MALLOC_ARENA_MAX=1"}
    assert kept == set(said.decode().split())


def test_children_see_no_proxy_of_the_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTPS_PROXY", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "*")

    assert [name for name in config.child_environment() if "proxy" in name.lower()] == []
