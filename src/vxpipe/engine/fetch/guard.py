"""What the download child may reach: public addresses on the web's ports, and the operator's exceptions.

The check sits in an audit hook on `connect`, so the address judged is the one that is connected to: a name that
resolves differently a moment later changes nothing. It binds Python's own sockets only; native network code
(curl_cffi) is kept out of the child, and no program but a JavaScript runtime may be started.
"""

import socket
import sys
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from vxpipe.engine.fetch.addresses import WEB_PORTS, host_port, is_public

_PROGRAMS = ("deno",)
_SPAWNS = ("subprocess.Popen", "os.posix_spawn", "os.system", "os.exec", "os.spawn", "pty.spawn")
_SENDS = ("socket.sendto", "socket.sendmsg")


class EgressDenied(Exception):
    """A connection to an address that is not public and not among the exceptions.

    Not an OSError: yt-dlp takes those for network faults and tries again.
    """


class Guard:
    """Refuses connections; `denials` lists what was refused. There is no way to take an installed guard off again."""

    def __init__(self, allow_hosts: Iterable[str]) -> None:
        self.denials: list[str] = []
        self._allowed = frozenset(entry for text in allow_hosts for entry in _resolved(*host_port(text)))

    def install(self) -> None:
        """Watch over every later connection and program start of this process."""
        sys.addaudithook(self._hear)

    def judge(self, address: Any) -> None:
        """Raise EgressDenied unless a socket may be connected to `address`, given as the socket gets it."""
        if not isinstance(address, tuple):
            self._deny("only internet addresses are connected to")
        host, port = str(address[0]), int(address[1])
        if {(host, port), (host, None)} & self._allowed:
            return
        if not is_public(host):
            self._deny(f"the address {host} is not public")
        if port not in WEB_PORTS:
            self._deny(f"port {port} is not one of the web's ({WEB_PORTS[0]}, {WEB_PORTS[1]})")

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.connect":
            self.judge(args[1])
        elif event in _SENDS and args[1] is not None:
            self._deny("datagrams are not sent")
        elif event in _SPAWNS and not _is_program(event, args):
            raise PermissionError(f"{event} is not allowed here")

    def _deny(self, reason: str) -> None:
        self.denials.append(reason)
        raise EgressDenied(reason)


def _resolved(host: str, port: int | None) -> Iterable[tuple[str, int | None]]:
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:  # an exception that names nothing excepts nothing
        return ()
    return {(str(answer[4][0]), port) for answer in answers}


def _is_program(event: str, args: tuple[Any, ...]) -> bool:
    if event not in ("subprocess.Popen", "os.posix_spawn"):
        return False
    name = args[0] or args[1][0]
    return isinstance(name, str) and PurePath(name).name in _PROGRAMS
