"""`vxpipe submit` and `vxpipe watch`: hand a batch to a service, follow a job to its end."""

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Self

import aiohttp

from vxpipe import names, view
from vxpipe.client import ApiError, Client
from vxpipe.errors import ConfigError, Refused
from vxpipe.log import clean
from vxpipe.recipe import Recipe
from vxpipe.view import JobView

_REFUSED = frozenset({400, 401, 403, 404, 413, 422})


class Unreachable(Exception):
    """The service is not there, or has had a failure of its own; the message is for people."""


class Screen(AbstractContextManager["Screen"]):
    """Where a job is shown: what it looks like now, and each line of its log."""

    def show(self, job: JobView) -> None:
        """The job has changed."""

    def line(self, line: Mapping[str, Any]) -> None:
        """A log line."""

    def __exit__(self, *_: object) -> None:
        return


class PlainScreen(Screen):
    """A line for each log line, each new stage of an item and each state of the job."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._seen = JobView(job_id="")

    def __enter__(self) -> Self:
        return self

    def show(self, job: JobView) -> None:
        """See Screen."""
        for index, lane in job.lanes.items():
            before = self._seen.lanes.get(index)
            if before and (before.stage, before.status) != (lane.stage, lane.status) and lane.status == "processing":
                self._write(f"{'':8} {'':7} item {index} {lane.said} {lane.progress} %")
        if job.status != self._seen.status:
            self._write(f"{'':8} {'':7} job is {job.status}")
        self._seen = job

    def line(self, line: Mapping[str, Any]) -> None:
        """See Screen."""
        self._write(told(line))


def told(line: Mapping[str, Any]) -> str:
    """A log line for people."""
    item = f" item {line['item']}" if "item" in line else ""
    return clean(f"{line['ts'][11:19]} {line['level']:<7}{item} {line['msg']}")


def named(targets: Sequence[str]) -> list[dict[str, str]]:
    """What targets mean to a service; raises ConfigError for files, which a service does not take."""
    return names.all_meant(targets, lambda _, text: _named(text))


def _named(text: str) -> dict[str, str]:
    platform, colon, code = text.partition(":")
    if "://" in text:
        return {"url": text}
    if colon and code and not Path(text).is_file():
        return {"platform": platform, "code": code}
    raise Refused("target", f"{text!r} is neither platform:code nor a link; local files are for `vxpipe run`")


def wishes(labels: Sequence[str], priority: int | None) -> dict[str, Any]:
    """What else a request says: labels are `name=value`. Raises ConfigError."""
    pairs = [text.partition("=") for text in labels]
    if wrong := [name for name, equals, _ in pairs if not equals]:
        raise ConfigError(f"--label must be name=value, not {wrong[0]!r}")
    said = {"labels": {name: value for name, _, value in pairs}} if pairs else {}
    return said | ({} if priority is None else {"priority": priority})


async def submit(client: Client, items: Sequence[Mapping[str, str]], recipe: Recipe, *, key: str, **more: Any) -> str:
    """Hand a batch over, once however often it is sent; the id of its job.

    Raises ConfigError for what the service refuses, Unreachable.
    """
    options = recipe.model_dump(mode="json", by_alias=True, exclude_unset=True)
    try:
        return await client.submit(items, options, key=key, **more)
    except ApiError as exc:
        raise _why(exc, items) from exc
    except (aiohttp.ClientError, TimeoutError) as exc:
        raise Unreachable(f"{_silence(exc)}; `vxpipe serve` starts a service, --url names another") from exc


async def watch(client: Client, job_id: str, screen: Screen) -> JobView:
    """Follow a job to its end, over broken connections and restarts of the service; what became of it.

    Raises ConfigError for what the service refuses, Unreachable.
    """
    job = JobView(job_id=job_id)
    try:
        with screen:
            async for heard in client.events(job_id):
                job = job.after(heard.event, heard.data)
                if heard.event == "log":
                    screen.line(heard.data)
                else:
                    screen.show(job)
            job = job.after("snapshot", await client.status(job_id))
            screen.show(job)
    except ApiError as exc:
        raise _why(exc, ()) from exc
    except (aiohttp.ClientError, TimeoutError) as exc:
        raise Unreachable(_silence(exc)) from exc
    return job


async def items(client: Client, job: JobView) -> list[Mapping[str, Any]]:
    """Every item of a job with its files."""
    return [await client.item(job.job_id, index) for index in sorted(job.lanes)]


def _silence(exc: Exception) -> str:
    """What stood in the way, without what only says how a connection is made."""
    if isinstance(exc, aiohttp.ClientConnectorError):
        reason = os.strerror(exc.os_error.errno) if exc.os_error.errno else exc.os_error
        return f"no service can be reached there ({reason})"
    return f"the service cannot be reached: {exc or 'it gives no answer'}"


def _why(exc: ApiError, items: Sequence[Mapping[str, str]]) -> Exception:
    if exc.status not in _REFUSED:
        return Unreachable(f"the service says: {exc} (HTTP {exc.status})")
    faults = "; ".join(_fault(fault, items) for fault in exc.problem.get("errors", []))
    if exc.status == 401:
        return ConfigError(f"API_KEY: {exc}")
    return ConfigError(f"{exc}: {faults}" if faults else str(exc))


def _fault(fault: Mapping[str, str], items: Sequence[Mapping[str, str]]) -> str:
    """A fault with the target it is about."""
    place = fault["pointer"].removeprefix("#/").split("/")
    if place[0] == "items" and len(place) > 1 and place[1].isdigit() and int(place[1]) < len(items):
        return f"{':'.join(items[int(place[1])].values())}: {fault['detail']}"
    return f"{'.'.join(place)}: {fault['detail']}"


def summary(job: JobView) -> str:
    """How a job stands, in a line."""
    return f"job {job.job_id} {job.status}, {job.progress} %: {view.tally(job.lanes.values())}"


def lane_line(index: int, lane: view.Lane) -> str:
    """How an item ended, in a line."""
    return clean(f"item {index} {lane.name}: {lane.said}")
