"""Who decodes for an item when GPUs fail, bring too little or rest, and what is held against them."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from fakes import SeenGpus
from vxpipe.engine.media import trials
from vxpipe.engine.media.cards import Cards
from vxpipe.engine.media.descent import Descent
from vxpipe.engine.media.encoding import Encode
from vxpipe.engine.media.hardware import Code
from vxpipe.engine.media.ladder import Accel, Decode, Rung, Way
from vxpipe.engine.media.on_card import HardwareFailed
from vxpipe.engine.media.smaller import Smaller
from vxpipe.engine.media.tools import Tools
from vxpipe.errors import VxError
from vxpipe.facts import Ability, Gpu
from vxpipe.model import MediaInfo
from vxpipe.ports import Bounds, ChildExit, ChildRunner, Limits

INFO = MediaInfo(container="mov,mp4", codec="h264", pixel_format="yuv420p", width=1920, height=1080)
DECODE = Decode(info=INFO, packets=10_000)
SMALLER = replace(DECODE, smaller=Smaller(((960, 540),)))
CLIP = Encode(wanted="auto", size=(1920, 1080), frames=10_000)
A = Gpu(
    usable=Ability("NVIDIA L4"),
    uuid="GPU-a",
    context_seconds=0.3,
    abilities=tuple(Ability(each.name) for each in trials.trials()),
)
B = replace(A, uuid="GPU-b")
NO_H264 = replace(A, uuid="GPU-c", abilities=(Ability("h264_nvdec", "this GPU cannot", "CODEC_NOT_ON_GPU"),))
H200 = replace(
    A, uuid="GPU-h",
    abilities=tuple(
        Ability(each.name, "it has none", "NVENC_NOT_ON_GPU") if each.name.endswith("nvenc") else each
        for each in A.abilities
    ),
)  # fmt: skip
NAMED = replace(CLIP, wanted="h264_nvenc")
WHOLE, PART = "whole", "part"


class WhichCard(ChildRunner):
    """Runs nothing, and keeps the card that was to do it."""

    def __init__(self) -> None:
        self.card: str | None = None

    def confined(self, bounds: Bounds) -> "WhichCard":
        return self

    async def run(self, argv: object, *, limits: Limits, env: object = None, **_: object) -> ChildExit:
        assert isinstance(env, dict | None)
        self.card = (env or {}).get("CUDA_VISIBLE_DEVICES")
        return ChildExit(0, "")


class Table:
    """Cards at work for one item after the other. `does` says what comes of a card, a rung and an encoder.

    `asked`: what each of them was asked for, e.g. `GPU-a nvdec`, `the CPU libx264`.
    """

    def __init__(self, *gpus: Gpu, accel: Accel = "auto") -> None:
        self.now = 0.0
        self.seen = SeenGpus(*gpus)
        self.cards = Cards(self.seen, accel=accel, clock=lambda: self.now)
        self.asked: list[str] = []
        self.descent = Descent(self.cards)

    async def _ask(self, tools: Tools, way: Way, encoder: str, does: Callable[[str, str], str | Code]) -> str:
        await tools.runner.run(["ffmpeg"], limits=Limits(wall_seconds=1))
        assert isinstance(self.runner, WhichCard)
        card = self.runner.card or "the CPU"
        self.asked.append(f"{card} {way.rung} {encoder}".strip() if encoder else f"{card} {way.rung}")
        done = does(card, encoder or str(way.rung))
        if isinstance(done, Code):
            raise HardwareFailed(done, f"[{encoder} @ 0x1] [error] no" if encoder else "no")
        return done

    def _tools(self) -> Tools:
        self.runner = WhichCard()
        return Tools(runner=self.runner, ffmpeg=Path("ffmpeg"), ffprobe=Path("ffprobe"))

    async def decode(
        self, does: Callable[[str, str], str | Code], decode: Decode = DECODE, *, film: str | None = None
    ) -> str:
        """One item's look."""
        self.descent = Descent(self.cards, film=film)
        return await self.descent.run(
            "look", decode, self._tools(), lambda tools, way: self._ask(tools, way, "", does),
            is_sound=lambda brought: brought == WHOLE,
        )  # fmt: skip

    async def encode(self, does: Callable[[str, str], str | Code], encode: Encode = CLIP) -> str:
        """One item's clip; `does` is asked of the rung where that is not the CPU, and then of the encoder."""

        async def attempt(tools: Tools, encoder: str, way: Way) -> str:
            decoded = WHOLE
            if way.rung is not Rung.SOFTWARE:
                decoded = await self._ask(tools, way, "", does)
            written = await self._ask(tools, way, encoder, does)
            return PART if PART in (decoded, written) else written

        self.descent = Descent(self.cards)
        return await self.descent.encode(
            encode, DECODE, self._tools(), attempt, is_sound=lambda written: written == WHOLE
        )  # fmt: skip

    async def breakers(self) -> list[str]:
        return [gpu.work.breaker for gpu in await self.cards.found() if gpu.work]

    async def done(self) -> dict[str, int]:
        """By the first card."""
        work = (await self.cards.found())[0].work
        assert work
        return dict(work.done)


