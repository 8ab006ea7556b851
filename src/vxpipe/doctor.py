"""Whether everything vxpipe needs is there: one line a check, with the cure where something is wrong."""

import asyncio
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from pathlib import Path

from aiohttp import ClientError

from vxpipe.access import ApiKey
from vxpipe.client import ApiError, Client
from vxpipe.config import Settings, is_loopback, own_url, shown, unknown
from vxpipe.engine import sandbox
from vxpipe.engine.fetch.vault import Vault
from vxpipe.engine.media import codecs
from vxpipe.engine.media.cards import Cards
from vxpipe.engine.media.tools import Tools, versions
from vxpipe.errors import ConfigError, VxError
from vxpipe.facts import CredentialFacts, Gpu, YtdlpFacts
from vxpipe.values import frozen
from vxpipe.words import counted

_SERVICE_SECONDS = 3
_OTHER_FFMPEG = "run scripts/start_dev.sh again, or set VXPIPE_FFMPEG and VXPIPE_FFPROBE"
_SHORTEST_KEY = 16
_SANDBOX_TEXTS = {
    sandbox.Level.OFF: "off: this kernel cannot hold children to their files and ports",
    sandbox.Level.FILES: "fs: this kernel can hold children to their files, not to their ports",
    sandbox.Level.FILES_AND_NET: "fs+net: this kernel can hold children to their files and ports",
}


@frozen(kw_only=False)
class Finding:
    """The result of one check; `cure` says what to do where it is not ok."""

    name: str
    ok: bool
    text: str
    cure: str = ""


@frozen
class Needed:
    """How the parts that are checked are built; each raises ConfigError where that cannot be."""

    tools: Callable[[], Tools]
    cards: Callable[[], Cards]
    vault: Callable[[], Vault]
    keys: Callable[[], Awaitable[Sequence[ApiKey]]]


async def examine(settings: Settings, needed: Needed, *, ytdlp: YtdlpFacts) -> AsyncIterator[Finding]:
    """Run every check."""
    yield _python()
    yield await _programs(needed.tools)
    yield await _codecs(needed.tools)
    service = await _told_by_service(settings)
    yield await _gpus(needed.cards, service)
    yield _ytdlp(ytdlp, service.warnings)
    yield _sandbox(settings)
    yield await _credentials(settings, needed.vault)
    yield await asyncio.to_thread(_folder, settings.data_dir)
    yield await asyncio.to_thread(_disk, settings)
    yield await _address(settings)
    yield _key(settings, await needed.keys())
    yield _settings(settings)


def _python() -> Finding:
    text = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", sys.version_info >= (3, 11), text, "install Python 3.11 or newer")


async def _programs(tools: Callable[[], Tools]) -> Finding:
    try:
        found = tools()
        said = await versions(found)
    except (ConfigError, VxError) as exc:
        return Finding("ffmpeg", False, str(exc), _OTHER_FFMPEG)
    text = f"ffmpeg {said['ffmpeg']} ({found.ffmpeg}), ffprobe {said['ffprobe']} ({found.ffprobe})"
    return Finding("ffmpeg", True, text)


async def _codecs(tools: Callable[[], Tools]) -> Finding:
    try:
        found = tools()
        abilities = (*await codecs.encoders(found), *await codecs.decoders(found))
    except (ConfigError, VxError) as exc:
        return Finding("codecs", False, str(exc), _OTHER_FFMPEG)
    lacking = [each for each in abilities if each.obstacle]
    text = "; ".join(f"no {each.name}: {each.obstacle}" for each in lacking) or "all that are used"
    return Finding("codecs", not lacking, text, _OTHER_FFMPEG)


async def _gpus(cards: Callable[[], Cards], service: "_Service") -> Finding:
    """What they can do; that there is none, or one that cannot be used, is a fault only where one is required."""
    try:
        ours = cards()
        found = await ours.found()
    except ConfigError as exc:
        return Finding("gpu", False, str(exc), _OTHER_FFMPEG)
    told = (*map(_told_of, found), _use(ours.accel, found), *service.gpus)
    fine = ours.accel != "require" or any(gpu.work for gpu in found)
    return Finding("gpu", fine, "; ".join(told), "make a GPU work (docs/gpu.md), or set VXPIPE_ACCEL=auto")


