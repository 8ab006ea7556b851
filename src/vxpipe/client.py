"""A client of the service's own API: submit a batch, follow it live, read what came out."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Self
from urllib.parse import quote

import aiohttp
import orjson

from vxpipe.values import frozen

_SHORT_PAUSES = (0.2, 0.5, 1, 2)
_PAUSES = (0.2, 0.5, 1, 2, 4, *(8,) * 15)  # seconds between tries to reach a service that is gone
_LONGEST_PAUSE = 60  # seconds, where the service asks for a pause
_TOO_MANY = 429
_LONGEST_LINE = 64 << 20


class ApiError(Exception):
    """The service answered with a problem; the message is its detail."""

    def __init__(self, status: int, problem: Mapping[str, Any], *, retry_after: float = 0.0) -> None:
        super().__init__(str(problem.get("detail", f"HTTP {status}")))
        self.status = status
        self.problem = problem
        self.retry_after = retry_after

    @property
    def may_pass(self) -> bool:
        """Whether the same request may be answered otherwise in a while."""
        return self.status >= 500 or self.status == _TOO_MANY


@frozen(kw_only=False)
class Heard:
    """One server-sent event."""

    id: str | None
    event: str
    data: Any


class Client:
    """Talks to one service. Use as an async context."""

    def __init__(self, base_url: str, *, api_key: str | None = None) -> None:
        headers = {"X-API-Key": api_key} if api_key else {}
        self._session = aiohttp.ClientSession(
            f"{base_url.rstrip('/')}/", headers=headers, timeout=aiohttp.ClientTimeout(total=60)
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def submit(
        self,
        items: Sequence[Mapping[str, str]],
        options: Mapping[str, Any] | None = None,
        *,
        key: str | None = None,
        **more: Any,
    ) -> str:
        """Send a batch, with `more` of what a request may say; the id of its job.

        With an idempotency `key` it is sent again where the connection broke.
        """
        body = {"items": list(items), **more} | ({"options": options} if options else {})
        headers = {"Idempotency-Key": key} if key else {}
        pauses = iter(_SHORT_PAUSES if key else ())
        while True:
            try:
                return str((await self._json("POST", "process", body, headers))["jobId"])
            except (aiohttp.ClientConnectionError, TimeoutError):
                if (pause := next(pauses, None)) is None:
                    raise
                await asyncio.sleep(pause)

    async def status(self, job_id: str) -> Mapping[str, Any]:
        """The job as it stands, with its last log lines."""
        return await self._json("GET", f"status/{_in_path(job_id)}")

    async def item(self, job_id: str, index: int) -> Mapping[str, Any]:
        """One item with its files."""
        return await self._json("GET", f"jobs/{_in_path(job_id)}/items/{index}")

    async def cancel(self, job_id: str) -> Mapping[str, Any]:
        """End a job."""
        return await self._json("POST", f"jobs/{_in_path(job_id)}/cancel")

    async def health(self) -> Mapping[str, Any]:
        """Whether the service lives."""
        return await self._json("GET", "health")

    async def capabilities(self) -> Mapping[str, Any]:
        """What the installation can do, and how it stands."""
        return await self._json("GET", "capabilities")

    async def events(self, job_id: str, *, last_event_id: str | None = None) -> AsyncIterator[Heard]:
        """The live story of a job until the service says it is done; a broken connection is resumed where it broke.

        A service that asks for a pause gets it. Raises ApiError, or aiohttp.ClientError when the service cannot be
        reached for about two minutes, from the beginning for a few seconds.
        """
        pauses = iter(_SHORT_PAUSES)
        while True:
            try:
                async for heard in self._connection(job_id, last_event_id):
                    if heard.event == "bye" and heard.data["reason"] == "done":
                        return
                    if heard.event != "bye":
                        pauses = iter(_PAUSES)
                        last_event_id = heard.id or last_event_id
                        yield heard
                raise aiohttp.ServerDisconnectedError
            except (aiohttp.ClientError, TimeoutError, ApiError) as exc:
                asked = exc.retry_after if isinstance(exc, ApiError) else 0.0
                is_final = isinstance(exc, ApiError) and not exc.may_pass
                if is_final or (pause := next(pauses, None)) is None:
                    raise
                await asyncio.sleep(max(pause, asked))

    async def _connection(self, job_id: str, last_event_id: str | None) -> AsyncIterator[Heard]:
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        silence = aiohttp.ClientTimeout(total=None, sock_read=60)  # four heartbeats
        async with self._session.get(f"jobs/{_in_path(job_id)}/events", headers=headers, timeout=silence) as answer:
            await _raise_for_problem(answer)
            fields: dict[str, str] = {}
            async for line in _lines(answer.content):
                if line:
                    name, _, value = line.partition(":")
                    fields[name] = value.removeprefix(" ")
                elif "data" in fields:
                    yield Heard(fields.get("id"), fields.get("event", "message"), orjson.loads(fields["data"]))
                    fields = {}

    async def _json(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Mapping[str, Any]:
        async with self._session.request(method, path, json=body, headers=headers) as answer:
            await _raise_for_problem(answer)
            found: Mapping[str, Any] = orjson.loads(await answer.read())
            return found


def _in_path(job_id: str) -> str:
    """What somebody typed for a job's id, as one step of a path."""
    return quote(job_id, safe="")


async def _lines(content: aiohttp.StreamReader) -> AsyncIterator[str]:
    """The lines of a stream; aiohttp's own end at half a megabyte, and the snapshot of a large job is one of more."""
    pending = bytearray()
    async for chunk in content.iter_any():
        pending += chunk
        if b"\n" in chunk:
            *whole, rest = pending.split(b"\n")
            pending = bytearray(rest)
            for line in whole:
                yield line.decode().removesuffix("\r")
        if len(pending) > _LONGEST_LINE:
            raise aiohttp.ClientPayloadError(f"the service sent a line of more than {_LONGEST_LINE >> 20} MiB")


async def _raise_for_problem(answer: aiohttp.ClientResponse) -> None:
    if answer.status < 400:
        return
    try:
        problem = orjson.loads(await answer.read())
    except ValueError:
        problem = {}
    asked = answer.headers.get("Retry-After", "")
    retry_after = min(int(asked), _LONGEST_PAUSE) if asked.isascii() and asked.isdigit() else 0
    raise ApiError(answer.status, problem, retry_after=retry_after)
