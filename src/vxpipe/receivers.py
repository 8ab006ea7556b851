"""Where webhooks may go: to public addresses, and to what the operator excepts. What was judged is what is dialled."""

import socket
import ssl
from collections.abc import Sequence

from aiohttp import TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult

from vxpipe.addresses import Exceptions, excepts, is_public
from vxpipe.hooks import destination
from vxpipe.lookups import Lookups

# More than the courier has under way at a time: one that it gave up waiting for goes on.
_LOOKUPS = 32


class NotAllowed(Exception):
    """A receiver that may not be sent to; the text says why."""


class Receivers:
    """Resolves a receiver and judges all its addresses, anew for each message."""

    def __init__(self, allow: Exceptions) -> None:
        self._allow = allow
        self._lookups = Lookups(_LOOKUPS)

    async def addresses(self, url: str) -> tuple[str, ...]:
        """The addresses to dial; raises NotAllowed."""
        host, port = destination(url)
        try:
            found = await self._lookups.addresses(host, port)
        except (OSError, UnicodeError):
            raise NotAllowed("the name could not be resolved") from None
        if not excepts(self._allow, host, port):
            for address in found:
                if not is_public(address) and not excepts(self._allow, address, port):
                    raise NotAllowed("the host has an address that is not public; see VXPIPE_ALLOW_HOSTS")
        return found


def pinned(addresses: Sequence[str], authorities: ssl.SSLContext) -> TCPConnector:
    """A connector for one request that dials these addresses, whatever the name stands for by now."""
    return TCPConnector(resolver=_Pinned(addresses), ssl=authorities, use_dns_cache=False, force_close=True, limit=1)


class _Pinned(AbstractResolver):
    """Answers with what was judged."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = addresses

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - both families were judged
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""