def failing(*names: str, code: Code = Code.GPU_FAILED) -> Callable[[str, str], str | Code]:
    """Cards, rungs or encoders that fail; the CPU never does."""
    return lambda card, what: code if card != "the CPU" and {card, what} & set(names) else WHOLE


async def test_where_gpus_are_required_the_next_card_does_what_one_cannot_and_the_broken_one_rests() -> None:
    table = Table(A, B, accel="require")

    for _ in range(4):
        assert await table.decode(failing("GPU-a")) == WHOLE

    assert table.asked == [*["GPU-a nvdec", "GPU-b nvdec"] * 3, "GPU-b nvdec"]
    assert await table.breakers() == ["open", "closed"]


async def test_where_gpus_are_required_the_next_card_encodes_what_one_cannot() -> None:
    table = Table(A, B, accel="require")

    def does(card: str, what: str) -> str | Code:
        return Code.GPU_FAILED if (card, what) == ("GPU-a", "h264_nvenc") else WHOLE

    for _ in range(4):
        assert await table.encode(does) == WHOLE

    assert table.descent.encoded
    assert (table.descent.encoded.encoder, await table.breakers()) == ("h264_nvenc", ["open", "closed"])


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (Code.GPU_BUSY, "gpu_unavailable"),
        (Code.TIMED_OUT, "gpu_unavailable"),
        (Code.CODEC_NOT_ON_GPU, "gpu_required"),
        (Code.DRIVER_TOO_OLD, "gpu_required"),
    ],
)
async def test_an_item_that_needs_a_gpu_is_tried_again_where_that_may_help(code: Code, expected: str) -> None:
    table = Table(A, accel="require")

    with pytest.raises(VxError) as decoding:
        await table.decode(failing("GPU-a", code=code))
    with pytest.raises(VxError) as encoding:
        await table.encode(failing("h264_nvenc", code=code))

    assert (decoding.value.code, encoding.value.code) == (expected, expected)


async def test_an_item_that_needs_a_gpu_waits_for_the_end_of_its_rest() -> None:
    table = Table(NO_H264, A, accel="require")
    for _ in range(3):
        table.cards.failed(A, Code.GPU_FAILED)
    table.now = 100.0

    with pytest.raises(VxError) as failed:
        await table.decode(failing())
    table.now = 300.0

    assert (failed.value.code, failed.value.facts["retry_after"]) == ("gpu_unavailable", 200.0)
    assert await table.decode(failing()) == WHOLE


def rest(table: Table, gpu: Gpu) -> None:
    for _ in range(3):
        table.cards.failed(gpu, Code.GPU_FAILED)


async def test_an_item_is_tried_again_where_the_gpu_that_rests_might_have_done_it() -> None:
    table = Table(A, B, accel="require")
    rest(table, B)

    with pytest.raises(VxError) as decoding:
        await table.decode(failing("nvdec", code=Code.CODEC_NOT_ON_GPU))
    with pytest.raises(VxError) as encoding:
        await table.encode(failing("h264_nvenc", code=Code.CODEC_NOT_ON_GPU), NAMED)

    assert (decoding.value.code, encoding.value.code) == ("gpu_unavailable", "gpu_unavailable")


