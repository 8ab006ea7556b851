"""What GPUs are found to do, by real runs: those of a stand-in ffmpeg, whose GPU is the CPU or fails as recorded."""

import asyncio
import json
import math
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from integration.machine import H200, REAL, TOLD, Machine
from vxpipe.engine.media import ladder, trials
from vxpipe.engine.media.cards import Cards
from vxpipe.engine.media.encoding import Encode
from vxpipe.engine.media.gpus import Gpus, encoders
from vxpipe.engine.media.hardware import Code
from vxpipe.engine.media.tools import Tools
from vxpipe.errors import VxError
from vxpipe.facts import Ability, Gpu
from vxpipe.model import MediaInfo
from vxpipe.ports import Bounds, ChildExit, ChildRunner, Limits, Sink

EVERYTHING = [
    *("h264_nvdec", "hevc_nvdec", "hevc_10bit_nvdec", "vp9_nvdec", "av1_nvdec"),
    *("scale_cuda", "crop_scale_cuda", "h264_nvenc", "hevc_nvenc", "av1_nvenc"),
]


FILM = ladder.Decode(
    info=MediaInfo(container="mov,mp4", codec="h264", pixel_format="yuv420p", width=1920, height=1080), packets=10_000
)
NAMED = Encode(wanted="h264_nvenc", size=(1920, 1080), frames=10_000)


def codes(gpu: Gpu) -> dict[str, str | None]:
    return {each.name: each.code for each in gpu.abilities if each.obstacle}


async def test_without_a_device_no_program_is_started(tmp_path: Path) -> None:
    machine = Machine(tmp_path)

    (gpu,) = await machine.gpus.found()

    assert (gpu.usable.name, gpu.usable.code) == ("nvidia", "GPU_ABSENT")
    assert "--gpus all" in (gpu.usable.obstacle or "")
    assert [each.code for each in encoders([gpu])] == ["GPU_ABSENT"] * 3
    assert machine.log.read_text() == ""


async def test_all_that_a_gpu_can_do_is_really_tried(tmp_path: Path) -> None:
    machine = Machine(tmp_path, H200.format("a"))

    (gpu,) = await machine.gpus.found()

    assert (gpu.usable, gpu.uuid, gpu.driver) == (Ability("NVIDIA H200"), "GPU-a", "610.1")
    assert [each.name for each in gpu.abilities] == EVERYTHING
    assert codes(gpu) == {}
    assert gpu.memory_bytes == 143771 << 20
    assert gpu.context_seconds is not None
    assert gpu.bounds == ladder.told_bounds(json.dumps({"h264_420_8": TOLD}))
    assert sorted(machine.runs()) == sorted(f"{name} GPU-a" for name in ["open", *EVERYTHING])


async def test_a_card_for_computing_decodes_and_says_why_it_does_not_encode(tmp_path: Path) -> None:
    fails = dict.fromkeys(EVERYTHING[-3:], "nvenc_not_there") | {"av1_nvdec": "nvdec_lacks_av1"}
    machine = Machine(tmp_path, H200.format("a"), fails=fails)

    (gpu,) = await machine.gpus.found()

    assert gpu.usable == Ability("NVIDIA H200")
    assert codes(gpu) == {"av1_nvdec": "CODEC_NOT_ON_GPU", **dict.fromkeys(EVERYTHING[-3:], "NVENC_NOT_ON_GPU")}
    assert {each.code for each in encoders([gpu])} == {"NVENC_NOT_ON_GPU"}


