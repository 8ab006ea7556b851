"""The right of one download to use the guard: its credentials, its bounds, and what became of it."""

import asyncio
import secrets

from vxpipe.engine.fetch.egress import Denied, Rules
from vxpipe.engine.fetch.heads import Upstream

HOST = "127.0.0.1"
_MAX_NOTED = 64


class Permit:
    """The right of one download to use the guard, and what became of it.

    `url` is the proxy with its credentials; `sent` and `received` are bytes, `connections` all there have been;
    `ledger` holds what was refused or cut, `unlisted` the hosts that are not among the platform's.
    """

    def __init__(self, *, port: int, rules: Rules, upstream: Upstream | None, max_bytes: int, deadline: float) -> None:
        self.name = secrets.token_hex(8)
        self.token = secrets.token_urlsafe(24)
        self.url = f"http://{self.name}:{self.token}@{HOST}:{port}"
        self.rules = rules
        self.upstream = upstream
        self.deadline = deadline
        self.sent = 0
        self.received = 0
        self.connections = 0
        self.ledger: list[Denied] = []
        self.unlisted: list[str] = []
        self.at_work = set["asyncio.Task[None]"]()
        self.revoked = False
        self._max_bytes = max_bytes

    def send(self, count: int) -> None:
        """Count bytes on their way out; raises Denied `bytes`."""
        self.sent += count
        self._check_bytes()

    def receive(self, count: int) -> None:
        """Count bytes on their way in; raises Denied `bytes`."""
        self.received += count
        self._check_bytes()

    def check(self) -> None:
        """Raise Denied where nothing more may be begun."""
        if self.revoked:
            raise Denied("credentials", "this permit is over")
        if asyncio.get_running_loop().time() >= self.deadline:
            raise Denied("deadline", "the time for this download is over")
        self._check_bytes()

    def note(self, denied: Denied) -> None:
        """Write a refusal into the ledger, which takes a bounded number of them."""
        if len(self.ledger) < _MAX_NOTED:
            self.ledger.append(denied)

    def note_host(self, host: str) -> None:
        """Remember a host that is not among the platform's."""
        if not self.rules.lists(host) and host not in self.unlisted and len(self.unlisted) < _MAX_NOTED:
            self.unlisted.append(host)

    def _check_bytes(self) -> None:
        if self.sent + self.received > self._max_bytes:
            raise Denied("bytes", f"the download moved more than {self._max_bytes} bytes")