async def test_an_item_is_tried_again_where_the_only_gpu_with_its_encoder_rests() -> None:
    table = Table(H200, A, accel="require")
    rest(table, A)

    with pytest.raises(VxError) as named:
        await table.encode(failing(), NAMED)
    with pytest.raises(VxError) as by_itself:
        await table.encode(failing())

    assert (named.value.code, by_itself.value.code) == ("gpu_unavailable", "gpu_unavailable")


@pytest.mark.parametrize("uses", ["decode", "encode"])
async def test_an_item_is_tried_again_where_the_gpu_that_it_waits_for_begins_to_rest(uses: str) -> None:
    table = Table(NO_H264, A, accel="require")
    _, offers = await table.cards.offers(DECODE)

    async def error() -> str:
        with pytest.raises(VxError) as failed:
            await (table.decode(failing()) if uses == "decode" else table.encode(failing(), NAMED))
        return failed.value.code

    async with asyncio.timeout(10), asyncio.TaskGroup() as group, AsyncExitStack() as stack:
        for _ in range(4):
            await stack.enter_async_context(table.cards.place(offers, "decode"))
        waiting = group.create_task(error())
        await asyncio.sleep(0)
        rest(table, A)

    assert (waiting.result(), table.asked) == ("gpu_unavailable", [])


async def test_a_gpu_that_rests_and_could_not_do_it_anyway_is_not_waited_for() -> None:
    table = Table(NO_H264, accel="require")
    rest(table, NO_H264)

    with pytest.raises(VxError) as failed:
        await table.decode(failing())

    assert failed.value.code == "gpu_required"


async def test_a_film_that_every_gpu_fails_at_does_not_switch_them_off_however_often_it_is_tried() -> None:
    table = Table(A, B, accel="require")

    for _ in range(3):
        with pytest.raises(VxError, match="GPU_FAILED"):
            await table.decode(failing("nvdec"), film="https://example.com/bad.mp4")

    assert await table.breakers() == ["closed", "closed"]
    assert await table.decode(failing(), film="https://example.com/good.mp4") == WHOLE


async def test_an_item_that_needs_a_gpu_is_tried_again_where_its_program_could_not_be_started() -> None:
    table = Table(A, accel="require")

    def does(_card: str, _rung: str) -> str:
        raise VxError("tool_failed", "ffmpeg could not be started: [Errno 12] Cannot allocate memory")

    with pytest.raises(VxError) as failed:
        await table.decode(does)

    assert (failed.value.code, await table.breakers()) == ("gpu_unavailable", ["closed"])


@pytest.mark.parametrize("accel", ["auto", "require"])
async def test_what_a_gpu_loses_of_a_clip_that_the_cpu_encodes_the_cpu_decodes_again(accel: Accel) -> None:
    table = Table(H200, accel=accel)

    brought = await table.encode(lambda card, _: WHOLE if card == "the CPU" else PART)

    assert (brought, table.descent.steps[-1].rung) == (WHOLE, Rung.SOFTWARE)
    assert table.asked[-1] == "the CPU software libx264"


async def test_a_clip_of_which_the_cpu_brings_no_more_is_not_held_against_the_gpu() -> None:
    table = Table(A)

    for _ in range(4):
        assert await table.encode(lambda _card, _what: PART) == PART

    assert await table.breakers() == ["closed"]
    assert "GPU-a nvdec" in table.asked


@pytest.mark.parametrize("accel", ["auto", "require"])
async def test_a_rung_that_fails_where_the_card_goes_on_by_another_is_left_out_and_the_card_is_not(
    accel: Accel,
) -> None:
    table = Table(A, accel=accel)

    for _ in range(5):
        assert await table.decode(failing("cuda", code=Code.GPU_MEMORY), SMALLER) == WHOLE

    assert table.asked == [*["GPU-a cuda", "GPU-a nvdec"] * 3, *["GPU-a nvdec"] * 2]
    assert table.descent.steps[-1].left_out[Rung.CUDA].code == "RESTING"
    table.now = 301.0
    await table.decode(failing(), SMALLER)
    assert (await table.breakers(), await table.done()) == (["closed"], {"nvdec": 5, "cuda": 1})