async def test_what_fails_is_told_and_the_rest_is_used(tmp_path: Path) -> None:
    happens = {
        "crop_scale_cuda": ("lost_crop", "PARITY_FAILED"),
        "h264_nvdec": ("black_pictures", "PARITY_FAILED"),
        "hevc_nvdec": ("download_failed", "GPU_FAILED"),
        "vp9_nvdec": ("xid_while_decoding", "GPU_FAILED"),
        "scale_cuda": ("filter_ptx", "DRIVER_TOO_OLD"),
        "h264_nvenc": ("nvenc_too_old", "DRIVER_TOO_OLD"),
        "hevc_nvenc": ("nvenc_sessions", "SESSION_LIMIT"),
        "av1_nvenc": ("negated", "PARITY_FAILED"),
    }
    machine = Machine(tmp_path, H200.format("a"), fails={name: record for name, (record, _) in happens.items()})

    (gpu,) = await machine.gpus.found()

    assert gpu.usable.obstacle is None
    assert codes(gpu) == {name: code for name, (_, code) in happens.items()}
    assert [each.name for each in gpu.abilities if each.obstacle is None] == ["hevc_10bit_nvdec", "av1_nvdec"]


@pytest.mark.parametrize(
    ("happens", "code"),
    [("no_driver", "DRIVER_LIB_MISSING"), ("no_device", "GPU_ABSENT"), ("device_busy", "GPU_BUSY")],
)
async def test_a_gpu_that_cannot_be_opened_is_not_tried_further(tmp_path: Path, happens: str, code: str) -> None:
    machine = Machine(tmp_path, H200.format("a"), fails={"open": happens})

    (gpu,) = await machine.gpus.found()

    assert (gpu.usable.code, gpu.abilities, gpu.context_seconds) == (code, (), None)
    assert machine.log.read_text().splitlines() == ["open GPU-a"]


async def test_a_gpu_that_hangs_is_left_alone_in_time(tmp_path: Path) -> None:
    machine = Machine(tmp_path, H200.format("a"), fails={"open": "hang"})

    (gpu,) = await machine.with_wanted(None, seconds=2).found()

    assert gpu.usable.code == "TIMED_OUT"


async def test_where_nvidia_smi_hangs_the_card_is_tried_without_a_name(tmp_path: Path) -> None:
    machine = Machine(tmp_path, H200.format("a"), fails={"open": "no_device"})
    machine.hang()

    (gpu,) = await machine.gpus.found()

    assert (gpu.usable.name, gpu.usable.code) == ("nvidia", "GPU_ABSENT")


async def test_what_was_found_holds_until_ffmpeg_driver_or_card_is_another(tmp_path: Path) -> None:
    machine = Machine(tmp_path, H200.format("a"), fails={"open": "no_device"})

    async def tried_again() -> bool:
        before = len(machine.runs())
        await machine.gpus.found()
        return len(machine.runs()) > before

    first, again = await tried_again(), await tried_again()
    machine.install(H200.format("a").replace("610.1", "615.2"))
    driver = await tried_again()
    machine.install(H200.format("b").replace("610.1", "615.2"))
    card = await tried_again()
    os.utime(machine.ffmpeg, ns=(0, 0))
    ffmpeg = await tried_again()
    machine.now += 23 * 3600
    in_a_day = await tried_again()
    machine.now += 2 * 3600
    after_a_day = await tried_again()

    assert (first, driver, card, ffmpeg, after_a_day) == (True,) * 5
    assert (again, in_a_day) == (False, False)


async def test_what_may_be_over_soon_is_tried_again_after_a_minute_then_after_two(tmp_path: Path) -> None:
    machine = Machine(tmp_path, H200.format("a"), fails={"open": "memory_full"})

    async def tries_after(seconds: float) -> int:
        machine.now += seconds
        await machine.gpus.found()
        return len(machine.runs())

    tries = [await tries_after(seconds) for seconds in (0, 59, 2, 61, 60)]

    assert tries == [1, 1, 2, 2, 3]


async def test_cards_of_one_kind_are_tried_once_and_those_not_left_to_us_never(tmp_path: Path) -> None:
    smi = [H200.format("a"), H200.format("b"), H200.format("c").replace("H200", "L4")]
    machine = Machine(tmp_path, *smi, fails={"open": "no_device"})

    found = await machine.with_wanted("1,2").found()

    assert [gpu.uuid for gpu in found] == ["GPU-b", "GPU-c"]
    assert machine.runs() == ["open GPU-b", "open GPU-c"]


