"""Where a request really comes from: the peer, or what a proxy of VXPIPE_TRUSTED_PROXIES says of it."""

import ipaddress
from collections.abc import Sequence

from aiohttp import web

from vxpipe.handlers.keys import EDGE, Network

_MOST_HOPS = 20
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def address(request: web.Request) -> str:
    """The caller's address; of IPv6 its network of 64 bits, all of which one household has."""
    hops = ",".join(request.headers.getall("X-Forwarded-For", ()))
    return claimed(request.remote or "", hops, request.app[EDGE].trusted_proxies)


def scheme(request: web.Request) -> str:
    """http or https, as the browser sees it."""
    said = request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip().lower()
    peer = _parsed(request.remote or "")
    is_told = said in {"http", "https"} and peer and _is_within(peer, request.app[EDGE].trusted_proxies)
    return said if is_told else request.scheme


def claimed(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """The first address from the right of X-Forwarded-For that is no trusted proxy; what is left of it is hearsay."""
    found = _parsed(peer)
    if found is None:
        return peer
    for hop in reversed(forwarded.split(",")[-_MOST_HOPS:]):
        before = _parsed(hop.strip())
        if before is None or not _is_within(found, trusted):
            break
        found = before
    return str(found) if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))


def _parsed(text: str) -> _Address | None:
    try:
        found = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _is_within(found: _Address, networks: Sequence[Network]) -> bool:
    return any(found in network for network in networks)
