"""The child process that downloads one video with yt-dlp: `python -I -m vxpipe.engine.fetch.ytdlp_child JOB_FILE`.

It tells its story as JSON lines on stdout: `progress`, `warn`, `log`, and at the end one `done` or `error`.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from vxpipe.engine.fetch import job as jobs
from vxpipe.engine.fetch.hook import Hook


class Channel:
    """The private way to the service. Anything else that is printed goes to stderr."""

    def __init__(self) -> None:
        self._out = os.dup(1)
        os.dup2(2, 1)

    def tell(self, kind: str, **facts: Any) -> None:
        """Send one line, whole: segments are fetched by several threads, and a pipe keeps a single write together."""
        os.write(self._out, json.dumps({"kind": kind, **facts}).encode() + b"\n")


def main(arguments: list[str]) -> int:
    """Run the job that the file describes; the exit status is 0 whenever the last line says how it ended."""
    channel = Channel()
    job = jobs.from_json(Path(arguments[0]).read_text())
    os.umask(0o077)
    hook = Hook(jobs.proxy_address(job))
    hook.install()
    from vxpipe.engine.fetch import ytdlp_session  # takes 0.3 s and must not precede the lines above

    kind, facts = ytdlp_session.download(job, denials=hook.denials, tell=channel.tell)
    channel.tell(kind, **facts)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