async def test_under_wsl_the_one_device_of_all_cards_is_enough(tmp_path: Path) -> None:
    machine = Machine(tmp_path, H200.format("a"), nodes=0, fails={"open": "no_device"})
    (tmp_path / "dxg").touch()

    (gpu,) = await machine.gpus.found()

    assert gpu.uuid == "GPU-a"
    assert machine.runs() == ["open GPU-a"]


async def test_without_nvidia_smi_the_card_is_tried_all_the_same(tmp_path: Path) -> None:
    machine = Machine(tmp_path, nodes=1, fails={"open": "no_driver"})

    (gpu,) = await machine.with_wanted("0").found()

    assert (gpu.usable.name, gpu.usable.code, gpu.uuid) == ("nvidia", "DRIVER_LIB_MISSING", None)
    assert machine.runs() == ["open "]


async def test_an_ffmpeg_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    machine = Machine(tmp_path, H200.format("a"))
    machine.ffmpeg.chmod(0o644)

    (gpu,) = await machine.gpus.found()

    assert (gpu.usable.name, gpu.usable.code) == ("NVIDIA H200", "NOT_STARTED")


@pytest.mark.parametrize(
    "asking",
    [
        ("false",),
        ("printf", "%s", "{}"),
        ("no-such-program",),
        ("printf", "a library says hello\n{}"),
        ("printf", '{"h264_420_8": {"decoders": 7}}'),
        ("printf", r"\377"),
    ],
)
async def test_a_decoder_that_tells_nothing_of_itself_is_used_all_the_same(
    tmp_path: Path, asking: tuple[str, ...]
) -> None:
    machine = Machine(tmp_path, H200.format("a"), fails=dict.fromkeys(EVERYTHING[1:], "nvdec_lacks"))
    machine.asking = asking

    (gpu,) = await machine.with_wanted(None).found()

    assert (gpu.bounds, gpu.usable) == ({}, Ability("NVIDIA H200"))


async def test_a_card_is_tried_anew_by_itself(tmp_path: Path) -> None:
    machine = Machine(tmp_path, H200.format("a"), fails={"open": "device_busy"})
    gpu = Gpu(usable=Ability("NVIDIA H200"), uuid="GPU-a")

    assert await machine.gpus.opens(gpu) is Code.GPU_BUSY
    assert machine.runs() == ["open GPU-a"]


class Played(ChildRunner):
    """Programs that do all they are told at once, but for those that fail; they are held while `held` is not set.

    What fails is a name of `NAMES`, `cpu` for what the CPU does, `nvidia-smi` or `nvdec_caps`; with which code, or how
    it breaks. Encoders that are `refused` get no session.
    """

    def __init__(self, *fails: str, code: str = "tool_failed", breaking: Exception | None = None) -> None:
        self._fails, self._code, self._breaking = fails, code, breaking
        self.refused: set[str] = set()
        self.seconds: dict[str, float] = {}
        self.asked = 0
        self.held, self.begun = asyncio.Event(), asyncio.Event()
        self.held.set()

    def confined(self, bounds: Bounds) -> "Played":
        return self

    async def run(
        self,
        argv: Sequence[str],
        *,
        limits: Limits,
        on_stdout: Sink | None = None,
        on_stderr: Sink | None = None,
        **_: object,
    ) -> ChildExit:
        given = tuple(argv[1 + len(trials.QUIET) :])
        self.begun.set()
        await self.held.wait()
        name = NAMES.get(given) or PROGRAMS.get(argv[0], "cpu")
        self.asked += name == "nvidia-smi"
        self.seconds[name] = min(limits.wall_seconds, self.seconds.get(name, math.inf))
        if name in self._fails and self._breaking:
            raise self._breaking
        if name in self._fails:
            raise VxError(self._code, f"{argv[0]} could not be started: [Errno 11] Resource temporarily unavailable")
        if name in self.refused and on_stderr:
            on_stderr(b"OpenEncodeSessionEx failed: out of memory (10)")
            return ChildExit(1, "")
        if on_stdout:
            on_stdout(WORDS.get(name, bytes(64)))
        return ChildExit(0, "")