async def test_what_a_gpu_does_not_bring_whole_the_cpu_does_and_the_gpu_is_blamed() -> None:
    table = Table(A)

    def does(card: str, _: str) -> str:
        return WHOLE if card == "the CPU" else PART

    for _ in range(3):
        assert await table.decode(does, SMALLER) == WHOLE

    assert table.asked == ["GPU-a cuda", "the CPU software"] * 3
    assert table.descent.steps[-1].failed[Rung.CUDA].code == "INCOMPLETE"
    assert (await table.breakers(), await table.done()) == (["open"], {})


async def test_where_nothing_at_all_comes_of_a_gpu_the_cpu_does_it() -> None:
    table = Table(A)

    def does(card: str, _: str) -> str:
        if card != "the CPU":
            raise VxError("damaged_media", "no frame could be decoded")
        return WHOLE

    assert await table.decode(does) == WHOLE
    assert table.descent.steps[-1].failed[Rung.NVDEC].code == "INCOMPLETE"


async def test_a_program_that_could_not_be_started_is_not_held_against_the_gpu() -> None:
    table = Table(A)

    def does(card: str, _: str) -> str:
        if card != "the CPU":
            raise VxError("tool_failed", "ffmpeg could not be started: [Errno 12] Cannot allocate memory")
        return WHOLE

    for _ in range(3):
        assert await table.decode(does) == WHOLE

    assert table.descent.steps[-1].failed[Rung.NVDEC].code == "NOT_STARTED"
    assert await table.breakers() == ["closed"]


async def test_a_film_of_which_the_cpu_brings_no_more_is_not_held_against_the_gpu() -> None:
    table = Table(A)

    for _ in range(4):
        assert await table.decode(lambda _card, _rung: PART) == PART

    assert await table.breakers() == ["closed"]


async def test_what_is_not_whole_is_given_as_it_is_where_gpus_are_required_and_heals_no_card() -> None:
    table = Table(A, accel="require")

    assert await table.decode(lambda _card, _rung: PART) == PART
    assert (table.asked, await table.done()) == (["GPU-a nvdec"], {})


async def test_a_film_that_is_not_in_order_is_decoded_by_the_cpu_where_gpus_are_required_too() -> None:
    table = Table(A, accel="require")

    assert await table.decode(failing(), replace(DECODE, is_regular=False)) == WHOLE
    assert table.asked == ["the CPU software"]


@pytest.mark.parametrize("code", [Code.DRIVER_TOO_OLD, Code.SESSION_LIMIT, Code.TIMED_OUT])
async def test_one_clip_asks_nothing_twice_that_failed_for_it_and_is_one_failure_of_the_card(code: Code) -> None:
    table = Table(A)

    def does(card: str, what: str) -> str | Code:
        return {"nvdec": Code.GPU_FAILED, "h264_nvenc": code}.get(what, WHOLE) if card != "the CPU" else WHOLE

    assert await table.encode(does) == WHOLE

    sessions = 2 if code is Code.SESSION_LIMIT else 1
    assert table.asked == ["GPU-a nvdec", *["GPU-a software h264_nvenc"] * sessions, "the CPU software libx264"]
    table.cards.failed(A, Code.GPU_FAILED)
    assert await table.breakers() == ["closed"]


async def test_a_clip_counts_as_a_decode_and_as_an_encode_of_its_card() -> None:
    table = Table(A)

    await table.encode(failing())

    assert await table.done() == {"nvdec": 1, "h264_nvenc": 1}


async def test_who_waits_for_a_slot_does_not_get_that_of_a_card_that_rests_by_then() -> None:
    table = Table(A)
    _, offers = await table.cards.offers(DECODE)

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        async with AsyncExitStack() as stack:
            for _ in range(4):
                await stack.enter_async_context(table.cards.place(offers, "decode"))
            waiting = group.create_task(table.decode(failing()))
            await asyncio.sleep(0)
            for _ in range(3):
                table.cards.failed(A, Code.GPU_FAILED)
        brought = await waiting

    assert (brought, table.asked) == (WHOLE, ["the CPU software"])
    assert table.descent.steps[-1].left_out[Rung.NVDEC].code == "RESTING"
