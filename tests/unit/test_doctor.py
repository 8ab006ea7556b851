"""What the doctor says."""

import socket
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientConnectionError
from aioresponses import aioresponses

from fakes import SeenGpus
from vxpipe import config, downloads, parts
from vxpipe.access import ApiKey
from vxpipe.doctor import Finding, Needed, examine
from vxpipe.engine.media.cards import Cards
from vxpipe.engine.media.ladder import Accel
from vxpipe.engine.media.tools import Tools
from vxpipe.errors import ConfigError
from vxpipe.facts import Ability, Gpu, YtdlpFacts


def nobodys_port() -> int:
    """A port at which nothing listens, whatever else runs on this machine."""
    with socket.create_server(("0.0.0.0", 0)) as taken:
        return int(taken.getsockname()[1])


PORT = nobodys_port()
URL = f"http://127.0.0.1:{PORT}/capabilities"


def no_tools() -> Tools:
    raise ConfigError("not looked at here")


def no_cards() -> Cards:
    raise ConfigError("not looked for here")


async def no_keys() -> tuple[ApiKey, ...]:
    return ()


async def examined(
    folder: Path,
    *warnings: str,
    port: int = PORT,
    host: str = "0.0.0.0",
    api_key: tuple[str, ...] = ("key-one",),
    gpus: SeenGpus | None = None,
    accel: Accel = "auto",
) -> dict[str, Finding]:
    """What is found, by name."""
    settings = config.read(data_dir=folder, port=port, host=host, api_key=api_key)
    facts = YtdlpFacts(version="2026.10.26", age_days=27, source="update", warnings=warnings)
    registry = parts.build_registry(settings)
    needed = Needed(
        tools=no_tools,
        cards=lambda: Cards(gpus, accel=accel, clock=lambda: 0.0) if gpus else no_cards(),
        vault=lambda: downloads.build_vault(settings, registry),
        keys=no_keys,
    )
    return {each.name: each async for each in examine(settings, needed, ytdlp=facts)}


async def ytdlp(folder: Path, *warnings: str) -> Finding:
    return (await examined(folder, *warnings))["yt-dlp"]


@pytest.mark.parametrize(
    "answer",
    [
        {"exception": ClientConnectionError("nobody there")},
        {"status": 401, "payload": {"detail": "no"}},
        {"body": "<html>", "content_type": "text/html"},
        {"payload": []},
    ],
)
async def test_without_a_service_only_the_downloaders_own_facts_count(tmp_path: Path, answer: dict[str, Any]) -> None:
    with aioresponses() as service:
        service.get(URL, **answer)
        service.get(URL, **answer)

        well, old = await ytdlp(tmp_path), await ytdlp(tmp_path, "too old")

    assert (well.ok, well.text) == (True, "2026.10.26, 27 days old, from an update")
    assert (old.ok, old.text.split("; ")[1:], old.cure) == (False, ["too old"], "vxpipe ytdlp update")


async def test_what_a_running_service_has_met_is_told_once(tmp_path: Path) -> None:
    with aioresponses() as service:
        service.get(URL, payload={"ytdlp": {"warnings": ["too old", "9 of 10 failed"]}})

        found = await ytdlp(tmp_path, "too old")

        (calls,) = service.requests.values()

    assert (found.ok, found.text.split("; ")[1:]) == (False, ["too old", "9 of 10 failed"])
    assert len(calls) == 1


async def test_an_address_that_another_program_holds_is_told(tmp_path: Path) -> None:
    with socket.create_server(("0.0.0.0", 0)) as other:
        taken = (await examined(tmp_path, port=other.getsockname()[1]))["address"]
    free = (await examined(tmp_path, port=0))["address"]

    assert (taken.ok, free.ok) == (False, True)
    assert "VXPIPE_PORT" in taken.cure


async def test_the_settings_are_shown_without_their_secrets(tmp_path: Path) -> None:
    found = (await examined(tmp_path))["settings"]

    assert "VXPIPE_HOST=0.0.0.0" in found.text
    assert "API_KEY=(set)" in found.text
    assert "key-one" not in found.text


async def test_codecs_that_cannot_be_looked_at_are_told(tmp_path: Path) -> None:
    found = (await examined(tmp_path))["codecs"]

    assert (found.ok, found.text) == (False, "not looked at here")