def _use(accel: str, found: Sequence[Gpu]) -> str:
    slots = sum(gpu.work.decode_slots for gpu in found if gpu.work)
    if not slots:
        none = "there is no GPU for jobs" if accel == "require" else "jobs run on the CPU"
        return f"{none}, VXPIPE_ACCEL={accel}"
    where = "where that pays" if accel == "auto" else "and nothing else"
    return f"jobs use it {where}, {slots} decodes at once, VXPIPE_ACCEL={accel}"


def _told_of(gpu: Gpu) -> str:
    if gpu.usable.obstacle:
        return f"{gpu.usable.name}: {gpu.usable.obstacle} ({gpu.usable.code})"
    able = ", ".join(each.name for each in gpu.abilities if each.obstacle is None)
    lacking: dict[str, list[str]] = {}
    for each in gpu.abilities:
        if each.obstacle:
            lacking.setdefault(f"{each.obstacle} ({each.code})", []).append(each.name)
    reasons = (f"no {', '.join(names)}: {reason}" for reason, names in lacking.items())
    return "; ".join((f"{gpu.usable.name} (driver {gpu.driver or 'unknown'}): {able}", *reasons))


def _ytdlp(facts: YtdlpFacts, told_by_service: Iterable[str]) -> Finding:
    warnings = tuple(dict.fromkeys((*facts.warnings, *told_by_service)))
    return Finding("yt-dlp", not warnings, "; ".join((told(facts), *warnings)), "vxpipe ytdlp update")


@frozen(kw_only=False)
class _Service:
    """What a service on this machine has found out about its yt-dlp, and how its GPUs do, in words."""

    warnings: tuple[str, ...] = ()
    gpus: tuple[str, ...] = ()


async def _told_by_service(settings: Settings) -> _Service:
    """What a service that runs on this machine tells; nothing where none of ours answers."""
    key = settings.api_key[0].get_secret_value() if settings.api_key else None
    async with Client(own_url(settings), api_key=key) as client:
        try:
            async with asyncio.timeout(_SERVICE_SECONDS):
                said = await client.capabilities()
                warnings = tuple(map(str, said["ytdlp"]["warnings"]))
                works = (each.get("work") or {} for each in said.get("gpus", ()))
                gpus = tuple(f"the service's work: {work['told']}" for work in works if "told" in work)
                return _Service(warnings, gpus)
        except (ApiError, ClientError, TimeoutError, ValueError, LookupError, TypeError):  # or it is somebody else's
            return _Service()


def told(facts: YtdlpFacts) -> str:
    """A yt-dlp in a few words."""
    age = "of unknown age" if facts.age_days is None else f"{counted(facts.age_days, 'day')} old"
    return f"{facts.version}, {age}, from {'an update' if facts.source == 'update' else 'vxpipe itself'}"


def _sandbox(settings: Settings) -> Finding:
    level = sandbox.available()
    fine = settings.sandbox != "require" or level is sandbox.Level.FILES_AND_NET
    text = f"{_SANDBOX_TEXTS[level]}; VXPIPE_SANDBOX={settings.sandbox}"
    return Finding("sandbox", fine, text, "use Linux 6.7 or newer with Landlock switched on, or VXPIPE_SANDBOX=auto")


async def _credentials(settings: Settings, vault: Callable[[], Vault]) -> Finding:
    cure = (
        "docs/credentials.md: PLATFORM.cookies.txt, PLATFORM.keys.json, for vxpipe's user alone; expired: export again"
    )
    try:
        opened = vault()
        facts, doubts = await opened.facts(), opened.doubts()
    except ConfigError as exc:
        return Finding("credentials", False, str(exc), cure)
    there = [f"{name}: {_told(each)}" for name, each in facts.items() if each.cookies or each.keys]
    text = "; ".join(there or ["none" if settings.credentials_dir else "none, VXPIPE_CREDENTIALS_DIR is not set"])
    return Finding("credentials", not doubts, "; ".join([text, *doubts]), cure)


def _told(facts: CredentialFacts) -> str:
    """In words what may be told of a platform's credentials."""
    first = f" (the first expires {facts.expires:%Y-%m-%d})" if facts.expires else ""
    cookies = f"{'expired cookies' if facts.expired else 'cookies'}{first}" if facts.cookies else ""
    return " and ".join(filter(None, (cookies, "keys" if facts.keys else "")))


def _folder(folder: Path) -> Finding:
    place = _nearest(folder)
    try:
        with tempfile.TemporaryFile(dir=place) as probe:
            probe.write(b"vxpipe")
    except OSError as exc:
        return Finding(
            "data folder", False, f"{folder.absolute()}: {exc.strerror}", "point VXPIPE_DATA_DIR to a writable folder"
        )
    return Finding("data folder", True, f"{folder.absolute()} can be written")


def _disk(settings: Settings) -> Finding:
    free, floor = shutil.disk_usage(_nearest(settings.data_dir)).free, settings.disk_floor_bytes
    text = f"{free / (1 << 30):.1f} GiB free, {floor / (1 << 30):.1f} have to stay free"
    return Finding("disk", free >= floor, text, "free some space, move VXPIPE_DATA_DIR, or see VXPIPE_DISK_FLOOR_BYTES")


async def _address(settings: Settings) -> Finding:
    """Whether a service could listen where it is told to, or does already."""
    url, cure = own_url(settings), "set VXPIPE_PORT to another port, or end what listens there"
    try:
        with socket.create_server((settings.host, settings.port), family=_family(settings.host)):
            return Finding("address", True, f"{url} is free")
    except OSError as exc:
        version = await _running(settings)
        if version is not None:
            return Finding("address", True, f"vxpipe {version} answers on {url}")
        return Finding("address", False, f"{url} cannot be listened on: {exc.strerror}", cure)


async def _running(settings: Settings) -> str | None:
    """The version of the service that answers; None where none of ours does."""
    async with Client(own_url(settings)) as client:
        try:
            async with asyncio.timeout(_SERVICE_SECONDS):
                return str((await client.health())["version"])
        except (ApiError, ClientError, TimeoutError, ValueError, LookupError, TypeError):
            return None


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _settings(settings: Settings) -> Finding:
    text = ", ".join(f"{name}={value}" for name, value in shown(settings).items()) or "none is set: every default holds"
    strange = unknown()
    if not strange:
        return Finding("settings", True, text)
    meant = ", ".join(filter(None, strange.values())) or "see .env.sample"
    return Finding(
        "settings", False, f"{text}; not known, so without effect: {', '.join(strange)}", f"did you mean {meant}?"
    )


def _key(settings: Settings, stored: Sequence[ApiKey]) -> Finding:
    kept = sum(key.revoked_at is None for key in stored)
    short = [key for key in settings.api_key if len(key.get_secret_value()) < _SHORTEST_KEY]
    if short and not is_loopback(settings.host):
        text = f"{len(short)} keys in API_KEY have fewer than {_SHORTEST_KEY} characters and could be guessed"
        return Finding("access", False, text, "use long random keys, or `vxpipe keys create`")
    if settings.api_key or kept:
        text = f"{len(settings.api_key)} keys in API_KEY, {kept} of `vxpipe keys`, listening on {settings.host}"
        return Finding("access", True, text)
    text = f"no API key: this machine only ({settings.host})"
    cure = "set API_KEY, make a key with `vxpipe keys create`, or set VXPIPE_HOST=127.0.0.1"
    return Finding("access", is_loopback(settings.host), text, cure)


def _nearest(folder: Path) -> Path:
    """The folder, or the closest one above it that is there: the doctor makes nothing."""
    return next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
