"""Where a download may lead: what is refused, why, and what a refusal says about a failed download. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from vxpipe.addresses import WEB_PORTS, Exceptions, excepts, is_address, is_public
from vxpipe.values import frozen

# Why the guard ends a connection: the HTTP status of its answer, and the row of the error table that it stands for.
REASONS: dict[str, tuple[int, str | None]] = {
    "head": (400, "egress_denied"),
    "scheme": (400, "egress_denied"),
    "body": (411, "egress_denied"),
    "host": (403, "egress_denied"),
    "port": (403, "egress_denied"),
    "address": (403, "egress_denied"),
    "connections": (429, "egress_denied"),
    "bytes": (403, "too_large"),
    "deadline": (403, "timed_out"),
    "dns": (502, "network"),
    "connect": (502, "network"),
    "upstream": (502, "network"),
    "idle": (504, None),
    "slow": (408, None),
    "credentials": (407, None),
}

_ANSWER = re.compile(rf"\bvx-(?:{'|'.join(REASONS)})\b")  # see heads.answer
_NAME = re.compile(r"(?!.{254})[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
# What a resolver may take for an IPv4 address although it is not written as one: 2130706433, 127.1, 0x7f.0.0.1.
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
_INSIDE = re.compile(r"[^.]+|.*\.(?:localhost|local|internal|home\.arpa)")


class Denied(Exception):
    """The guard refuses or ends a connection; `reason` is a key of REASONS, the text is for people."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text
        self.status, self.code = REASONS[reason]


class Destination(NamedTuple):
    """Where a request wants to go: a name or address in small letters, without brackets or a last dot, and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@frozen
class Rules:
    """What holds for one download.

    `allow` are the operator's exceptions; they may lead anywhere. `domains` are those the platform needs, with all
    below them; none means any. `strict` refuses what is not among them.
    """

    allow: Exceptions = frozenset()
    domains: tuple[str, ...] = ()
    strict: bool = False

    def excepts(self, host: str, port: int) -> bool:
        """Whether the operator lets this name or address be fetched from, whatever it is."""
        return excepts(self.allow, host, port)

    def lists(self, host: str) -> bool:
        """Whether the name is one of the platform's."""
        return not self.domains or is_within(host, self.domains)


def is_within(host: str, domains: Iterable[str]) -> bool:
    """Whether the name is one of the domains or below one."""
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def check_name(to: Destination, rules: Rules, *, resolved_elsewhere: bool = False) -> None:
    """Raise Denied for what needs no look at the addresses behind the name.

    `resolved_elsewhere`: an upstream proxy will resolve the name, so that what is written is all there is to judge.
    """
    if rules.excepts(*to):
        return
    if not is_address(to.host) and (_NUMBER.fullmatch(to.host) or not _NAME.fullmatch(to.host)):
        raise Denied("address", f"{to}: this is neither a name nor an address in its usual form")
    if rules.strict and not rules.lists(to.host):
        raise Denied("host", f"{to}: this is not one of the platform's hosts, and VXPIPE_EGRESS_STRICT is set")
    if resolved_elsewhere:
        _check_unresolved(to)


def check_written(to: Destination, rules: Rules) -> None:
    """Raise Denied for what is told by the address itself, before anybody is asked what a name stands for."""
    check_name(to, rules)
    if is_address(to.host):
        check_addresses(to, (to.host,), rules)


def check_addresses(to: Destination, addresses: Sequence[str], rules: Rules) -> None:
    """Raise Denied unless every address the name stands for may be connected to."""
    if rules.excepts(*to):
        return
    if not addresses:
        raise Denied("dns", f"{to}: the name has no address")
    for address in addresses:
        if rules.excepts(address, to.port):
            continue
        if not is_public(address):
            raise Denied("address", f"{to}: the address {address} is not public")
        _check_port(to)


def decisive(ledger: Sequence[Denied], code: str) -> Denied | None:
    """The refusal that explains why a download failed with `code`, None if none does.

    What the rules forbid goes before all that came of it; a failed connection only explains a failed connection.
    """
    forbidden = [denied for denied in ledger if denied.code not in (None, "network")]
    failed = [denied for denied in ledger if denied.code == "network" == code]
    return next(iter(forbidden), failed[-1] if failed else None)


def tells_of_refusal(text: str) -> bool:
    """Whether a downloader speaks of an answer of the guard, whose ledger says the same in plain words."""
    return bool(_ANSWER.search(text))


def _check_unresolved(to: Destination) -> None:
    _check_port(to)
    if is_address(to.host) and not is_public(to.host):
        raise Denied("address", f"{to}: the address is not public")
    if not is_address(to.host) and _INSIDE.fullmatch(to.host):
        raise Denied("address", f"{to}: this is a name of an inner network")


def _check_port(to: Destination) -> None:
    if to.port not in WEB_PORTS:
        raise Denied("port", f"{to}: the port is not one of the web's ({WEB_PORTS[0]}, {WEB_PORTS[1]})")
