"""Who writes a clip when a GPU fails, and what that does to the GPU."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fakes import SeenGpus
from vxpipe.engine.media.cards import Cards
from vxpipe.engine.media.encoders import Decoded, Job, encoded
from vxpipe.engine.media.encoding import Encode, Encoded
from vxpipe.engine.media.hardware import Code
from vxpipe.engine.media.ladder import BY_CPU, Accel, Decode, Rung, Way
from vxpipe.engine.media.on_card import HardwareFailed
from vxpipe.engine.media.slots import ENCODE_SLOTS
from vxpipe.engine.media.smaller import Smaller
from vxpipe.engine.media.tools import Tools
from vxpipe.engine.media.tries import Failure, Tries
from vxpipe.errors import VxError
from vxpipe.facts import Ability, Gpu, GpuWork
from vxpipe.model import MediaInfo
from vxpipe.ports import Bounds, ChildExit, ChildRunner, Limits

RECORDED = {row["name"]: row for row in json.loads((Path(__file__).parent / "said" / "gpu.json").read_text())}
NVENC = ("h264_nvenc", "hevc_nvenc", "av1_nvenc")
L4 = Gpu(usable=Ability("NVIDIA L4"), uuid="GPU-a", context_seconds=0.4, abilities=tuple(map(Ability, NVENC)))
H200 = Gpu(
    usable=Ability("NVIDIA H200"), uuid="GPU-h", context_seconds=0.4,
    abilities=tuple(Ability(name, "it has none", "NVENC_NOT_ON_GPU") for name in NVENC),
)  # fmt: skip
MINUTE = Encode(wanted="auto", size=(1920, 1080), frames=1800)
ON_CPU = "the CPU"
INFO = MediaInfo(
    container="mov", codec="h264", pixel_format="yuv420p", profile="High", width=1920, height=1080, fps=30.0
)  # fmt: skip
DECODABLE = replace(L4, abilities=(*L4.abilities, *map(Ability, ("h264_nvdec", "scale_cuda", "crop_scale_cuda"))))
FILM = Decode(info=INFO, packets=1800)


class Machine(ChildRunner):
    """ffmpeg that fails on a GPU as records say, one after the other, then works; `runs`: what was run, and where."""

    def __init__(self, *fails: str, gpus: Sequence[Gpu] = (L4,), accel: Accel = "auto") -> None:
        self._fails = list(fails)
        self.runs: list[tuple[str, str]] = []
        self.now = 0.0
        self.leaves_nothing = False
        self.is_sound = True
        self.decoded: Decoded | None = None
        self.given_up: set[Rung] = set()
        """On the first card."""
        self.gpus = SeenGpus(*gpus)
        self.cards = Cards(self.gpus, accel=accel, clock=lambda: self.now)
        self.tools = Tools(runner=self, ffmpeg=Path("ffmpeg"), ffprobe=Path("ffprobe"))

    def confined(self, bounds: Bounds) -> "Machine":
        return self

    async def run(self, argv: Sequence[str], *, env: Any = None, on_stderr: Any = None, **_: object) -> ChildExit:
        card = (env or {}).get("CUDA_VISIBLE_DEVICES", ON_CPU)
        self.runs.append((argv[0], card))
        if card == ON_CPU or not self._fails:
            return ChildExit(0, "")
        happens = self._fails.pop(0)
        if happens == "hang":
            raise VxError("stalled", "nothing was heard for 60 s")
        said = with_levels(RECORDED[happens]["stderr"])
        on_stderr(said.encode())
        return ChildExit(1, said[-300:])

    async def work(self) -> GpuWork:
        """What the first card does and did."""
        work = (await self.cards.found())[0].work
        assert work
        return work

    async def encode(self, encode: Encode = MINUTE, decode: Decode = FILM) -> Encoded:
        async def attempt(tools: Tools, encoder: str, way: Way) -> str:
            by = encoder if way == BY_CPU else f"{encoder} of {way.rung.value}"
            await tools.runner.run([by], limits=Limits(wall_seconds=1))
            if self.leaves_nothing and encoder != "libx264":
                raise VxError("tool_failed", "clip.mp4 was not written: ")
            return encoder

        async def on_cpu() -> str:
            return await attempt(self.tools, "libx264", BY_CPU)

        self.tries, error = Tries(self.cards), HardwareFailed(Code.GPU_FAILED, "")
        for rung in self.given_up:
            self.tries.note(Failure(use="look", gpu=self.gpus.gpus[0], rung=rung, error=error))
        job = Job(
            encode=encode, decode=decode, tools=self.tools, attempt=attempt, on_cpu=on_cpu,
            is_sound=lambda _: self.is_sound,
        )  # fmt: skip
        encoder, how, self.decoded = await encoded(self.cards, self.tries, job)
        assert encoder == how.encoder
        return how


def with_levels(said: str) -> str:
    """The same as ffmpeg says it at `-loglevel level+warning`."""
    return "".join(f"{line.partition('] ')[0]}] [error] {line.partition('] ')[2]}\n" for line in said.splitlines())


async def test_a_clip_is_written_by_the_gpu_that_can() -> None:
    machine = Machine()

    how = await machine.encode()

    assert (how.encoder, how.gpu, how.failed, how.left_out) == ("h264_nvenc", "NVIDIA L4", {}, {})
    assert machine.runs == [("h264_nvenc", "GPU-a")]
    assert (await machine.work()).done == {"h264_nvenc": 1}


@pytest.mark.parametrize(
    ("fails", "code"),
    [
        ("nvenc_too_old", "DRIVER_TOO_OLD"),
        ("no_nvencode", "DRIVER_LIB_MISSING"),
        ("nvenc_not_there", "NVENC_NOT_ON_GPU"),
        ("nvenc_no_av1", "CODEC_NOT_ON_GPU"),
        ("memory_full", "GPU_MEMORY"),
    ],
)
async def test_where_the_gpu_fails_the_cpu_writes_the_clip(fails: str, code: str) -> None:
    machine = Machine(fails)

    how = await machine.encode()

    assert (how.encoder, how.gpu) == ("libx264", None)
    assert {name: reason.code for name, reason in how.failed.items()} == {"h264_nvenc": code}
    assert machine.runs == [("h264_nvenc", "GPU-a"), ("libx264", ON_CPU)]


async def test_a_session_that_one_card_refused_is_asked_for_at_the_other() -> None:
    machine = Machine("nvenc_sessions", gpus=(L4, replace(L4, uuid="GPU-b")))

    how = await machine.encode()

    assert how.encoder == "h264_nvenc"
    assert [card for _, card in machine.runs] == ["GPU-a", "GPU-b"]


async def test_where_gpus_are_required_each_card_is_asked_twice_for_a_session_and_an_idle_one_first() -> None:
    three = (L4, replace(L4, uuid="GPU-b"), replace(L4, uuid="GPU-c"))
    machine = Machine(*["nvenc_sessions"] * 5, gpus=three, accel="require")

    how = await machine.encode()

    assert how.encoder == "h264_nvenc"
    assert [card for _, card in machine.runs] == ["GPU-a", "GPU-b", "GPU-c"] * 2
    with pytest.raises(VxError, match="SESSION_LIMIT") as refused:
        await Machine(*["nvenc_sessions"] * 6, gpus=three, accel="require").encode()
    assert refused.value.code == "gpu_unavailable"


async def test_a_clip_that_lacks_pictures_a_gpu_decoded_is_decoded_by_the_cpu_for_the_same_encoder() -> None:
    machine = Machine(gpus=(DECODABLE,))
    machine.is_sound = False

    how = await machine.encode()

    assert (how.encoder, how.failed) == ("h264_nvenc", {})
    assert machine.runs == [("h264_nvenc of nvdec", "GPU-a"), ("h264_nvenc", "GPU-a")]
    assert machine.decoded
    assert machine.decoded.failed[Rung.NVDEC].code == "INCOMPLETE"


async def test_an_encoder_that_hangs_is_not_told_as_a_cpu_that_timed_out() -> None:
    machine = Machine("hang")

    how = await machine.encode()

    assert (how.encoder, how.failed["h264_nvenc"].code) == ("libx264", "TIMED_OUT")
    assert machine.tries.given_up(but=()) == {}


async def test_where_a_gpu_ends_and_leaves_no_clip_the_cpu_writes_it() -> None:
    machine = Machine()
    machine.leaves_nothing = True

    how = await machine.encode()

    assert (how.encoder, how.failed["h264_nvenc"].code) == ("libx264", "INCOMPLETE")


async def test_a_session_that_was_refused_is_asked_for_once_more_among_half_as_many() -> None:
    machine = Machine("nvenc_sessions")

    how = await machine.encode()

    assert (how.encoder, how.failed["h264_nvenc"].code) == ("h264_nvenc", "SESSION_LIMIT")
    assert machine.runs == [("h264_nvenc", "GPU-a")] * 2
    assert (await machine.work()).encode_slots == ENCODE_SLOTS // 2


async def test_after_two_refused_sessions_the_cpu_writes_the_clip_and_the_gpu_is_used_on() -> None:
    machine = Machine(*["nvenc_sessions", "nvenc_client_key"] * 3)

    hows = [await machine.encode() for _ in range(4)]

    assert [how.encoder for how in hows] == ["libx264"] * 3 + ["h264_nvenc"]
    assert (await machine.work()).encode_slots == 1
    assert (await machine.work()).breaker == "closed"


async def test_a_limit_of_sessions_is_forgotten_after_an_hour() -> None:
    machine = Machine("nvenc_sessions")
    await machine.encode()

    machine.now = 3601

    assert (await machine.work()).encode_slots == ENCODE_SLOTS


async def test_a_gpu_that_fails_again_and_again_is_left_alone_and_then_tried_anew() -> None:
    machine = Machine(*["memory_full"] * 3)
    for _ in range(3):
        await machine.encode()

    rests = await machine.encode()
    machine.now = 301
    again = await machine.encode()

    assert (rests.encoder, rests.left_out["h264_nvenc"].code) == ("libx264", "RESTING")
    assert (again.encoder, (await machine.work()).breaker) == ("h264_nvenc", "closed")


async def test_the_gpu_that_encodes_decodes_too_where_it_can() -> None:
    machine = Machine(gpus=(DECODABLE,))

    whole = await machine.encode()
    halved = await machine.encode(decode=replace(FILM, smaller=Smaller(((960, 540),))))

    assert machine.runs == [("h264_nvenc of nvdec", "GPU-a"), ("h264_nvenc of cuda", "GPU-a")]
    assert (whole.failed, halved.failed, machine.decoded) == ({}, {}, Decoded(Rung.CUDA, {}))


async def test_a_rung_that_failed_for_the_item_before_is_not_tried_for_its_clip() -> None:
    machine = Machine(gpus=(DECODABLE,))
    machine.given_up = {Rung.NVDEC, Rung.CUDA}

    await machine.encode()

    assert machine.runs == [("h264_nvenc", "GPU-a")]


async def test_where_its_decoder_fails_the_gpu_encodes_what_the_cpu_decodes() -> None:
    machine = Machine("nvdec_lacks", gpus=(DECODABLE,))

    how = await machine.encode()

    assert (how.encoder, how.failed) == ("h264_nvenc", {})
    assert machine.runs == [("h264_nvenc of nvdec", "GPU-a"), ("h264_nvenc", "GPU-a")]
    assert machine.decoded
    assert machine.decoded.rung is Rung.SOFTWARE
    assert [reason.code for reason in machine.decoded.failed.values()] == ["CODEC_NOT_ON_GPU"]


async def test_where_the_encoder_complains_no_other_way_of_decoding_is_tried() -> None:
    machine = Machine("nvenc_not_there", gpus=(DECODABLE,))

    how = await machine.encode()

    assert (how.encoder, machine.decoded) == ("libx264", None)
    assert machine.runs == [("h264_nvenc of nvdec", "GPU-a"), ("libx264", ON_CPU)]


async def test_no_more_clips_are_written_by_a_gpu_at_once_than_it_has_slots() -> None:
    cards = Machine().cards
    (_, offers), full = await cards.encoders(MINUTE, FILM), asyncio.Event()
    inside, most = 0, 0

    async def one() -> None:
        nonlocal inside, most
        async with cards.place(offers, "encode"):
            inside += 1
            most = max(most, inside)
            if inside == ENCODE_SLOTS:
                full.set()
            await full.wait()
            inside -= 1

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        for _ in range(3 * ENCODE_SLOTS):
            group.create_task(one())

    assert most == ENCODE_SLOTS


async def test_clips_are_spread_over_the_gpus_that_encode() -> None:
    other = replace(L4, uuid="GPU-b")
    cards = Machine(gpus=(H200, L4, other)).cards
    _, offers = await cards.encoders(MINUTE, FILM)

    async with cards.place(offers, "encode") as first, cards.place(offers, "encode") as second:
        pass

    assert {first.gpu.uuid, second.gpu.uuid} == {"GPU-a", "GPU-b"}


async def test_nobody_looks_for_a_gpu_that_could_not_pay_or_is_not_wanted() -> None:
    machine = Machine()

    short = await machine.encode(replace(MINUTE, frames=3))
    named = await machine.encode(replace(MINUTE, wanted="libx264"))
    switched_off = Machine(accel="off")
    off = await switched_off.encode()

    assert (short.encoder, short.left_out["h264_nvenc"].code, named.left_out) == ("libx264", "NOT_WORTH_IT", {})
    assert (off.encoder, off.left_out["h264_nvenc"].code) == ("libx264", "SWITCHED_OFF")
    assert (machine.gpus.asked, switched_off.gpus.asked) == (0, 0)


async def test_where_gpus_are_required_the_cpu_stands_in_for_none_that_should_have_done_it() -> None:
    machine = Machine("memory_full", accel="require")

    with pytest.raises(VxError, match="could encode the clip: the memory of the GPU is used up") as raised:
        await machine.encode()
    with pytest.raises(VxError, match=r"it has none \(NVENC_NOT_ON_GPU\)"):
        await Machine(gpus=(H200,), accel="require").encode(replace(MINUTE, wanted="hevc_nvenc"))
    without = await Machine(gpus=(H200,), accel="require").encode()

    assert (raised.value.code, machine.runs) == ("gpu_unavailable", [("h264_nvenc", "GPU-a")])
    assert without.encoder == "libx264"