async def test_gpus_that_cannot_be_looked_for_are_told(tmp_path: Path) -> None:
    found = (await examined(tmp_path))["gpu"]

    assert (found.ok, found.text) == (False, "not looked for here")


ABLE = Gpu(
    usable=Ability("NVIDIA H200"),
    driver="610.1",
    abilities=(
        *(Ability("h264_nvdec"), Ability("scale_cuda")),
        *(Ability(name, "it has none", "NVENC_NOT_ON_GPU") for name in ("h264_nvenc", "hevc_nvenc")),
    ),
)
ABSENT = Gpu(usable=Ability("nvidia", "none is visible", "GPU_ABSENT"))
CAN = "NVIDIA H200 (driver 610.1): h264_nvdec, scale_cuda; no h264_nvenc, hevc_nvenc: it has none (NVENC_NOT_ON_GPU)"
CANNOT = "nvidia: none is visible (GPU_ABSENT)"


@pytest.mark.parametrize(
    ("gpu", "accel", "ok", "text"),
    [
        (ABLE, "auto", True, f"{CAN}; jobs use it where that pays, 4 decodes at once, VXPIPE_ACCEL=auto"),
        (ABLE, "require", True, f"{CAN}; jobs use it and nothing else, 4 decodes at once, VXPIPE_ACCEL=require"),
        (ABLE, "off", True, f"{CAN}; jobs run on the CPU, VXPIPE_ACCEL=off"),
        (ABSENT, "auto", True, f"{CANNOT}; jobs run on the CPU, VXPIPE_ACCEL=auto"),
        (ABSENT, "require", False, f"{CANNOT}; there is no GPU for jobs, VXPIPE_ACCEL=require"),
    ],
)
async def test_what_a_gpu_can_do_and_what_jobs_do_with_it_is_told(
    tmp_path: Path, gpu: Gpu, accel: Accel, ok: bool, text: str
) -> None:
    found = (await examined(tmp_path, gpus=SeenGpus(gpu), accel=accel))["gpu"]

    assert (found.ok, found.text) == (ok, text)


async def test_how_the_gpu_of_a_running_service_does_is_told(tmp_path: Path) -> None:
    work = {"told": "3 of 14 decodes now, 7 on nvdec since the start"}
    with aioresponses() as service:
        service.get(URL, payload={"ytdlp": {"warnings": []}, "gpus": [{"work": work}, {"work": None}, {}]})

        found = (await examined(tmp_path, gpus=SeenGpus(ABLE)))["gpu"]

    assert found.text.endswith("the service's work: 3 of 14 decodes now, 7 on nvdec since the start")


@pytest.mark.parametrize(
    ("api_key", "host", "ok", "said"),
    [
        (("short",), "0.0.0.0", False, "could be guessed"),
        (("short",), "127.0.0.1", True, "1 keys in API_KEY"),
        (("long-enough-to-be-one",), "0.0.0.0", True, "1 keys in API_KEY"),
        ((), "127.0.0.1", True, "this machine only"),
        ((), "0.0.0.0", False, "no API key"),
    ],
)
async def test_who_may_come_in_is_looked_at(
    tmp_path: Path, api_key: tuple[str, ...], host: str, ok: bool, said: str
) -> None:
    found = (await examined(tmp_path, port=0, host=host, api_key=api_key))["access"]

    assert (found.ok, said in found.text) == (ok, True)


def test_the_settings_are_shown_as_they_are_written(tmp_path: Path) -> None:
    settings = config.read(
        data_dir=tmp_path,
        allow_direct_urls=True,
        access_log=False,
        allow_hosts="a.example,b.example:81",
        platforms='{"vk": {"enabled": false}}',
    )

    assert {
        "VXPIPE_DATA_DIR": str(tmp_path),
        "VXPIPE_ALLOW_DIRECT_URLS": "1",
        "VXPIPE_ACCESS_LOG": "0",
        "VXPIPE_ALLOW_HOSTS": "a.example,b.example:81",
        "VXPIPE_PLATFORMS": '{"vk": {"enabled": false}}',
    } == config.shown(settings)


async def test_a_setting_that_is_none_is_no_good_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VXPIPE_ISOLATE_KEY", "1")
    with aioresponses() as service:
        service.get(URL, exception=ClientConnectionError("nobody there"))

        found = (await examined(tmp_path))["settings"]

    assert not found.ok
    assert "without effect: VXPIPE_ISOLATE_KEY" in found.text
    assert "VXPIPE_ISOLATE_KEYS" in found.cure
