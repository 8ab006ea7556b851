"""The program of the zygote, and what each of its children does: one download with yt-dlp.

`python -I -m vxpipe.engine.fetch.ytdlp_child [FOLDER]` is the zygote, with the yt-dlp of FOLDER where it is given. A
child reads its job on stdin and tells its story as JSON lines on stdout: `progress`, `warn`, `log`, and at the end one
`done` or `error`.
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vxpipe.engine.fetch import fork_server, overlay
from vxpipe.engine.fetch import job as jobs
from vxpipe.engine.fetch.confinement import confine
from vxpipe.engine.fetch.hook import Hook


class Channel:
    """The private way to the service. Anything else that is printed goes to stderr."""

    def __init__(self) -> None:
        self._out = os.dup(1)
        os.dup2(2, 1)

    def tell(self, kind: str, **facts: Any) -> None:
        """Send one line, whole: segments are fetched by several threads, and a pipe keeps a single write together."""
        os.write(self._out, json.dumps({"kind": kind, **facts}).encode() + b"\n")


def prepare() -> str:
    """Load what every download needs; gives yt-dlp's version."""
    overlay.use_own_client()
    from vxpipe.engine.fetch import ytdlp_session

    return ytdlp_session.warm_up()


def download() -> int:
    """Run the job that stdin holds; the exit status is 0 whenever the last line says how it ended."""
    from vxpipe.engine.fetch import ytdlp_session

    channel = Channel()
    job = jobs.from_json(_given())
    if weakness := confine(job):
        channel.tell("warn", text=weakness)
    hook = Hook(jobs.proxy_address(job))
    hook.install()
    kind, facts = ytdlp_session.download(job, denials=hook.denials, tell=channel.tell)
    channel.tell(kind, **facts)
    return 0


def _given() -> str:
    """What stdin holds; there is nothing to read on it for anybody else."""
    with open(0, closefd=False) as stdin:
        text = stdin.read()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return text


def load(extractors: Sequence[str]) -> None:
    """Import what downloads with these extractors need besides."""
    from vxpipe.engine.fetch import ytdlp_session

    ytdlp_session.load(extractors)


if __name__ == "__main__":
    for given in sys.argv[1:]:
        overlay.use(Path(given))
    fork_server.serve(download, load, ytdlp=prepare())
