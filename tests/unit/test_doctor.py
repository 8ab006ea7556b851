"""What the doctor says of the downloader."""

from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientConnectionError
from aioresponses import aioresponses

from vxpipe import config, parts
from vxpipe.access import ApiKey
from vxpipe.doctor import Finding, Needed, examine
from vxpipe.engine.media.tools import Tools
from vxpipe.errors import ConfigError
from vxpipe.ports import YtdlpFacts

URL = "http://127.0.0.1:8123/capabilities"


def no_tools() -> Tools:
    raise ConfigError("not looked at here")


async def no_keys() -> tuple[ApiKey, ...]:
    return ()


async def ytdlp(folder: Path, *warnings: str) -> Finding:
    settings = config.read(data_dir=folder, port=8123, host="0.0.0.0", api_key=("key-one",))
    facts = YtdlpFacts(version="2026.10.26", age_days=27, source="update", warnings=warnings)
    registry = parts.build_registry(settings)
    needed = Needed(tools=no_tools, vault=lambda: parts.build_vault(settings, registry), keys=no_keys)
    found = [each async for each in examine(settings, needed, ytdlp=facts)]
    return next(each for each in found if each.name == "yt-dlp")


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