PROGRAMS = {"nvidia-smi": "nvidia-smi", sys.executable: "nvdec_caps"}
WORDS = {"nvidia-smi": H200.format("a").encode(), "nvdec_caps": b"{}"}
NAMES = {each.arguments: each.name for each in trials.trials()} | {trials.OPEN_DEVICE: "open"}


def played(folder: Path, runner: Played, clock: Callable[[], float] = lambda: 0.0) -> Gpus:
    (folder / "nvidia0").touch()
    tools = Tools(runner=runner, ffmpeg=REAL.ffmpeg, ffprobe=REAL.ffprobe)
    return Gpus(tools, wanted=None, clock=clock, devices=folder, seconds=2)


async def test_a_machine_that_can_start_no_more_processes_is_told_as_the_reason(tmp_path: Path) -> None:
    (gpu,) = await played(tmp_path, Played("cpu", "av1_nvenc")).found()
    (other,) = await played(tmp_path, Played("av1_nvdec")).found()

    assert set(codes(gpu).values()) == {"NOT_STARTED"}
    assert codes(other) == {"av1_nvdec": "NOT_STARTED"}


async def test_what_the_machine_keeps_from_beginning_is_a_reason_too(tmp_path: Path) -> None:
    machine = Machine(tmp_path, H200.format("a"))
    machine.ffmpeg.unlink()

    with capture_logs() as told:
        (gpu,) = await machine.gpus.found()
        (again,) = await machine.gpus.found()
    unknown = [line for line in told if line["event"] == "gpus.unknown"]
    many = await played(tmp_path, Played("cpu", breaking=OSError(24, "Too many open files"))).found()

    assert (gpu.usable.code, again.usable.code, len(unknown)) == ("NOT_STARTED", "NOT_STARTED", 2)
    assert set(codes(many[0]).values()) == {"NOT_STARTED"}


@pytest.mark.parametrize(
    ("runner", "asked"),
    [
        (Played(), [1, 1, 2, 3, 4]),
        (Played("nvidia-smi"), [1, 1, 2, 3, 4]),
        (Played("nvidia-smi", code="timed_out"), [1, 1, 2, 2, 3]),
    ],
)
async def test_nvidia_smi_is_asked_once_a_minute_and_left_alone_for_longer_where_it_hangs(
    tmp_path: Path, runner: Played, asked: list[int]
) -> None:
    clock = [0.0]
    gpus = played(tmp_path, runner, lambda: clock[0])

    async def asked_after(seconds: float) -> int:
        clock[0] += seconds
        await gpus.found()
        return runner.asked

    assert [await asked_after(seconds) for seconds in (0, 59, 2, 61, 61)] == asked


@pytest.mark.parametrize(("code", "most"), [("tool_failed", 3600), ("timed_out", 24 * 3600)])
async def test_what_goes_on_failing_is_tried_ever_more_seldom_and_still_after(
    tmp_path: Path, code: str, most: int
) -> None:
    runner, clock = Played("open", code=code), [0.0]
    gpus = played(tmp_path, runner, lambda: clock[0])

    async def is_tried_after(seconds: float) -> bool:
        runner.seconds.clear()
        clock[0] += seconds
        await gpus.found()
        return "open" in runner.seconds

    for _ in range(15):
        await is_tried_after(25 * 3600)

    assert (await is_tried_after(most - 1), await is_tried_after(2)) == (False, True)


