"""Picture and sound that come in two files: downloaded side by side, joined in the clip only."""

import asyncio
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fakes import CountingIds
from integration.extraction import ffmpeg
from integration.loopback import Source, serve
from integration.test_fetch import HERE, fetching, limits
from integration.test_item import at_once
from vxpipe.engine.item import Pipeline
from vxpipe.engine.media.extract import Extraction, extract
from vxpipe.engine.media.tools import Tools
from vxpipe.engine.workplace import place_of_target
from vxpipe.errors import VxError
from vxpipe.model import Item, ItemKey, Target
from vxpipe.ports import Fetched, Fetcher, FetchProgress, Limits
from vxpipe.recipe import Recipe
from vxpipe.store.artifacts import FolderArtifacts

RATE = 8000
# What ffmpeg adds to the clock of a transport stream, and what we do.
MUX_DELAY, OFFSET = 1.4, 10.0
PLANTED = 2.0
FILM = (
    *("-f", "lavfi", "-i", f"testsrc2=s=320x180:r=25,drawbox=c=white:t=fill:enable='between(t,{PLANTED},2.19)'"),
    *("-f", "lavfi", "-i", f"aevalsrc='0.8*sin(2*PI*1000*t)*between(t,{PLANTED},2.2)':s=48000"),
    *("-t", "4", "-c:v", "libx264", "-preset", "veryfast", "-g", "25", "-pix_fmt", "yuv420p", "-c:a", "aac"),
)
CLIP = Recipe.model_validate_json('{"frames": {"mode": "interval", "every": 0.2}, "crop": "none", "clip": {}}')


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, tools: Tools) -> Path:
    """A folder with a film that flashes and beeps at the same moment, whole and in parts."""
    folder = tmp_path_factory.mktemp("film")
    asyncio.run(make_film(tools, folder))
    return folder


