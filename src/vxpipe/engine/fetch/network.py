"""Names to addresses, and addresses to connections: nothing is decided here."""

import asyncio
import os
import socket
from collections.abc import Sequence
from typing import NamedTuple

from aiohappyeyeballs import start_connection

from vxpipe.engine.fetch.egress import Denied, Destination
from vxpipe.lookups import Lookups

_MAX_OF_A_FAMILY = 3
_LOOKUPS = 8
_BUFFER_BYTES = 256 << 10
_NEXT_ADDRESS_SECONDS = 0.25


class End(NamedTuple):
    """One end of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def is_open(self) -> bool:
        """Whether the connection is still there."""
        return bool(self.writer.get_extra_info("socket").fileno() >= 0)

    def drop(self) -> None:
        """Close at once, whatever was still to be sent.

        One that has sent its last bytes after `close` is gone, but does not know how to be aborted (CPython 3.11).
        """
        if self.is_open:
            self.writer.transport.abort()


class Network:
    """The network as it is."""

    def __init__(self, *, lookup_seconds: float = 10.0, connect_seconds: float = 10.0) -> None:
        self._lookup_seconds = lookup_seconds
        self._connect_seconds = connect_seconds
        self._lookups = Lookups(_LOOKUPS)

    async def addresses(self, to: Destination) -> tuple[str, ...]:
        """All addresses of a name, the best first; raises Denied `dns`."""
        try:
            async with asyncio.timeout(self._lookup_seconds):
                return await self._lookups.addresses(to.host, to.port)
        except (OSError, UnicodeError) as exc:
            raise Denied("dns", f"{to}: the name could not be resolved: {_why(exc)}") from exc

    async def connect(self, to: Destination, addresses: Sequence[str], port: int) -> End:
        """A connection to the quickest of the addresses, looking nothing up; raises Denied `connect`.

        Of both families some are tried, each a moment after the one before (RFC 8305).
        """
        infos = [
            (_family(address), socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port))
            for address in _few(addresses)
        ]
        try:
            async with asyncio.timeout(self._connect_seconds):
                sock = await start_connection(infos, happy_eyeballs_delay=_NEXT_ADDRESS_SECONDS, interleave=1)
                return End(*await asyncio.open_connection(sock=sock, limit=_BUFFER_BYTES))
        except OSError as exc:
            raise Denied("connect", f"{to}: the connection failed: {_why(exc)}") from exc


def _why(exc: Exception) -> str:
    if isinstance(exc, TimeoutError):
        return "no answer in time"
    if isinstance(exc, socket.gaierror):
        return str(exc.strerror).lower()
    return os.strerror(exc.errno).lower() if isinstance(exc, OSError) and exc.errno else "no address can be reached"


def _few(addresses: Sequence[str]) -> list[str]:
    """Some of each family, the family of the best first."""
    first = _family(addresses[0])
    kept = [address for address in addresses if _family(address) == first][:_MAX_OF_A_FAMILY]
    return kept + [address for address in addresses if _family(address) != first][:_MAX_OF_A_FAMILY]


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET
