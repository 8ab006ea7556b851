"""Which network addresses a downloader may talk to. Pure.

Source of the ranges: the IANA special-purpose address registries, plus addresses that clouds use for metadata.
"""

import ipaddress
import re
from collections.abc import Iterator

WEB_PORTS = (80, 443)

Exceptions = frozenset[tuple[str, int | None]]
"""Hosts of VXPIPE_ALLOW_HOSTS: (host, port), None for any port."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Not for us although Python 3.11 calls some of them global: 192.0.0.192 and 168.63.129.16 are metadata services.
_DENIED = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",
        "168.63.129.16/32",
        "198.18.0.0/15",
        "100.64.0.0/10",
        "192.88.99.0/24",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# The only part of IPv6 that is handed out, and the prefix under which a network without IPv4 reaches it.
_V6_UNICAST = (ipaddress.IPv6Network("2000::/3"), _NAT64)


def is_public(text: str) -> bool:
    """Whether `text` is an IP address that anybody on the internet could own, also inside every wrapping it has.

    Anything that is not a plain IP address, a name for example, is not public.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return all(_is_public(each) for each in _layers(address))


def is_address(text: str) -> bool:
    """Whether `text` is an IP address as it is usually written."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def excepts(allow: Exceptions, host: str, port: int) -> bool:
    """Whether the operator lets this name or address be reached, whatever it is."""
    return not {(host.lower(), port), (host.lower(), None)}.isdisjoint(allow)


def host_port(text: str) -> tuple[str, int | None]:
    """Split `host`, `host:port`, `[v6]:port` or a bare IPv6 address; raises ValueError for anything else."""
    if re.fullmatch(r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*", text):
        return str(ipaddress.IPv6Address(text)), None
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9_.-]+))(?::([0-9]{1,5}))?", text)
    if found is None or not 0 < int(found[3] or 1) < 65536:
        raise ValueError(f"expected host or host:port, got {text!r}")
    host = str(ipaddress.IPv6Address(found[1])) if found[1] else found[2].lower()
    return host, int(found[3]) if found[3] else None


def _layers(address: _Address) -> Iterator[_Address]:
    """The address and the IPv4 ones inside it; a v4-mapped address is nothing but the one inside."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
        return
    yield address
    if address.sixtofour:
        yield address.sixtofour
    if address in _NAT64:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _is_public(address: _Address) -> bool:
    if any(address in network for network in _DENIED if network.version == address.version):
        return False
    if isinstance(address, ipaddress.IPv6Address):
        return any(address in network for network in _V6_UNICAST) and address.is_global
    return address.is_global and not address.is_multicast