@pytest.fixture(scope="module")
def times(film: Path, tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> list[float]:
    """When the frames of the whole film are shown, as extracted from it."""
    out = tmp_path_factory.mktemp("whole") / "out"
    return shown(asyncio.run(extracted(tools, Fetched(path=film / "film.mp4"), out)))


def shown(extraction: Extraction) -> list[float]:
    return [round(candidate.t, 3) for candidate in extraction.candidates]


async def make_film(tools: Tools, folder: Path) -> None:
    whole = folder / "film.mp4"
    picture, sound = ("-i", str(whole), "-map", "0:v"), ("-i", str(whole), "-map", "0:a")
    on_clock = ("-output_ts_offset", str(OFFSET))
    await ffmpeg(tools, *FILM, str(whole))
    await ffmpeg(tools, *picture, "-c", "copy", str(folder / "picture.mp4"))
    await ffmpeg(tools, *picture, "-c", "copy", *on_clock, str(folder / "picture.ts"))
    await ffmpeg(tools, *sound, "-c:a", "libopus", str(folder / "sound.webm"))
    await ffmpeg(tools, *sound, "-af", "atrim=start=0.6", *on_clock, str(folder / "late.ts"))
    await ffmpeg(tools, *sound, "-af", "atrim=start=0.6,asetpts=PTS-STARTPTS", str(folder / "late.aac"))
    (folder / "packed.aac").write_bytes(packed((folder / "late.aac").read_bytes(), OFFSET + MUX_DELAY + 0.6))
    await ffmpeg(tools, *sound, "-c", "copy", "-movflags", "+faststart", str(folder / "sound.m4a"))
    whole_sound = (folder / "sound.m4a").read_bytes()
    (folder / "half.m4a").write_bytes(whole_sound[: len(whole_sound) // 2])
    (folder / "text.txt").write_text("no sound at all")
    await ffmpeg(tools, "-i", str(whole), "-c", "copy", "-f", "dash", "-seg_duration", "1", str(folder / "dash.mpd"))
    await ffmpeg(
        tools, "-i", str(whole), "-map", "0:v", "-map", "0:a", "-c", "copy", "-f", "hls", "-hls_time", "1",
        "-hls_playlist_type", "vod", "-master_pl_name", "master.m3u8", "-var_stream_map", "v:0,agroup:a a:0,agroup:a",
        "-hls_segment_filename", str(folder / "part%v_%d.ts"), str(folder / "part%v.m3u8"),
    )  # fmt: skip


def packed(sound: bytes, seconds: float) -> bytes:
    """A segment of packed audio as HLS has it (RFC 8216, 3.4): its time in an ID3 tag before it."""
    body = b"com.apple.streaming.transportStreamTimestamp\0" + struct.pack(">Q", round(seconds * 90000))
    frame = b"PRIV" + struct.pack(">I", len(body)) + b"\0\0" + body
    return b"ID3\x04\0\0" + struct.pack(">I", len(frame)) + frame + sound


@pytest.fixture
async def source(film: Path) -> AsyncIterator[Source]:
    async with serve(film) as running:
        yield running


async def fetched(source: Source, folder: Path, what: str, **how: Any) -> Fetched:
    """What comes of a path of the source, or of a code of the fake platform."""
    heard = how.pop("heard", lambda _: None)
    need_audio = how.pop("need_audio", True)
    async with fetching(source, plugins=HERE, **how) as fetcher:
        target: Target = (
            fetcher.registry.direct(source.url(what)) if "." in what else fetcher.registry.target("fake", what)
        )
        return await fetcher.fetch(target, folder, wanted_height=None, heard=heard, need_audio=need_audio)


async def extracted(tools: Tools, media: Fetched, out: Path) -> Extraction:
    out.mkdir()
    return await extract(tools, media.path, CLIP, out, report=lambda _stage, _fraction, **_: None, sound=media.sound)


async def flash_and_beep(tools: Tools, clip: Path) -> tuple[float, float]:
    """When the clip flashes and when it beeps, in seconds."""
    pictures = np.frombuffer(
        await decoded(tools, clip, "-map", "0:v", "-vf", "fps=100,scale=8:8,format=gray"), np.uint8
    )
    sound = await decoded(
        tools, clip, "-map", "0:a", "-af", "aresample=8000:async=1:first_pts=0", "-ac", "1", raw="s16le"
    )
    flash = np.argmax(pictures.reshape(-1, 64).mean(axis=1) > 220) / 100
    beep = np.argmax(np.abs(np.frombuffer(sound, np.int16).astype(int)) > 8000) / RATE
    return float(flash), float(beep)


async def decoded(tools: Tools, path: Path, *how: str, raw: str = "rawvideo") -> bytes:
    said = bytearray()
    line = [str(tools.ffmpeg), "-nostdin", "-v", "error", "-copyts", "-i", str(path), *how, "-f", raw, "-"]
    done = await tools.runner.run(line, limits=Limits(wall_seconds=60), on_stdout=said.extend)
    assert done.returncode == 0, done.stderr_tail
    return bytes(said)


@pytest.mark.parametrize(
    ("what", "codec"),
    [
        ("media/master.m3u8", "aac"),
        ("media/dash.mpd", "aac"),
        ("split_webm", "opus"),
        ("split_late", "mp2"),
        ("split_packed", "aac"),
    ],
)
async def test_the_clip_has_its_sound_in_time_and_the_frames_are_those_of_the_film(
    source: Source, times: list[float], tools: Tools, tmp_path: Path, what: str, codec: str
) -> None:
    (tmp_path / "apart").mkdir()

    media = await fetched(source, tmp_path / "apart", what)
    apart = await extracted(tools, media, tmp_path / "out")

    assert media.sound is not None
    flash, beep = await flash_and_beep(tools, tmp_path / "out" / "clip.mp4")
    assert abs(flash - beep) < 0.05
    assert PLANTED in times
    assert times == shown(apart)
    assert codec == apart.info.audio_codec
    assert apart.warnings == ()


async def test_an_item_that_asks_for_a_clip_gets_one_with_sound(source: Source, tools: Tools, tmp_path: Path) -> None:
    artifacts = FolderArtifacts(tmp_path / "out", new_id=CountingIds())
    async with fetching(source, plugins=HERE) as fetcher:
        target = fetcher.registry.target("fake", "split_webm")
        item = Item(key=ItemKey("j", 0), target=target, attempt=1)
        pipeline = Pipeline(fetcher, tools, artifacts, work=tmp_path / "work", place=place_of_target)
        outcome = await pipeline.process(item, CLIP, lambda _stage, _fraction, **_: None, at_once)

    (clip,) = [artifacts.path(file) for file in outcome.artifacts if file.kind == "clip"]
    flash, beep = await flash_and_beep(tools, clip)
    assert abs(flash - beep) < 0.05
    assert list((tmp_path / "work").rglob("*")) == []


@pytest.mark.parametrize("what", ["media/master.m3u8", "media/dash.mpd", "split_webm"])
async def test_without_a_clip_no_sound_is_fetched(source: Source, tmp_path: Path, what: str) -> None:
    media = await fetched(source, tmp_path, what, need_audio=False)

    assert media.sound is None
    assert [media.path] == list(tmp_path.iterdir())
    assert not [path for path in source.asked if "sound" in path or "part1_" in path or "stream1" in path]


async def test_progress_counts_both_files(source: Source, film: Path, tmp_path: Path) -> None:
    heard: list[FetchProgress] = []

    await fetched(source, tmp_path, "split_webm", heard=heard.append)

    both = sum((film / name).stat().st_size for name in ("picture.mp4", "sound.webm"))
    assert (heard[-1].downloaded, heard[-1].total, heard[-1].fraction) == (both, both, 1.0)


async def test_the_size_limit_is_for_both_files_together(source: Source, film: Path, tmp_path: Path) -> None:
    sizes = [(film / name).stat().st_size for name in ("picture.mp4", "sound.webm")]

    with pytest.raises(VxError) as caught:
        await fetched(source, tmp_path, "split_webm", limits=limits(max_bytes=sum(sizes) - 1))

    assert caught.value.code == "too_large"
    assert sum(sizes) - 1 > max(sizes)


async def test_sound_that_is_gone_fails_the_download(source: Source, tmp_path: Path) -> None:
    with pytest.raises(VxError) as caught:
        await fetched(source, tmp_path, "split_gone")

    assert caught.value.code == "media_gone"


async def test_a_file_without_sound_in_its_place_leaves_a_silent_clip_and_a_warning(
    source: Source, tools: Tools, tmp_path: Path
) -> None:
    (tmp_path / "apart").mkdir()

    media = await fetched(source, tmp_path / "apart", "split_odd")
    apart = await extracted(tools, media, tmp_path / "out")

    assert [warning["code"] for warning in apart.warnings] == ["sound_unreadable"]
    assert (apart.info.audio_codec, apart.frames > 0) == (None, True)
    assert (tmp_path / "out" / "clip.mp4").is_file()


class Lending(Fetcher):
    """Gives what it was made with, and notes what it is to forget."""

    def __init__(self, fetched: Fetched) -> None:
        self.fetched, self.forgotten = fetched, list[Fetched]()

    async def fetch(self, *_: Any, **__: Any) -> Fetched:
        return self.fetched

    async def forget(self, fetched: Fetched) -> None:
        self.forgotten.append(fetched)


@pytest.mark.parametrize(
    ("sound", "codes"), [("sound.m4a", []), ("half.m4a", ["sound_short"]), ("text.txt", ["sound_unreadable"])]
)
async def test_sound_that_is_not_whole_is_warned_of_and_fetched_anew_the_next_time(
    sound: str, codes: list[str], film: Path, tools: Tools, tmp_path: Path
) -> None:
    fetcher = Lending(Fetched(path=film / "picture.mp4", sound=film / sound))
    artifacts = FolderArtifacts(tmp_path / "out", new_id=CountingIds())
    item = Item(key=ItemKey("j", 0), target=Target(platform="fake", code="a", url="a"), attempt=1)
    pipeline = Pipeline(fetcher, tools, artifacts, work=tmp_path / "work", place=place_of_target)

    outcome = await pipeline.process(item, CLIP, lambda _stage, _fraction, **_: None, at_once)

    assert codes == [warning["code"] for warning in outcome.warnings]
    assert [fetcher.fetched] * len(codes) == fetcher.forgotten
