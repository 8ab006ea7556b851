"""Messages on their way: signed, tried again, never to where they must not go, never in the way of a job."""

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from aioresponses import aioresponses
from standardwebhooks import Webhook

from fakes import SteppingClock
from fakes import job as new_job
from vxpipe import hooks
from vxpipe.courier import Courier
from vxpipe.hooks import PAUSES, Delivery, DeliveryState, Hook, HookEvent
from vxpipe.model import ItemKey, ItemStatus, Outcome
from vxpipe.ports import Entry
from vxpipe.receivers import NotAllowed, Receivers
from vxpipe.recipe import Recipe
from vxpipe.store.database import Database
from vxpipe.store.deliveries import SqlDeliveries
from vxpipe.store.jobs import SqlStore
from vxpipe.store.migrations import upgrade

SECRETS = [f"whsec_{base64.b64encode(letter * 32).decode()}" for letter in (b"n", b"o")]
EVERYTHING = tuple(HookEvent)
Answer = Callable[[web.Request], web.StreamResponse]


@dataclass
class Receiver:
    """A web server that keeps what it was sent and answers as it is told, 200 by default."""

    url: str = ""
    answers: list[web.Response] = field(default_factory=list)
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def take(self, request: web.Request) -> web.Response:
        async with self.came:
            self.heard.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
            self.came.notify_all()
        return self.answers.pop(0) if self.answers else web.Response()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(20), self.came:
            await self.came.wait_for(lambda: len(self.heard) >= count)


@asynccontextmanager
async def receiver(*answers: web.Response) -> AsyncIterator[Receiver]:
    made = Receiver(answers=list(answers))
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.take)
    async with TestServer(app) as server:
        made.url = str(server.make_url("/hook"))
        yield made


@dataclass
class Post:
    """A store with one job that has ended, and the courier that brings what is to be told of it."""

    store: SqlStore
    deliveries: SqlDeliveries
    database: Database
    now: SteppingClock
    receivers: Receivers = field(default_factory=lambda: Receivers(frozenset({("127.0.0.1", None)})))

    async def job(self, *wanted: Hook, job_id: str = "j", owner: str | None = None) -> None:
        job = new_job(job_id, "abc")
        await self.store.create_job(replace(job, hooks=wanted, owner=owner), idempotency=None)
        await self.store.start_item(Entry.of(job.items[0], Recipe()))
        await self.store.conclude_item(ItemKey(job_id, 0), 1, Outcome(status=ItemStatus.SUCCESS, frames=1))

    def courier(self, secrets: Sequence[str] = SECRETS) -> Courier:
        return Courier(
            self.deliveries,
            self.receivers,
            [hooks.secret_bytes(secret) for secret in secrets],
            authorities=ssl.create_default_context(),
            agent="vxpipe/test",
            now=self.now,
            chance=lambda: 0.0,
        )

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        running = asyncio.get_running_loop().create_task(self.courier().run())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.wait([running])

    async def until(self, seen: Callable[[tuple[Delivery, ...]], bool]) -> tuple[Delivery, ...]:
        async with asyncio.timeout(20):
            while not seen(found := await self.deliveries.of_job("j")):
                await asyncio.sleep(0.01)
        return found


def has_ended(found: tuple[Delivery, ...]) -> bool:
    return all(each.state is not DeliveryState.WAITING for each in found)


def was_tried(times: int) -> Callable[[tuple[Delivery, ...]], bool]:
    return lambda found: found[0].tries == times


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    upgrade(tmp_path / "x.db")
    database, now = Database(tmp_path / "x.db", told=lambda _: None), SteppingClock(datetime.now(UTC))
    yield Post(SqlStore(database, now=now), SqlDeliveries(database), database, now)
    await database.close()


async def test_a_receiver_is_told_of_the_end_with_signatures_by_every_secret(post: Post) -> None:
    async with receiver() as hook:
        await post.job(Hook(hook.url))
        async with post.at_work():
            (delivery,) = await post.until(has_ended)

        ((headers, body),) = hook.heard
    assert (delivery.state, delivery.tries, delivery.last_error) == (DeliveryState.DELIVERED, 1, None)
    assert (headers["content-type"], headers["webhook-id"]) == ("application/json", delivery.id)
    assert len(headers["webhook-signature"].split()) == 2
    for secret in SECRETS:
        told = Webhook(secret).verify(body, headers)
        assert told["type"] == "job.ended"
        assert {name: told["data"][name] for name in ("jobId", "status", "progress")} == {
            "jobId": "j",
            "status": "completed",
            "progress": 100,
        }


