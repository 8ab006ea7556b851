"""A service that is killed again and again in the middle of everything, with callers and readers who do not give up."""

import asyncio
import random
import signal
from collections.abc import Awaitable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

import aiohttp

from audit import audit
from integration.service import ServiceProcess
from vxpipe.client import ApiError, Client

READERS = 2
Answer = TypeVar("Answer")
_FINAL = {"completed", "failed", "cancelled"}
_GONE = (aiohttp.ClientError, TimeoutError, OSError)


@dataclass(kw_only=True)
class Ordeal:
    """What the callers know. `links` are videos to ask for, everything random comes from `chance`."""

    process: ServiceProcess
    chance: random.Random
    links: Sequence[str]
    accepted: set[str] = field(default_factory=set)
    named: dict[str, list[str]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    heard: dict[str, list[list[int]]] = field(default_factory=dict)
    answers: list[int] = field(default_factory=list)
    unanswered: list[tuple[str, list[dict[str, str]]]] = field(default_factory=list)

    async def survive(self, rounds: int, *, jobs: int) -> None:
        """Kill the service in each round and audit what it leaves; then let it finish, and audit that."""
        for number in range(rounds):
            self._ask_for_more(number, jobs)
            await self._round()
            self._check(idle=False)
        await self.process.start()
        async with Client(self.process.url) as client:
            await self._submit(client)
            await self._all_ended(client)
            async with asyncio.timeout(60):
                await self._read(client)
            await self._nothing_unlisted()
        assert await self.process.end(signal.SIGTERM) == 0
        self._check(idle=True)

    def _ask_for_more(self, number: int, jobs: int) -> None:
        for job in range(jobs):
            items = [{"url": self.chance.choice(self.links)} for _ in range(self.chance.randint(1, 3))]
            self.unanswered.append((f"round {number} job {job}", items))

    async def _round(self) -> None:
        """Start the service and kill it, at times before it is ready."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.chance.uniform(0.2, 3) if self.chance.random() < 0.25 else 60):
                await self.process.start()
                await self._busy(self.chance.uniform(0, 3))
        await self.process.end(signal.SIGKILL)
        async with asyncio.timeout(5):
            while self.process.leftovers():
                await asyncio.sleep(0.02)

    async def _busy(self, seconds: float) -> None:
        """Submit, control and read all at once for so long."""
        async with Client(self.process.url) as client, aiohttp.ClientSession(self.process.url) as session:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
                    group.create_task(self._submit(client))
                    group.create_task(self._meddle(client, session))
                    group.create_task(self._read(client))

    async def _submit(self, client: Client) -> None:
        """Send what was not answered yet, under its own key: who hears no answer asks again."""
        while self.unanswered:
            name, items = self.unanswered[0]
            job_id = await self._heard_of(client.submit(items, key=name))
            if job_id is None:
                return
            self.named.setdefault(name, []).append(job_id)
            self.accepted.add(job_id)
            # Once more: an answer that was lost is asked for again like this.
            if (again := await self._heard_of(client.submit(items, key=name))) is not None:
                self.named[name].append(again)
            self.unanswered.pop(0)

    async def _meddle(self, client: Client, session: aiohttp.ClientSession) -> None:
        """Cancel, retry and delete jobs at random."""
        while True:
            await asyncio.sleep(self.chance.uniform(0.05, 0.5))
            if not (there := sorted(self.accepted - self.deleted)):
                continue
            job_id, what = self.chance.choice(there), self.chance.choice(["cancel", "retry", "retry", ""])
            if not what and await self._is_ended(client, job_id):
                self.deleted.add(job_id)  # whether it is gone is not known before the answer
                await self._tell(session.delete(f"/jobs/{job_id}"))
            elif what:
                await self._tell(session.post(f"/jobs/{job_id}/{what}"))

    async def _is_ended(self, client: Client, job_id: str) -> bool:
        status = await self._heard_of(client.status(job_id))
        return status is not None and status["status"] in _FINAL

    async def _read(self, client: Client) -> None:
        """Follow every job with some readers, each from where it was, until it ends or the service does."""
        async with asyncio.TaskGroup() as group:
            for job_id in sorted(self.accepted - self.deleted):
                readers = self.heard.setdefault(job_id, [[] for _ in range(READERS)])
                for reader in readers:
                    group.create_task(self._follow(client, job_id, reader))

    async def _follow(self, client: Client, job_id: str, reader: list[int]) -> None:
        with suppress(ApiError, *_GONE):
            async for event in client.events(job_id, last_event_id=str(reader[-1]) if reader else "0"):
                if event.id:
                    reader.append(int(event.id))  # noqa: PERF401 - what was heard before the service ends must stay

    async def _all_ended(self, client: Client) -> None:
        async with asyncio.timeout(120):
            for job_id in sorted(self.accepted - self.deleted):
                while not await self._is_ended(client, job_id):
                    await asyncio.sleep(0.1)

    async def _nothing_unlisted(self) -> None:
        """Files of deleted jobs go a little after their rows."""
        async with asyncio.timeout(20):
            while any(fault.startswith("I5: nobody") for fault in audit(self.process.scene(idle=True))):
                await asyncio.sleep(0.1)

    async def _heard_of(self, call: Awaitable[Answer]) -> Answer | None:
        """The answer, or None where there was none or a refusal; its status is noted."""
        try:
            return await call
        except ApiError as exc:
            self.answers.append(exc.status)
        except _GONE:
            pass
        return None

    async def _tell(self, request: AbstractAsyncContextManager[aiohttp.ClientResponse]) -> None:
        with suppress(*_GONE):
            async with request as answer:
                self.answers.append(answer.status)

    def _check(self, *, idle: bool) -> None:
        if not self.process.url:  # it was never ready so far
            return
        left = self.accepted - self.deleted
        heard = {job_id: readers for job_id, readers in self.heard.items() if job_id in left}
        scene = self.process.scene(
            idle=idle, accepted=left, heard=heard, named=self.named, answers=self.answers, max_attempts=1000
        )
        assert audit(scene) == []
