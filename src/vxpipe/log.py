"""structlog, set up once: what is said goes to stderr and, when it belongs to a job, to that job's story."""

import json
import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from contextlib import suppress
from datetime import datetime
from string import Formatter
from typing import Any, TextIO

import orjson
import structlog

from vxpipe.model import LogLine
from vxpipe.ports import Clock
from vxpipe.words import counted

Tap = Callable[[LogLine], None]
_Said = MutableMapping[str, Any]

# What people read for an event; {names} are its fields, {names:thing} how many of a thing. An event that is not here is
# put into words by itself.
MESSAGES: dict[str, str] = {
    "job.accepted": "accepted; items: {items}",
    "job.cancel_requested": "cancelling",
    "job.retried": "runs again; items: {items}",
    "job.deleted": "deleted",
    "job.expired": "deleted, for it ended before {before}",
    "files.swept": "removed the files of {jobs:former job}",
    "files.foreign": "these results belong to another database: what nobody lists of them stays",
    "item.started": "started {name}, attempt {attempt}",
    "item.succeeded": "done in {seconds} s; frames: {frames}",
    "item.failed": "failed ({code}): {reason}",
    "item.postponed": "will be tried again in {seconds} s (try {next} of {of}) because: {reason} ({code})",
    "webhook.delivered": "{host} was told of {type}",
    "webhook.refused": "{host} was not told of {type} ({reason}); will be tried again in {seconds} s",
    "webhook.given_up": "{host} could not be told of {type} ({reason}); given up, tries: {tries}",
    "platform.paused": "{platform} wants to be left alone ({code}); its videos wait until {until}",
    "platform.resumed": "{platform} answers again",
    "item.cancelled": "cancelled",
    "item.interrupted": "attempt {attempt} was cut short by the end of the service",
    "download.started": "downloading",
    "download.finished": "downloaded {bytes} bytes in {seconds} s",
    "download.spared": "taken from the cache: {bytes} bytes, downloaded {fetched}",
    "download.repeated": "downloading once more: {reason}",
    "download.denied": "refused: {text}",
    "download.strayed": "hosts not on the platform's list: {hosts}",
    "credentials.refused": "not taken, what was read before stays in force: {text}",
    "credentials.doubted": "{text}",
    "cookies.expired": "every cookie for {platform} has expired; it is visited without",
    "download.noted": "downloader: {text}",
    "download.warned": "downloader: {text}",
    "cache.gave_way": "the cache gave way: {files:video}, the disk lacked {mib} MiB",
    "cache.refused": "the download could not be kept in the cache: {reason}",
    "disk.low": "waits: {reason}",
    "disk.free": "the disk has room again",
    "video.probed": "{codec} {width}x{height}, {duration} s",
    "borders.found": "borders: the picture is {width}x{height} at {x},{y}",
    "borders.absent": "no borders to remove",
    "borders.doubted": "something shows outside the borders in {frames:frame}: looking for them again",
    "plan.dropped": "the quick look was not enough ({reason}): looking more closely",
    "rung.used": "{use} decoded by {by} ({rung}{why})",
    "gpus.unknown": "what the GPUs can do could not be found out: {reason}",
    "rung.failed": "{gpu} failed to decode the {use} ({rung}, {code}): {reason}",
    "encoder.used": "clip written by {by} ({encoder}{why})",
    "encoder.failed": "{gpu} failed to encode the clip ({encoder}, {code}): {reason}",
    "encoder.other": "{text}",
    "clip.begun": "writing the clip",
    "clip.written": "wrote the clip: {width}x{height}",
    "clip.evened": "{text}",
    "picture.chosen": "picture {number} of {of} is taken: {because}",
    "frames.selected": "kept {kept} of {of:candidate frame}{dropped}",
    "frames.written": "frames written: {count}",
    "sheet.written": "wrote the contact sheet",
    "source.damaged": "{text}",
    "colours.guessed": "{text}",
    "sound.lacking": "{text}",
    "times.exceeded": "{text}",
    "frames.scarce": "{text}",
    "frames.blank": "{text}",
    "stage.ended": "stage {name} took {seconds} s",
    "child.ended": "{program} ended with status {status} after {seconds} s: {arguments}",
    "program.said": "{text}",
    "program.muted": "the program says too much: after {lines} lines no more are kept",
    "size.changed": "{text}",
    "progress.not_recorded": "how far it is could not be recorded: {reason}",
}

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
_LEVELS = {"warn": "WARNING", "exception": "ERROR", "critical": "ERROR", "fatal": "ERROR"}
_TEXT_LIMIT = 2000
_QUIET = ("aiohttp.access", "alembic", "sqlalchemy", "aiosqlite", "asyncio")


