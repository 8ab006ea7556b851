"""What a downloader may do besides its work, seen from inside: talk to the guard's proxy and to nothing else.

An audit hook on Python's own sockets and program starts. It makes a mistake, or an extractor that goes its own way, a
clear refusal with a name; native code passes it unseen and is held by the sandbox.
"""

import sys
from pathlib import PurePath
from typing import Any

_PROGRAMS = ("deno",)
_SPAWNS = ("subprocess.Popen", "os.posix_spawn", "os.system", "os.exec", "os.spawn", "pty.spawn")
_LOOKUPS = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")
_SENDS = ("socket.sendto", "socket.sendmsg")


class EgressDenied(Exception):
    """A way out that does not lead through the proxy.

    Not an OSError: yt-dlp takes those for network faults and tries again.
    """


class Hook:
    """Refuses ways around the proxy; `denials` lists what was refused. An installed hook cannot be taken off again."""

    def __init__(self, proxy: tuple[str, int]) -> None:
        self.denials: list[str] = []
        self._proxy = proxy

    def install(self) -> None:
        """Watch over every later connection, lookup and program start of this process."""
        sys.addaudithook(self.hear)

    def hear(self, event: str, args: tuple[Any, ...]) -> None:
        """Raise EgressDenied or PermissionError for an audit event that must not happen."""
        if event == "socket.connect" and args[1] != self._proxy:
            self._deny(f"a connection to {_shown(args[1])} that does not go through the proxy")
        elif event in _LOOKUPS and args[0] != self._proxy[0]:
            self._deny(f"the name {_shown(args[0])} is looked up by the proxy only")
        elif event in _SENDS and args[1] is not None:
            self._deny("datagrams are not sent")
        elif event in _SPAWNS and not _is_program(event, args):
            raise PermissionError(f"{event} is not allowed here")

    def _deny(self, reason: str) -> None:
        self.denials.append(reason)
        raise EgressDenied(reason)


def _shown(address: Any) -> str:
    return str(address)[:100]


def _is_program(event: str, args: tuple[Any, ...]) -> bool:
    if event not in ("subprocess.Popen", "os.posix_spawn"):
        return False
    name = args[0] or args[1][0]
    return isinstance(name, str) and PurePath(name).name in _PROGRAMS
