"""Whole extractions on a GPU that is played by the CPU, or fails as it was recorded."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from json import dumps
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from fakes import CountingIds, SeenGpus
from integration.machine import H200, REAL, Machine
from vxpipe import config, log, names, parts
from vxpipe.engine import publish
from vxpipe.engine.item import Pipeline
from vxpipe.engine.media import hardware, trials
from vxpipe.engine.media.cards import Cards
from vxpipe.engine.media.extract import Extraction, extract
from vxpipe.engine.media.ladder import Accel
from vxpipe.engine.workplace import place_of_target
from vxpipe.errors import VxError
from vxpipe.facts import Ability, Gpu
from vxpipe.model import Item, ItemKey, Source
from vxpipe.ports import Fetcher
from vxpipe.recipe import Recipe
from vxpipe.store.artifacts import FolderArtifacts

SOURCE = Source(platform="file", code="film", url="film.mp4", title=None, uploader=None)
ABLE = Gpu(
    usable=Ability("NVIDIA H200"),
    uuid="GPU-a",
    context_seconds=0.001,
    abilities=tuple(Ability(each.name) for each in trials.trials()),
)
UNCROPPED = replace(
    ABLE,
    abilities=tuple(
        Ability(each.name, "another picture", "PARITY_FAILED") if each.name.endswith("scale_cuda") else each
        for each in ABLE.abilities
    ),
)
SHOTS = ("testsrc2=s=640x272:r=25", "mandelbrot=s=640x272:r=25", "testsrc2=s=640x272:r=25,negate,hflip")
EVERY_SECOND = {"frames": {"mode": "interval", "every": 1}, "sheet": False}
SMALL = {"sheet": False, "image": {"format": "png", "maxWidth": 160}}


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three shots within black bars, 24 seconds of 640x360: worth a GPU that is opened at once."""
    path = tmp_path_factory.mktemp("gpu") / "film.mp4"
    shots = (f"{source},trim=end=8[{name}]" for name, source in zip("abc", SHOTS, strict=True))
    graph = f"{';'.join(shots)};[a][b][c]concat=n=3,pad=640:360:0:44,format=yuv420p[o]"
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "125")
    line = [REAL.ffmpeg, "-v", "error", "-filter_complex", graph, "-map", "[o]", *coded, path]
    subprocess.run(line, check=True)
    return path


class Service:
    """One machine with GPUs, and what is extracted on it."""

    def __init__(self, folder: Path, *gpus: Gpu, accel: Accel = "auto", gate: Path | None = None, **fails: str) -> None:
        self.folder = folder
        self.now = 0.0
        self.machine = Machine(folder, H200.format("a"), fails=fails, gate=gate)
        self.tools = self.machine.tools
        self.cards = Cards(SeenGpus(*gpus), accel=accel, clock=lambda: self.now)
        self._count = 0

    async def run(self, film: Path, options: Mapping[str, Any] | None = None, *, stall: float = 60) -> Extraction:
        self._count += 1
        out = self.folder / f"out{self._count}"
        out.mkdir()
        recipe = Recipe.model_validate_json(dumps(options or {}))
        return await extract(
            self.tools, film, recipe, out, report=lambda _stage, _fraction, **_facts: None,
            stall_seconds=stall, cards=self.cards,
        )  # fmt: skip

    async def breaker(self) -> str | None:
        work = (await self.cards.found())[0].work
        return work.breaker if work else None

    def frames(self, extraction: Extraction, number: int) -> dict[str, bytes]:
        out = self.folder / f"out{number}"
        return {file.name: (out / file.name).read_bytes() for file in extraction.files if file.kind == "frame"}


class NothingToFetch(Fetcher):
    """For films that are here."""


@asynccontextmanager
async def at_once() -> AsyncIterator[None]:
    yield


def rungs(extraction: Extraction) -> dict[str, list[str]]:
    """By what it was decoded for: on which rungs."""
    found = dict[str, list[str]]()
    for step in extraction.decoding:
        found.setdefault(step.use, []).append(step.rung.value)
    return found