async def test_each_hook_hears_what_it_asked_for_in_order(post: Post) -> None:
    async with receiver() as hook, receiver() as other:
        await post.job(Hook(hook.url, EVERYTHING), Hook(other.url, (HookEvent.ITEM_ENDED,)))
        async with post.at_work():
            await post.until(has_ended)

        heard = [json.loads(body) for _, body in hook.heard]
        ((_, told),) = other.heard
    assert [each["type"] for each in heard if each["type"] != "item.ended"][-2:] == ["job.status", "job.ended"]
    assert [each["data"]["seq"] for each in heard] == sorted(each["data"]["seq"] for each in heard)
    assert len({headers["webhook-id"] for headers, _ in hook.heard}) == len(heard)
    assert (json.loads(told)["type"], json.loads(told)["data"]["status"]) == ("item.ended", "success")


async def test_a_message_that_is_refused_is_sent_again_later_under_the_same_id(post: Post) -> None:
    async with receiver(web.Response(status=500), web.Response(status=503, headers={"Retry-After": "60"})) as hook:
        await post.job(Hook(hook.url))
        async with post.at_work():
            (first,) = await post.until(was_tried(1))
            post.now.advance(timedelta(hours=1))
            (second,) = await post.until(was_tried(2))
            post.now.advance(timedelta(hours=1))
            (third,) = await post.until(has_ended)

        ids = {headers["webhook-id"] for headers, _ in hook.heard}
    assert (first.state, first.last_error) == (DeliveryState.WAITING, "the receiver answered 500")
    assert first.due_at is not None
    assert second.due_at is not None
    assert PAUSES[0] < (first.due_at - first.created_at).total_seconds() < PAUSES[0] + 60
    assert (second.due_at - first.due_at).total_seconds() > 3500
    assert (third.state, third.tries, len(ids)) == (DeliveryState.DELIVERED, 3, 1)


async def test_what_was_not_sent_before_a_restart_is_sent_after_it(post: Post) -> None:
    async with receiver() as hook:
        await post.job(Hook(hook.url))
        await post.database.close()
        async with post.at_work():
            (delivery,) = await post.until(has_ended)

    assert delivery.state is DeliveryState.DELIVERED


async def test_a_receiver_that_is_gone_for_good_is_left_alone(post: Post) -> None:
    async with receiver(web.Response(status=410)) as hook:
        await post.job(Hook(hook.url))
        async with post.at_work():
            (delivery,) = await post.until(has_ended)

    assert (delivery.state, delivery.tries) == (DeliveryState.FAILED, 1)


async def test_a_redirect_is_not_followed(post: Post) -> None:
    async with receiver() as inner, receiver(web.Response(status=307, headers={"Location": inner.url})) as hook:
        await post.job(Hook(hook.url))
        async with post.at_work():
            (delivery,) = await post.until(was_tried(1))

    assert delivery.last_error == "the receiver answered 307"
    assert inner.heard == []


async def test_an_address_that_is_not_public_is_not_dialled(post: Post) -> None:
    post.receivers = Receivers(frozenset())
    async with receiver() as hook:
        await post.job(Hook(hook.url), Hook(hook.url.replace("127.0.0.1", "localhost")))
        async with post.at_work():
            found = await post.until(lambda found: all(each.tries for each in found))

    assert {each.last_error for each in found} == {
        "the host has an address that is not public; see VXPIPE_ALLOW_HOSTS"  # and not which: that is our network's
    }
    assert hook.heard == []


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "[fd00::1]", "0.0.0.0", "2130706433"],
)
async def test_no_spelling_of_an_inner_address_is_let_through(host: str) -> None:
    receivers = Receivers(frozenset())

    with pytest.raises(NotAllowed):
        await receivers.addresses(f"http://{host}:8080/hook")


async def test_what_the_operator_excepts_may_be_sent_to(post: Post) -> None:
    receivers = Receivers(frozenset({("127.0.0.1", 8080)}))

    assert await receivers.addresses("http://127.0.0.1:8080/hook") == ("127.0.0.1",)
    with pytest.raises(NotAllowed):
        await receivers.addresses("http://127.0.0.1:8081/hook")


async def test_a_receiver_that_cannot_be_reached_is_tried_again(post: Post) -> None:
    url = "http://127.0.0.1:1234/hook"
    await post.job(Hook(url))
    with aioresponses() as network:
        network.post(url, exception=ConnectionRefusedError())
        async with post.at_work():
            (delivery,) = await post.until(was_tried(1))

    assert delivery.last_error == "the connection failed: ConnectionRefusedError"
    assert delivery.state is DeliveryState.WAITING


@asynccontextmanager
async def slow_receiver() -> AsyncIterator[tuple[str, asyncio.Event]]:
    """The address of one that answers nothing until the event is set."""
    go = asyncio.Event()

    async def hang(_request: web.Request) -> web.Response:
        await go.wait()
        return web.Response()

    slow = web.Application()
    slow.router.add_post("/hook", hang)
    async with TestServer(slow) as server:
        yield str(server.make_url("/hook")), go


async def test_a_slow_receiver_holds_up_neither_others_nor_the_job(post: Post) -> None:
    async with slow_receiver() as (slow, go), receiver() as quick:
        url = slow.replace("127.0.0.1", "localhost")
        post.receivers = Receivers(frozenset({("127.0.0.1", None), ("localhost", None)}))
        await post.job(*[Hook(url, EVERYTHING)] * 3, Hook(quick.url))
        async with post.at_work():
            await quick.until(1)
            found = await post.deliveries.of_job("j")
            go.set()
            await post.until(has_ended)

    assert not any(each.tries for each in found if each.host == "localhost")


class AnyName(Receivers):
    """Every name is this machine's."""

    async def addresses(self, url: str) -> tuple[str, ...]:
        return ("127.0.0.1",)


async def test_who_names_many_slow_receivers_holds_up_nobody_else(post: Post) -> None:
    post.receivers = AnyName(frozenset())
    async with slow_receiver() as (slow, go), receiver() as quick:
        slow_ones = [Hook(slow.replace("127.0.0.1", f"tar-{number}.example")) for number in range(20)]
        await post.job(*slow_ones, job_id="many", owner="a")
        await post.job(Hook(quick.url), owner="b")
        async with post.at_work():
            (delivery,) = await post.until(has_ended)
            go.set()

    assert delivery.state is DeliveryState.DELIVERED


async def test_without_a_secret_nothing_is_sent_and_what_waits_is_sent_when_there_is_one(post: Post) -> None:
    async with receiver() as hook:
        await post.job(Hook(hook.url))
        async with asyncio.timeout(20):
            await post.courier(secrets=()).run()
        heard = len(hook.heard)
        async with post.at_work():
            (delivery,) = await post.until(has_ended)

    assert (heard, delivery.state, delivery.tries) == (0, DeliveryState.DELIVERED, 1)


async def test_nothing_is_sent_of_a_deleted_job_though_its_rows_are_still_there(post: Post) -> None:
    async with receiver() as hook:
        await post.job(Hook(hook.url), job_id="deleted")
        await post.job(Hook(hook.url))
        await post.store.delete_job("deleted")
        async with post.at_work():
            await post.until(has_ended)

    assert [json.loads(body)["data"]["jobId"] for _, body in hook.heard] == ["j"]
    assert [each.tries for each in await post.deliveries.of_job("deleted")] == [0]


class Refusing(SqlDeliveries):
    """Does not take down the first try: as a full disk."""

    refusals = 1

    async def record(self, delivery: Delivery) -> None:
        if self.refusals:
            self.refusals -= 1
            raise OSError("the disk is full")
        await super().record(delivery)


async def test_a_message_that_was_taken_is_not_sent_again_because_the_database_refuses_to_say_so(post: Post) -> None:
    post.deliveries = Refusing(post.database)
    async with receiver() as hook:
        await post.job(Hook(hook.url))
        async with post.at_work():
            (delivery,) = await post.until(has_ended)

    assert (delivery.state, delivery.tries, len(hook.heard)) == (DeliveryState.DELIVERED, 1, 1)


async def test_a_job_without_a_hook_writes_no_message(post: Post) -> None:
    await post.job()

    assert await post.deliveries.of_job("j") == ()