def set_up(*, now: Clock, debug: bool, tap: Tap | None = None, to: TextIO | None = sys.stderr) -> None:
    """Configure structlog and the standard library's logging.

    Lines go to `to` (None: nowhere), for people on a terminal and as JSON elsewhere; those of a job go to `tap` as
    well. `debug` lets the pipeline's debug lines through.
    """
    shared = [structlog.contextvars.merge_contextvars, structlog.stdlib.add_log_level, _stamp(now), _tee(tap)]
    structlog.configure(
        processors=[*shared, *(_rendering(to) if to else [_dropped])],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if debug else logging.INFO),
        logger_factory=lambda *_: _Lines(to),  # past the standard library, which costs as much as all the rest
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_handler(to, now)] if to else [logging.NullHandler()]
    root.setLevel(logging.DEBUG if debug else logging.INFO)
    logging.getLogger("aiohttp.server").filters = [_NotTheirs()]
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def message(event: str, fields: Mapping[str, Any]) -> str:
    """The sentence for people that stands for an event and its fields."""
    template = MESSAGES.get(event)
    if template is not None:
        return clean(_SENTENCE.vformat(template, (), fields))
    words = event.replace(".", " ").replace("_", " ")
    told = ", ".join(f"{name} {value}" for name, value in fields.items())
    return clean(f"{words}: {told}" if told else words)


def clean(text: str) -> str:
    """Text that can be written as UTF-8, without control characters and terminal colours, of bounded length."""
    return _ANSI.sub("", text)[:_TEXT_LIMIT].encode("utf-8", "replace").decode()


def _handler(stream: TextIO, now: Clock) -> logging.Handler:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_log_level, _stamp(now)],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(stream)],
        )
    )
    return handler


class _Lines:
    """Where our own lines end. Whoever reads them may be gone, or its disk full: the work goes on without them."""

    def __init__(self, to: TextIO | None) -> None:
        self._to = to

    def msg(self, line: str) -> None:
        if self._to is not None:
            with suppress(OSError, ValueError):
                self._to.write(f"{line}\n")
                self._to.flush()

    debug = info = warning = error = critical = msg


def _dropped(_logger: Any, _method: str, _said: _Said) -> _Said:
    raise structlog.DropEvent


class _NotTheirs(logging.Filter):
    """Leaves out tracebacks of requests that are no HTTP: strangers send them, as many as they like."""

    def filter(self, record: logging.LogRecord) -> bool:
        kind = record.exc_info[0] if record.exc_info else None
        return kind is None or kind.__module__ != "aiohttp.http_exceptions"


class _Sentence(Formatter):
    """Fills in fields, `?` for those that are missing or unknown, and how many of a thing there are."""

    def get_value(self, key: int | str, _args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return kwargs.get(str(key), "?")

    def format_field(self, value: Any, format_spec: str) -> str:
        return counted(value, format_spec) if format_spec else "?" if value is None else str(value)


_SENTENCE = _Sentence()


def _rendering(stream: TextIO) -> Iterable[structlog.typing.Processor]:
    if stream.isatty():
        return [structlog.dev.ConsoleRenderer(pad_event_to=24, exception_formatter=structlog.dev.plain_traceback)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_json)]


def _json(said: _Said, **_: Any) -> str:
    try:
        return orjson.dumps(said, default=str).decode()
    except TypeError:  # half of a surrogate pair, an integer beyond 64 bits, from some site's answer
        return json.dumps(said, default=str)


def _stamp(now: Clock) -> structlog.typing.Processor:
    def stamp(_logger: Any, _method: str, said: _Said) -> _Said:
        said["ts"] = now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return said

    return stamp


def _tee(tap: Tap | None) -> structlog.typing.Processor:
    def tee(_logger: Any, _method: str, said: _Said) -> _Said:
        if tap is not None and "job" in said:
            tap(_line(said))
        return said

    return tee


def _line(said: Mapping[str, Any]) -> LogLine:
    about = {"job", "item", "stage", "event", "level", "ts", "exc_info"}
    fields = {name: _plain(value) for name, value in said.items() if name not in about}
    msg = message(said["event"], fields)
    fields.pop("text", None)  # it stands in the sentence
    return LogLine(
        job_id=said["job"],
        ts=datetime.fromisoformat(said["ts"]),
        level=_LEVELS.get(said["level"], said["level"].upper()),
        msg=msg,
        event=said["event"],
        item=said.get("item"),
        stage=said.get("stage"),
        fields=fields,
    )


def _plain(value: Any) -> Any:
    """A JSON value: numbers, booleans and None as they are, all else as clean text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    return clean(str(value))
