"""What the service and its download child tell each other: one job in, JSON lines out. Pure."""

import json
from collections.abc import Mapping
from dataclasses import asdict, field
from typing import Any
from urllib.parse import urlsplit

from vxpipe.values import frozen

PARTS = ("picture", "sound")
"""What the files of a download are called, up to the first dot: the video, and its sound where that comes apart."""


@frozen
class Job:
    """One download. `extractors` are yt-dlp's names; none means a direct link, which our own extractor reads.

    `proxy` is the guard's address with the credentials of this download: the only way out. `plugins` is a folder of
    plug-in packages as in yt-dlp's --plugin-dirs. `retries` is how often a broken connection is resumed;
    with `socket_timeout_seconds` it bounds how long a silent source is borne. `sandbox` is `auto`, `require` or `off`.

    `cookies` is a cookie file's text, empty for none; `extractor_args` is yt-dlp's option of this name; `secrets` are
    the values in both, which must not be told.
    """

    url: str
    folder: str
    extractors: tuple[str, ...]
    wanted_height: int | None
    need_audio: bool
    max_bytes: int
    max_duration_seconds: float
    socket_timeout_seconds: float
    retries: int
    proxy: str
    plugins: str | None
    sandbox: str
    cookies: str = field(default="", repr=False)
    extractor_args: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def to_json(self) -> str:
        """The job as the child reads it."""
        return json.dumps(asdict(self))


def from_json(text: str) -> Job:
    """The job that `to_json` wrote."""
    fields: dict[str, Any] = json.loads(text)
    return Job(**{**fields, **{name: tuple(fields[name]) for name in ("extractors", "secrets")}})


def proxy_address(job: Job) -> tuple[str, int]:
    """Where the job's proxy listens."""
    parts = urlsplit(job.proxy)
    return str(parts.hostname), int(parts.port or 0)