async def test_what_the_cpu_makes_is_not_held_to_the_time_of_the_gpu(tmp_path: Path) -> None:
    runner = Played()

    await played(tmp_path, runner).found()

    assert runner.seconds["cpu"] > 2
    assert {name for name, seconds in runner.seconds.items() if seconds <= 2} == {"open", "nvdec_caps", *EVERYTHING}


async def test_what_is_known_at_once_is_that_there_is_no_device_or_what_was_found(tmp_path: Path) -> None:
    without = Gpus(REAL, wanted=None, clock=lambda: 0.0, devices=tmp_path / "nowhere")
    machine = Machine(tmp_path, H200.format("a"), fails={"open": "no_device"})

    before = machine.gpus.at_once()
    found = await machine.gpus.found()

    assert [gpu.usable.code for gpu in without.at_once() or ()] == ["GPU_ABSENT"]
    assert (before, machine.gpus.at_once()) == (None, found)


async def test_while_it_is_tried_anew_who_can_do_without_gets_what_was_found_before(tmp_path: Path) -> None:
    runner, clock = Played(), [0.0]
    gpus = played(tmp_path, runner, lambda: clock[0])
    cards = Cards(gpus, accel="auto", clock=lambda: clock[0])
    (before,) = await gpus.found()
    clock[0] += 25 * 3600
    runner.held.clear()
    runner.begun.clear()

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        looking = group.create_task(cards.keep_looking())
        await asyncio.sleep(0)
        named = group.create_task(cards.encoders(NAMED, FILM))
        await runner.begun.wait()
        meanwhile = (await cards.offers(FILM))[1]
        waits = not named.done()
        runner.held.set()
        await named
        looking.cancel()

    assert ([offer.gpu for offer in meanwhile], waits) == ([before], True)
    assert (await gpus.found())[0] is not before


@pytest.mark.parametrize(
    "broken",
    [
        *(ValueError("no JSON"), RuntimeError("can't start new thread")),
        ExceptionGroup("at once", [OSError(24, "Too many open files")]),
    ],
    ids=["driver", "thread", "group"],
)
async def test_a_look_that_breaks_is_told_refuses_nobody_and_the_next_one_begins_anew(
    tmp_path: Path, broken: Exception
) -> None:
    gpus = played(tmp_path, Played("open", breaking=broken))
    cards = Cards(gpus, accel="auto", clock=lambda: 0.0)

    with capture_logs() as told:
        async with asyncio.timeout(10), asyncio.TaskGroup() as group:
            looking = group.create_task(cards.keep_looking())
            await asyncio.sleep(0)
            refused, (gpu,) = await cards.refusals({"h264_nvenc"}), await cards.found()
            looking.cancel()
        opened = await gpus.opens(Gpu(usable=Ability("NVIDIA H200")))

    assert (refused, gpu.usable.code, opened) == ({}, "NOT_STARTED", Code.NOT_STARTED)
    assert [line["event"] for line in told] == ["gpus.unknown"] * 3


async def test_an_encoder_that_worked_is_there_still_where_a_trial_is_refused_a_session(tmp_path: Path) -> None:
    runner, clock = Played(), [0.0]
    gpus = played(tmp_path, runner, lambda: clock[0])
    await gpus.found()
    runner.refused = {"h264_nvenc"}

    clock[0] += 25 * 3600
    (again,) = await gpus.found()
    (first,) = await played(tmp_path, runner).found()

    assert (codes(again), codes(first)) == ({}, {"h264_nvenc": "SESSION_LIMIT"})


def test_of_two_gpus_without_an_encoder_the_one_that_may_have_it_soon_is_told() -> None:
    none = tuple(Ability(name, "it has none", "NVENC_NOT_ON_GPU") for name in trials.ENCODERS)
    without = Gpu(usable=Ability("NVIDIA H200"), abilities=none)
    busy = Gpu(usable=Ability("NVIDIA L4", "held by others", "GPU_BUSY"))

    assert [each.code for each in encoders([without, busy])] == ["GPU_BUSY"] * 3
