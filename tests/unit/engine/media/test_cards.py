"""How decodes are spread over GPUs, and when one is left alone."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from fakes import SeenGpus
from vxpipe.engine.media import trials
from vxpipe.engine.media.cards import Cards
from vxpipe.engine.media.encoding import Encode
from vxpipe.engine.media.hardware import Code
from vxpipe.engine.media.ladder import Accel, Decode, Rung
from vxpipe.engine.media.offers import Offer
from vxpipe.engine.media.presets import NVENC
from vxpipe.engine.media.slots import ENCODE_SLOTS
from vxpipe.facts import Ability, DecoderBounds, Gpu, GpuWork
from vxpipe.model import MediaInfo

INFO = MediaInfo(container="mov,mp4", codec="h264", pixel_format="yuv420p", width=1920, height=1080)
DECODE = Decode(info=INFO, packets=10_000)
A = Gpu(
    usable=Ability("NVIDIA L4"),
    uuid="GPU-a",
    context_seconds=0.3,
    abilities=tuple(Ability(each.name) for each in trials.trials()),
)
B = replace(A, uuid="GPU-b")
NO_AV1 = replace(A, uuid="GPU-c", abilities=tuple(each for each in A.abilities if each.name != "av1_nvdec"))
NO_NVENC = replace(
    A, abilities=tuple(Ability(each.name, "it has none", "NVENC_NOT_ON_GPU") for each in A.abilities)
)  # fmt: skip
BROKEN = Gpu(usable=Ability("NVIDIA L4", "it hangs", "TIMED_OUT"), uuid="GPU-d")


class Table:
    """Some cards and a clock that is set by hand."""

    def __init__(self, *gpus: Gpu, accel: Accel = "auto", request_seconds: float = 60) -> None:
        self.now = 0.0
        self.seen = SeenGpus(*gpus)
        self.cards = Cards(self.seen, accel=accel, clock=lambda: self.now, request_seconds=request_seconds)

    async def offered(self, decode: Decode = DECODE) -> list[str | None]:
        """The cards that could do it."""
        return [offer.gpu.uuid for offer in (await self.cards.offers(decode))[1]]

    async def work(self) -> GpuWork:
        """Of the first card."""
        work = (await self.cards.found())[0].work
        assert work is not None
        return work


async def offers(table: Table) -> tuple[Offer, ...]:
    return (await table.cards.offers(DECODE))[1]


async def test_decodes_go_to_the_least_loaded_card() -> None:
    table = Table(A, B)

    async with AsyncExitStack() as stack:
        taken = [await stack.enter_async_context(table.cards.place(await offers(table), "decode")) for _ in range(4)]

    assert [offer.gpu.uuid for offer in taken] == ["GPU-a", "GPU-b", "GPU-a", "GPU-b"]


async def test_a_card_with_more_decoders_gets_more() -> None:
    bounds = {"h264_420_8": DecoderBounds(min_size=(48, 16), max_size=(4096, 4096), max_macroblocks=65536, decoders=7)}
    table = Table(A, replace(B, bounds=bounds))

    async with AsyncExitStack() as stack:
        taken = [await stack.enter_async_context(table.cards.place(await offers(table), "decode")) for _ in range(18)]

    assert [offer.gpu.uuid for offer in taken].count("GPU-b") == 14


async def test_no_more_decode_at_a_time_than_there_are_slots_and_the_next_begins_when_one_ends() -> None:
    table = Table(A)
    found = await offers(table)
    begun = asyncio.Semaphore(0)

    async def fifth() -> None:
        async with table.cards.place(found, "decode"):
            begun.release()

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        async with AsyncExitStack() as stack:
            for _ in range(4):
                await stack.enter_async_context(table.cards.place(found, "decode"))
            group.create_task(fifth())
            await asyncio.sleep(0)
            full, was_begun = await table.work(), not begun.locked()
        await begun.acquire()

    assert (full.decoding, full.decode_slots, was_begun) == (4, 4, False)
    assert (await table.work()).decoding == 0


async def test_who_is_cancelled_while_waiting_or_at_work_leaves_its_slot() -> None:
    table = Table(A)
    found = await offers(table)

    async def holds() -> None:
        async with table.cards.place(found, "decode"):
            await asyncio.Event().wait()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(holds()) for _ in range(6)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()

    assert (await table.work()).decoding == 0


async def test_a_clip_takes_a_slot_to_decode_and_one_to_encode() -> None:
    table = Table(A)

    async with table.cards.place(await offers(table), "decode", "encode"):
        work = await table.work()

    assert (work.decoding, work.encoding, work.encode_slots) == (1, 1, ENCODE_SLOTS)


async def test_a_card_that_allows_fewer_sessions_than_thought_is_believed_and_not_blamed() -> None:
    table = Table(A)

    for _ in range(4):
        table.cards.failed(A, Code.SESSION_LIMIT)

    assert ((await table.work()).encode_slots, (await table.work()).breaker) == (1, "closed")


async def test_cards_that_cannot_do_it_offer_nothing_and_the_reason_is_told() -> None:
    av1 = replace(DECODE, info=replace(INFO, codec="av1"))

    assert await Table(NO_AV1, B).offered(av1) == ["GPU-b"]
    assert await Table(BROKEN, A).offered() == ["GPU-a"]
    ladder, none = await Table(BROKEN).cards.offers(DECODE)
    assert (none, ladder.left_out[Rung.NVDEC].code) == ((), "TIMED_OUT")


@pytest.mark.parametrize(("accel", "packets", "code"), [("off", 10_000, "SWITCHED_OFF"), ("auto", 10, "NOT_WORTH_IT")])
async def test_no_card_is_looked_for_where_none_is_used(accel: Accel, packets: int, code: str) -> None:
    table = Table(A, accel=accel)

    ladder, none = await table.cards.offers(replace(DECODE, packets=packets))

    assert (none, ladder.left_out[Rung.NVDEC].code, table.seen.asked) == ((), code, 0)


async def test_with_gpus_off_no_card_is_looked_for_whatever_encoder_is_named() -> None:
    table = Table(A, accel="off")

    by_cpu, _ = await table.cards.encoders(Encode(wanted="libx264", size=(1920, 1080), frames=10_000), DECODE)
    refused = await table.cards.refusals({"h264_nvenc"})

    assert (by_cpu.encoders, by_cpu.left_out, table.seen.asked) == (("libx264",), {}, 0)
    assert "VXPIPE_ACCEL is off; there are auto, libx264" in refused["h264_nvenc"]


async def test_a_card_that_hangs_as_it_is_opened_anew_keeps_nobody_from_another() -> None:
    table = Table(A, B)
    for gpu in (A, B):
        for _ in range(3):
            table.cards.failed(gpu, Code.GPU_FAILED)
    table.now = 300.0
    table.seen.hangs = {"GPU-a"}

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        waiting = group.create_task(table.offered())
        while table.seen.opened != ["GPU-a"]:
            await asyncio.sleep(0)
        table.seen.gpus = (B,)
        meanwhile = await table.offered()
        waiting.cancel()

    assert meanwhile == ["GPU-b"]


async def test_nobody_waits_for_what_is_still_being_tried_but_who_requires_it() -> None:
    auto, require = Table(A), Table(A, accel="require")
    auto.seen.tried.clear()
    require.seen.tried.clear()

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        looking = [group.create_task(table.cards.keep_looking()) for table in (auto, require)]
        await asyncio.sleep(0)
        ladder, meanwhile = await auto.cards.offers(DECODE)
        waiting = group.create_task(require.offered())
        await asyncio.sleep(0)
        waits = not waiting.done()
        auto.seen.tried.set()
        require.seen.tried.set()
        then = await auto.offered()
        required = await waiting
        for each in looking:
            each.cancel()

    assert (meanwhile, ladder.left_out[Rung.CUDA].code, then) == ((), "NOT_YET", ["GPU-a"])
    assert (waits, required) == (True, ["GPU-a"])


@pytest.mark.parametrize(("wanted", "waits"), [("auto", False), ("h264_nvenc", True)])
async def test_a_clip_waits_for_the_trials_where_it_names_an_encoder_of_a_gpu(wanted: str, waits: bool) -> None:
    table, encode = Table(A), Encode(wanted=wanted, size=(1920, 1080), frames=10_000)
    table.seen.tried.clear()

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        looking = group.create_task(table.cards.keep_looking())
        await asyncio.sleep(0)
        asked = group.create_task(table.cards.encoders(encode, DECODE))
        await asyncio.sleep(0)
        waited = not asked.done()
        table.seen.tried.set()
        found, _ = await asked
        looking.cancel()

    assert waited == waits
    assert found.encoders == (("h264_nvenc", "libx264") if waits else ("libx264",))
    assert [reason.code for reason in found.left_out.values()] == ([] if waits else ["NOT_YET"])


async def test_a_request_waits_for_the_trials_a_while_only_and_is_told_that_they_go_on() -> None:
    table = Table(A, request_seconds=0)
    table.seen.tried.clear()

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        looking = group.create_task(table.cards.keep_looking())
        await asyncio.sleep(0)
        (unknown,), refused = await table.cards.found(), await table.cards.refusals({"h264_nvenc"})
        table.seen.tried.set()
        while (await table.cards.found())[0].uuid != "GPU-a":
            await asyncio.sleep(0)
        looking.cancel()

    assert (unknown.usable.code, unknown.work, refused) == ("NOT_YET", None, {})


async def test_a_request_gets_what_the_trials_find_where_they_are_quick() -> None:
    table = Table(NO_NVENC)
    table.seen.tried.clear()

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        looking = group.create_task(table.cards.keep_looking())
        await asyncio.sleep(0)
        asked = group.create_task(table.cards.refusals({"h264_nvenc"}))
        while not table.seen.asked:
            await asyncio.sleep(0)
        table.seen.tried.set()
        refused = await asked
        looking.cancel()

    assert "it has none (NVENC_NOT_ON_GPU)" in refused["h264_nvenc"]


async def test_all_the_encoders_of_a_request_cost_one_look_and_those_of_the_cpu_none() -> None:
    table = Table(NO_NVENC)

    none, refused = await table.cards.refusals({"auto", "libx264"}), await table.cards.refusals({*NVENC, "libx264"})

    assert (none, set(refused), table.seen.asked) == ({}, set(NVENC), 1)


async def test_who_stops_waiting_for_the_trials_does_not_end_them_for_the_others() -> None:
    table = Table(A, accel="require")
    table.seen.tried.clear()

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        looking = group.create_task(table.cards.keep_looking())
        await asyncio.sleep(0)
        first, second = (group.create_task(table.offered()) for _ in range(2))
        while not table.seen.asked:
            await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        table.seen.tried.set()
        found = await second
        looking.cancel()

    assert (found, table.seen.asked) == (["GPU-a"], 1)


async def test_the_next_clip_goes_to_the_card_with_more_slots_where_none_is_at_work() -> None:
    table = Table(A, B)
    table.cards.failed(A, Code.SESSION_LIMIT)

    async with table.cards.place(await offers(table), "decode", "encode") as offer:
        assert offer.gpu.uuid == "GPU-b"


async def test_a_card_that_failed_three_times_is_left_alone_and_the_others_are_not() -> None:
    table = Table(A, B)

    for _ in range(3):
        table.cards.failed(A, Code.GPU_FAILED)

    assert await table.offered() == ["GPU-b"]
    assert ((await table.work()).breaker, (await table.work()).rests_seconds) == ("open", 300.0)
    alone = Table(A)
    for _ in range(3):
        alone.cards.failed(A, Code.TIMED_OUT)
    assert (await alone.cards.offers(DECODE))[0].left_out[Rung.CUDA].code == "RESTING"


async def test_a_film_out_of_order_is_for_the_cpu_where_a_gpu_is_required_whichever_card_rests() -> None:
    table = Table(A, B, accel="require")

    for _ in range(3):
        table.cards.failed(B, Code.GPU_FAILED)

    ladder, offered = await table.cards.offers(replace(DECODE, is_regular=False))
    assert (ladder.rungs, offered) == ((Rung.SOFTWARE,), ())


@pytest.mark.parametrize("code", [Code.CODEC_NOT_ON_GPU, Code.SIZE_NOT_ON_GPU, Code.UNKNOWN])
async def test_what_is_the_films_fault_is_not_held_against_a_card(code: Code) -> None:
    table = Table(A)

    for _ in range(9):
        table.cards.failed(A, code)

    assert await table.offered() == ["GPU-a"]


async def test_after_its_rest_a_card_is_opened_anew_once_and_heals_with_the_first_work() -> None:
    table = Table(A)
    for _ in range(3):
        table.cards.failed(A, Code.GPU_FAILED)
    table.now = 300.0

    first, second = await table.offered(), await table.offered()
    on_trial = (await table.work()).breaker
    table.cards.worked(A, Rung.NVDEC)

    assert (first, second, table.seen.opened) == (["GPU-a"], ["GPU-a"], ["GPU-a"])
    assert (on_trial, (await table.work()).breaker, (await table.work()).done) == ("trial", "closed", {"nvdec": 1})


async def test_all_who_ask_for_a_card_after_its_rest_wait_for_one_opening_that_none_of_them_ends() -> None:
    table = Table(A)
    for _ in range(3):
        table.cards.failed(A, Code.GPU_FAILED)
    table.now = 300.0
    table.seen.opens_when.clear()

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        looking = group.create_task(table.cards.keep_looking())
        await asyncio.sleep(0)
        first, second = (group.create_task(table.offered()) for _ in range(2))
        while not table.seen.opened:
            await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        table.seen.opens_when.set()
        found = await second
        looking.cancel()

    assert (found, table.seen.opened) == (["GPU-a"], ["GPU-a"])


async def test_a_card_that_cannot_be_opened_after_its_rest_rests_again() -> None:
    table = Table(A)
    for _ in range(3):
        table.cards.failed(A, Code.GPU_FAILED)
    table.seen.closed = {"GPU-a"}

    table.now = 300.0
    still_closed = await table.offered()
    table.now = 599.0
    resting = await table.offered()
    table.seen.closed = set()
    table.now = 600.0

    assert (still_closed, resting, await table.offered()) == ([], [], ["GPU-a"])
    assert table.seen.opened == ["GPU-a", "GPU-a"]


async def test_a_card_that_fails_on_trial_rests_again() -> None:
    table = Table(A)
    for _ in range(3):
        table.cards.failed(A, Code.GPU_FAILED)
    table.now = 300.0
    await table.offered()

    table.cards.failed(A, Code.GPU_FAILED)

    assert await table.offered() == []


@pytest.mark.parametrize(("accel", "works"), [("auto", True), ("require", True), ("off", False)])
async def test_a_gpu_that_jobs_do_not_use_has_no_work(accel: Accel, works: bool) -> None:
    able, broken = await Table(A, BROKEN, accel=accel).cards.found()

    assert ((able.work is not None), broken.work) == (works, None)


async def test_why_no_gpu_can_be_used_is_said_only_where_none_can() -> None:
    assert await Table(A, BROKEN).cards.obstacle() is None
    assert await Table(BROKEN).cards.obstacle() == "it hangs (TIMED_OUT)"