def samples(picture: Path) -> bytes:
    line = [REAL.ffmpeg, "-v", "error", "-i", picture, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    return subprocess.run(line, check=True, capture_output=True).stdout


def facts(extraction: Extraction) -> list[dict[str, Any]]:
    """What `item.json` says of the decodes."""
    told: list[dict[str, Any]] = publish.item_facts(SOURCE, extraction, {}, cached=False)["decoding"]
    return told


async def test_a_gpu_that_is_required_decodes_all_that_the_plan_names(tmp_path: Path, film: Path) -> None:
    service = Service(tmp_path, ABLE, accel="require")

    extraction = await service.run(film)

    assert rungs(extraction) == {"keyframes": ["cuda"], "look": ["cuda"], "frames": ["nvdec"]}
    assert service.machine.runs() == ["cuda GPU-a"] * 2 + ["nvdec GPU-a"]
    assert {step["gpu"] for step in facts(extraction)} == {"NVIDIA H200"}


async def test_a_gpu_is_used_for_what_it_is_worth_and_the_cpu_for_the_rest(tmp_path: Path, film: Path) -> None:
    extraction = await Service(tmp_path, ABLE).run(film)

    keyframes, look = facts(extraction)[:2]
    assert (look["rung"], look["failed"], look["leftOut"]) == ("cuda", [], [])
    assert (keyframes["rung"], keyframes["gpu"]) == ("software", None)
    assert [each["code"] for each in keyframes["leftOut"]] == ["NOT_WORTH_IT"] * 2


@pytest.mark.parametrize("gpu", [ABLE, UNCROPPED], ids=["cuda", "nvdec"])
@pytest.mark.parametrize("options", [{}, EVERY_SECOND], ids=["scenes", "interval"])
async def test_a_gpu_finds_and_saves_the_frames_that_the_cpu_does(
    tmp_path: Path, film: Path, gpu: Gpu, options: Mapping[str, Any]
) -> None:
    service = Service(tmp_path, gpu, accel="require")
    by_gpu = await service.run(film, options)
    service.cards.accel = "off"
    by_cpu = await service.run(film, options)

    assert set(rungs(by_cpu)["look"]) == {"software"}
    assert service.frames(by_gpu, 1) == service.frames(by_cpu, 2)
    assert by_gpu.crop == by_cpu.crop
    assert [c.kept for c in by_gpu.candidates] == [c.kept for c in by_cpu.candidates]


@pytest.mark.skipif(not any(Path("/dev").glob("nvidia[0-9]*")), reason="there is no NVIDIA GPU")
@pytest.mark.parametrize("options", [{}, EVERY_SECOND, SMALL], ids=["scenes", "interval", "small"])
async def test_a_real_gpu_finds_and_saves_the_frames_that_the_cpu_does(
    tmp_path: Path, film: Path, options: Mapping[str, Any]
) -> None:
    service = Service(tmp_path)
    service.tools, service.cards = REAL, parts.build_cards(config.read(accel="require"), REAL)
    by_gpu = await service.run(film, options)
    service.cards.accel = "off"
    by_cpu = await service.run(film, options)

    assert "software" not in {step.rung.value for step in by_gpu.decoding}
    assert_same_pictures(tmp_path, by_gpu, by_cpu)


def assert_same_pictures(folder: Path, first: Extraction, second: Extraction) -> None:
    """The frames of the first two extractions have the same times and look the same."""
    names = [[file.name for file in each.files if file.kind == "frame"] for each in (first, second)]
    assert names[0] == names[1]
    for name in names[0]:
        pictures = [samples(folder / out / name) for out in ("out1", "out2")]
        assert len(pictures[0]) == len(pictures[1])
        assert hardware.psnr(*pictures) >= 35


async def test_images_that_are_cut_and_made_smaller_by_the_gpu_are_those_of_the_cpu(tmp_path: Path, film: Path) -> None:
    service = Service(tmp_path, ABLE, accel="require")
    by_gpu = await service.run(film, SMALL)
    service.cards.accel = "off"
    by_cpu = await service.run(film, SMALL)

    assert rungs(by_gpu)["frames"][0] == "cuda"
    assert by_gpu.crop is not None
    assert_same_pictures(tmp_path, by_gpu, by_cpu)


@pytest.mark.parametrize(
    ("happens", "code", "blamed"),
    [
        ("no_driver", "DRIVER_LIB_MISSING", True),
        ("no_device", "GPU_ABSENT", True),
        ("device_busy", "GPU_BUSY", True),
        ("memory_full", "GPU_MEMORY", True),
        ("driver_mismatch", "DRIVER_MISMATCH", True),
        ("nvdec_create", "GPU_FAILED", True),
        ("xid_while_decoding", "GPU_FAILED", True),
        ("download_failed", "GPU_FAILED", True),
        ("filter_ptx", "DRIVER_TOO_OLD", True),
        ("no_hwaccel_built", "FFMPEG_LACKS_CODEC", True),
        ("no_scale_cuda_built", "FILTER_MISSING", True),
        ("nvdec_lacks", "CODEC_NOT_ON_GPU", False),
        ("nvdec_size", "SIZE_NOT_ON_GPU", False),
        ("silent", "UNKNOWN", False),
    ],
)
async def test_what_fails_by_hardware_is_done_on_the_next_rung_and_the_item_says_so(
    tmp_path: Path, film: Path, happens: str, code: str, blamed: bool
) -> None:
    service = Service(tmp_path, ABLE, cuda=happens, nvdec=happens)

    with capture_logs() as told:
        extraction = await service.run(film)

    (look,) = (step for step in facts(extraction) if step["use"] == "look")
    failed = [line for line in told if line["event"] == "rung.failed"]
    assert (look["rung"], [(each["rung"], each["code"]) for each in look["failed"]]) == (
        "software",
        [("cuda", code), ("nvdec", code)],
    )
    assert [(line["rung"], line["code"], line["gpu"]) for line in failed] == [
        ("cuda", code, "NVIDIA H200"),
        ("nvdec", code, "NVIDIA H200"),
    ]
    assert "?" not in log.message("rung.failed", failed[0])
    assert extraction.frames >= 3
    for _ in range(2):
        service.cards.failed(ABLE, hardware.Code.GPU_FAILED)
    assert await service.breaker() == ("open" if blamed else "closed")


async def test_a_scaler_that_fails_leaves_the_decoder_in_use(tmp_path: Path, film: Path) -> None:
    service = Service(tmp_path, ABLE, accel="require", cuda="filter_launch")

    extraction = await service.run(film)

    keyframes, look, *_ = facts(extraction)
    assert {each for found in rungs(extraction).values() for each in found} == {"nvdec"}
    assert [each["code"] for each in keyframes["failed"]] == ["GPU_FAILED"]
    assert (look["failed"], [(each["rung"], each["code"]) for each in look["leftOut"]]) == (
        [],
        [("cuda", "GPU_FAILED")],
    )
    assert service.machine.runs().count("cuda GPU-a") == 1


async def test_a_gpu_that_hangs_is_left_after_a_time_of_silence(tmp_path: Path, film: Path) -> None:
    service = Service(tmp_path, ABLE, cuda="hang", nvdec="hang")

    extraction = await service.run(film, stall=1.5)

    (look,) = (step for step in facts(extraction) if step["use"] == "look")
    assert (look["rung"], {each["code"] for each in look["failed"]}) == ("software", {"TIMED_OUT"})


async def test_three_items_that_failed_open_the_breaker_and_the_next_one_goes_by_the_cpu_at_once(
    tmp_path: Path, film: Path
) -> None:
    service = Service(tmp_path, ABLE, cuda="device_busy", nvdec="device_busy")

    for _ in range(3):
        await service.run(film)
    before = len(service.machine.runs())
    extraction = await service.run(film)

    (look,) = (step for step in facts(extraction) if step["use"] == "look")
    assert (await service.breaker(), look["failed"]) == ("open", [])
    assert {each["code"] for each in look["leftOut"]} == {"RESTING"}
    assert len(service.machine.runs()) == before


async def test_a_gpu_that_works_after_its_rest_is_used_again(tmp_path: Path, film: Path) -> None:
    service = Service(tmp_path, ABLE)
    for _ in range(3):
        service.cards.failed(ABLE, hardware.Code.GPU_FAILED)
    resting = rungs(await service.run(film))["look"]
    service.now = 300.0

    healed = rungs(await service.run(film))["look"]

    assert (resting, healed, await service.breaker()) == (["software"], ["cuda"], "closed")


async def test_where_a_gpu_is_required_and_fails_the_item_fails_with_the_reason(tmp_path: Path, film: Path) -> None:
    service = Service(tmp_path, ABLE, accel="require", cuda="device_busy", nvdec="device_busy")

    with pytest.raises(VxError) as failed:
        await service.run(film)

    assert (failed.value.code, failed.value.kind.retryable) == ("gpu_unavailable", True)
    assert "(GPU_BUSY)" in failed.value.message


async def test_one_bad_film_that_is_tried_again_and_again_does_not_switch_a_gpu_off(tmp_path: Path, film: Path) -> None:
    service = Service(tmp_path, ABLE, accel="require", cuda="xid_while_decoding", nvdec="xid_while_decoding")
    artifacts = FolderArtifacts(tmp_path / "out", new_id=CountingIds())
    pipeline = Pipeline(
        NothingToFetch(), service.tools, artifacts, work=tmp_path / "work", place=place_of_target, cards=service.cards
    )  # fmt: skip

    for attempt in range(1, 4):
        item = Item(key=ItemKey("j", 0), target=names.local(film), attempt=attempt)
        with pytest.raises(VxError, match="GPU_FAILED"):
            await pipeline.process(item, Recipe(), lambda _stage, _fraction, **_: None, at_once)

    assert await service.breaker() == "closed"


async def test_where_a_gpu_is_required_a_film_that_it_does_not_take_fails(tmp_path: Path, film: Path) -> None:
    without = replace(ABLE, abilities=(Ability("h264_nvdec", "this GPU cannot", "CODEC_NOT_ON_GPU"),))

    with pytest.raises(VxError, match=r"this GPU cannot \(CODEC_NOT_ON_GPU\)"):
        await Service(tmp_path, without, accel="require").run(film)


async def test_a_film_that_is_damaged_is_not_held_against_the_gpu(tmp_path: Path, film: Path) -> None:
    damaged = tmp_path / "damaged.mp4"
    content = bytearray(film.read_bytes())
    for place in range(len(content) // 3, len(content) * 2 // 3, 997):
        content[place] ^= 0xFF
    damaged.write_bytes(content)
    service = Service(tmp_path, ABLE, cuda="xid_while_decoding", nvdec="xid_while_decoding")

    extraction = await service.run(damaged)

    assert [warning["code"] for warning in extraction.warnings] == ["damaged_source"]
    for _ in range(2):
        service.cards.failed(ABLE, hardware.Code.GPU_FAILED)
    assert await service.breaker() == "closed"


async def test_items_are_spread_over_two_gpus_and_each_sees_its_own_only(tmp_path: Path, film: Path) -> None:
    gate = tmp_path / "gate"
    service = Service(tmp_path, ABLE, replace(ABLE, uuid="GPU-b"), gate=gate)

    async def opened() -> None:
        while len(service.machine.runs()) < 2:
            await asyncio.sleep(0.01)
        gate.touch()

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        group.create_task(service.run(film))
        group.create_task(service.run(film))
        group.create_task(opened())

    assert sorted(service.machine.runs()) == ["cuda GPU-a", "cuda GPU-b"]


async def test_without_a_gpu_an_item_starts_no_other_program_than_with_gpus_off(tmp_path: Path, film: Path) -> None:
    service = Service(tmp_path)
    service.cards = Cards(service.machine.gpus, accel="auto", clock=lambda: 0.0)
    (tmp_path / "nvidia-smi").write_text(f"#!/bin/sh\necho nvidia-smi >> {service.machine.log}\n")
    (tmp_path / "nvidia0").unlink()

    extraction = await service.run(film)

    assert service.machine.runs() == []
    assert {each["code"] for step in facts(extraction) for each in step["leftOut"]} == {"GPU_ABSENT", "NOT_WORTH_IT"}


async def test_a_gpu_that_loses_pictures_without_a_word_changes_nothing_of_what_is_found(
    tmp_path: Path, film: Path
) -> None:
    service = Service(tmp_path, ABLE, cuda="short", nvdec="short")

    by_gpu = await service.run(film)
    service.cards.accel = "off"
    by_cpu = await service.run(film)

    (look,) = (step for step in facts(by_gpu) if step["use"] == "look")
    assert (look["rung"], [(each["rung"], each["code"]) for each in look["failed"]]) == (
        "software",
        [("cuda", "INCOMPLETE")],
    )
    assert service.frames(by_gpu, 1) == service.frames(by_cpu, 2)
    assert by_gpu.warnings == ()


@pytest.fixture
def all_keyframes(tmp_path: Path) -> Path:
    """Large pictures, each of them a keyframe: enough of them for a GPU to be worth it."""
    path = tmp_path / "keyframes.mp4"
    coded = ("-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-g", "1")
    line = [REAL.ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=3840x2160:r=2:d=20", *coded, path]
    subprocess.run(line, check=True)
    return path


async def test_keyframes_that_a_gpu_loses_are_decoded_by_the_cpu(tmp_path: Path, all_keyframes: Path) -> None:
    service = Service(tmp_path, ABLE, cuda="short", nvdec="short")

    keyframes, *_ = facts(await service.run(all_keyframes))

    assert (keyframes["use"], keyframes["rung"]) == ("keyframes", "software")
    assert [(each["rung"], each["code"]) for each in keyframes["failed"]] == [("cuda", "INCOMPLETE")]


CLIP_ALONE = {"frames": {"mode": "count", "count": 1}, "sheet": False, "crop": "none"}


@pytest.fixture(scope="session")
def reel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds with a sound: enough for a GPU that is opened at once to be worth it."""
    return card(tmp_path_factory.mktemp("gpu") / "reel.mp4", "640x360", seconds=4)


def card(path: Path, size: str, *, seconds: int) -> Path:
    inputs = ("-f", "lavfi", "-i", f"testsrc2=s={size}:r=25:d={seconds}", "-f", "lavfi", "-i", f"sine=d={seconds}")
    line = [REAL.ffmpeg, "-v", "error", *inputs, "-pix_fmt", "yuv420p", "-c:v", "libx264", "-crf", "10", path]
    subprocess.run(line, check=True)
    return path


def clips(options: str | None = None) -> dict[str, Any]:
    return CLIP_ALONE | {"clip": {"encoder": options} if options else {}}


def codecs(path: Path) -> list[str]:
    entries = ("-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0")
    return subprocess.run([REAL.ffprobe, *entries, path], check=True, capture_output=True, text=True).stdout.split()


def psnr(one: Path, other: Path) -> float:
    graph = "[0:v]setpts=N/TB[a];[1:v]setpts=N/TB[b];[a][b]psnr"
    line = [REAL.ffmpeg, "-i", one, "-i", other, "-lavfi", graph, "-f", "null", "-"]
    said = subprocess.run(line, check=True, capture_output=True, text=True).stderr
    return float(said.rpartition("average:")[2].split()[0])


def frames_of(path: Path) -> int:
    entries = ("-v", "error", "-select_streams", "v", "-count_packets", "-show_entries", "stream=nb_read_packets")
    line = [REAL.ffprobe, *entries, "-of", "csv=p=0", path]
    return int(subprocess.run(line, check=True, capture_output=True, text=True).stdout)


def written_by(extraction: Extraction) -> dict[str, Any]:
    """What `item.json` says of the clip."""
    told: dict[str, Any] = publish.item_facts(SOURCE, extraction, {}, cached=False)["clip"]
    return told


@pytest.mark.parametrize(
    ("encoder", "codec_name"), [(None, "h264"), ("hevc_nvenc", "hevc"), ("av1_nvenc", "av1"), ("libx264", "h264")]
)
async def test_a_clip_is_written_by_the_encoder_that_is_wanted(
    tmp_path: Path, reel: Path, encoder: str | None, codec_name: str
) -> None:
    service = Service(tmp_path, ABLE)

    extraction = await service.run(reel, clips(encoder))

    used, gpu = encoder or "h264_nvenc", None if encoder == "libx264" else "NVIDIA H200"
    clip = tmp_path / "out1" / "clip.mp4"
    assert written_by(extraction) == {"encoder": used, "gpu": gpu, "failed": [], "leftOut": []}
    assert codecs(clip) == [codec_name, "aac"]
    assert psnr(clip, reel) > 35
    runs = [run for run in service.machine.runs() if run.startswith("clip")]
    assert runs == ([f"clip_{used} GPU-a of nvdec"] if gpu else [])
    assert [step["rung"] for step in facts(extraction) if step["use"] == "clip"] == ["nvdec" if gpu else "software"]
    assert extraction.warnings == ()


async def test_a_gpu_decodes_and_halves_for_its_encoder(tmp_path: Path) -> None:
    large = card(tmp_path / "large.mp4", "1280x720", seconds=1)
    by_gpu, by_cpu = tmp_path / "gpu", tmp_path / "cpu"
    by_gpu.mkdir()
    by_cpu.mkdir()
    service = Service(by_gpu, ABLE)

    clip = (await service.run(large, clips() | {"clip": {"encoder": "hevc_nvenc", "maxHeight": 160}})).files[-1]
    await Service(by_cpu, accel="off").run(large, clips() | {"clip": {"maxHeight": 160}})

    assert (clip.kind, clip.width, clip.height) == ("clip", 284, 160)
    assert service.machine.runs()[-1] == "clip_hevc_nvenc GPU-a of cuda"
    assert psnr(by_gpu / "out1" / "clip.mp4", by_cpu / "out1" / "clip.mp4") > 35


async def test_a_clip_for_which_a_session_was_refused_is_tried_once_more(tmp_path: Path, reel: Path) -> None:
    service = Service(tmp_path, ABLE, clip_h264_nvenc=["nvenc_sessions"])  # type: ignore[arg-type]

    extraction = await service.run(reel, clips())

    told = written_by(extraction)
    assert (told["encoder"], [each["code"] for each in told["failed"]]) == ("h264_nvenc", ["SESSION_LIMIT"])
    assert (await service.cards.found())[0].work.encode_slots == 2  # type: ignore[union-attr]


async def test_a_clip_of_which_a_gpu_loses_pictures_is_decoded_by_the_cpu_for_the_same_encoder(
    tmp_path: Path, reel: Path
) -> None:
    service = Service(tmp_path, ABLE, clip_h264_nvenc=["short"])  # type: ignore[arg-type]

    extraction = await service.run(reel, clips())

    (clip,) = (step for step in facts(extraction) if step["use"] == "clip")
    assert (clip["rung"], [(each["rung"], each["code"]) for each in clip["failed"]]) == (
        "software",
        [("nvdec", "INCOMPLETE")],
    )
    assert written_by(extraction)["encoder"] == "h264_nvenc"
    assert frames_of(tmp_path / "out1" / "clip.mp4") == frames_of(reel)


@pytest.mark.parametrize("accel", ["auto", "require"])
async def test_a_clip_of_which_a_gpu_loses_pictures_is_written_by_the_cpu_alone_where_that_encodes(
    tmp_path: Path, film: Path, accel: Accel
) -> None:
    service = Service(tmp_path, ABLE, accel=accel, nvdec="short")

    extraction = await service.run(film, clips("libx264") | {"frames": {"mode": "keyframes"}})

    assert rungs(extraction)["clip"][-1] == "software"
    assert "nvdec GPU-a" in service.machine.runs()
    assert frames_of(tmp_path / "out1" / "clip.mp4") == frames_of(film)


@pytest.mark.parametrize(
    ("happens", "code"),
    [("nvenc_too_old", "DRIVER_TOO_OLD"), ("nvenc_sessions", "SESSION_LIMIT"), ("silent", "UNKNOWN")],
)
async def test_where_the_encoder_fails_the_cpu_writes_the_clip_and_a_named_one_is_missed(
    tmp_path: Path, reel: Path, happens: str, code: str
) -> None:
    service = Service(tmp_path, ABLE, clip_h264_nvenc=happens, clip_hevc_nvenc=happens)

    with capture_logs() as said:
        extraction = await service.run(reel, clips())
    named = await service.run(reel, clips("hevc_nvenc"))

    told, (failed, *_) = written_by(extraction), [line for line in said if line["event"] == "encoder.failed"]
    assert (told["encoder"], told["gpu"], told["failed"][0]["code"], failed["code"]) == ("libx264", None, code, code)
    assert [codecs(tmp_path / out / "clip.mp4")[0] for out in ("out1", "out2")] == ["h264", "h264"]
    assert extraction.warnings == ()
    assert [(each["code"], each["wanted"]) for each in named.warnings] == [("other_encoder", "hevc_nvenc")]


async def test_what_is_not_worth_a_gpu_or_too_small_for_it_is_encoded_by_the_cpu(tmp_path: Path, reel: Path) -> None:
    folder = tmp_path / "dear"
    folder.mkdir()

    small = await Service(tmp_path, ABLE).run(reel, clips() | {"clip": {"encoder": "h264_nvenc", "maxHeight": 90}})
    dear = await Service(folder, replace(ABLE, context_seconds=60.0)).run(reel, clips())

    assert [written_by(each)["leftOut"][0]["code"] for each in (small, dear)] == ["OTHER_SIZE", "NOT_WORTH_IT"]
