"""What callers name, turned into targets: a platform and a code, or a link. Pure.

A code or link is only ever matched; the address that is fetched is built from our own template.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import cached_property
from types import MappingProxyType
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from vxpipe.engine.fetch.egress import Denied, Destination, Rules, check_written
from vxpipe.engine.fetch.platforms import PLATFORMS, SHORT_LINKS, Platform
from vxpipe.errors import Refused
from vxpipe.facts import PlatformFacts
from vxpipe.model import DIRECT, Target
from vxpipe.ports import Targets
from vxpipe.values import frozen

MAX_URL = 2048
"""Characters of a link."""
_TOLD = 4  # platforms that are named to somebody who named none
_NETLOC = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
_WEB_PORTS = (None, 80, 443)
_NOT_DIRECT = "links to media files are taken only with VXPIPE_ALLOW_DIRECT_URLS=1"


@frozen(kw_only=False)
class _Link:
    """A form in which people paste an address of a platform."""

    platform: Platform
    host: str
    path: re.Pattern[str]
    parameter: str | None

    def code(self, parts: SplitResult) -> str | None:
        """The code in an address of this form at its host, or None."""
        found = self.path.fullmatch(parts.path.rstrip("/") or "/")
        if found is None:
            return None
        if self.parameter is None:
            return "/".join(found.groups())
        values = parse_qs(parts.query).get(self.parameter, [])
        return values[0] if len(values) == 1 else None


class Registry(Targets):
    """Turns what a caller names into a target. `extra` rows come on top of the built-in ones.

    `allow_direct` takes links to media files of any site as well; `egress` refuses those that lead where no download
    may go. `changes` are fields to change in rows, by name; raises Refused for a name that no row has.
    """

    def __init__(
        self,
        *,
        extra: Iterable[Platform] = (),
        allow_direct: bool = False,
        egress: Rules | None = None,
        changes: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    ) -> None:
        rows = (*PLATFORMS, *extra)
        if unknown := sorted(set(changes) - {row.name for row in rows}):
            raise _unknown(unknown[0], rows)
        self.platforms = tuple(replace(row, **changes.get(row.name, {})) for row in rows)
        self.allow_direct = allow_direct
        self._egress = egress
        self._by_name = {name: row for row in self.platforms for name in (row.name, *row.aliases)}

    def platform(self, name: str) -> Platform | None:
        """The row with that name or alias."""
        return self._by_name.get(name.lower())

    def site(self, row: Platform) -> Platform:
        """The row whose pace and credentials this one shares."""
        return self._by_name[row.site or row.name]

    def target(self, platform: str, code: str) -> Target:
        """The target that a platform and a code name; raises Refused for an unknown platform or an illegal code."""
        row = self.platform(platform)
        if row is None:
            raise _unknown(platform, self.platforms)
        if not row.accepts(code):
            raise Refused("code", f"{_quoted(code)} is not a code of {row.label}, such as {row.example}")
        return _target(row, code, field="platform")

    def link(self, url: str) -> Target:
        """The target of any link: a platform's, or else a direct one where those are allowed; raises Refused.

        A link to anything else of a platform, a playlist or a profile, is never a direct one.
        """
        parts = _web_address(url)
        if target := self.target_of_url(url):
            return target
        if row := next((link.platform for link in self._links_at(parts)), None):
            wanted = f"send the link of a video, like {row.url(row.example)}"
            raise Refused("url", f"this link of {row.label} names no single video (a playlist, a profile?): {wanted}")
        if self.allow_direct:
            self._refuse_inner(parts)
            return self.direct(url)
        raise Refused("url", f"this link is not one of a supported platform; {_NOT_DIRECT}")

    def target_of_url(self, url: str) -> Target | None:
        """The platform's target that a link names, None if it is no platform's; raises Refused for a short link.

        The host has to be one of ours letter for letter, the path has to fit as a whole, and user names, odd ports,
        anything but printable ASCII and more than 2048 characters are not taken. Other query parameters are dropped.
        """
        try:
            parts = _web_address(url)
        except Refused:
            return None
        if parts.port not in _WEB_PORTS:
            return None
        self._refuse_short(parts)
        found = ((link.platform, link.code(parts)) for link in self._links_at(parts))
        return next((_target(row, code, field="url") for row, code in found if code and row.accepts(code)), None)

    def direct(self, url: str) -> Target:
        """The target of a link to a media file; raises Refused where those are not allowed or it is no http(s) link."""
        if not self.allow_direct:
            raise Refused("url", _NOT_DIRECT)
        parts = _web_address(url)
        code = hashlib.sha256(url.encode()).hexdigest()[:12]
        return Target(platform=DIRECT, code=code, url=parts._replace(fragment="").geturl())

    def facts(self) -> tuple[PlatformFacts, ...]:
        """Every platform as callers see it."""
        return tuple(_facts(row) for row in self.platforms)

    def _links_at(self, parts: SplitResult) -> Sequence[_Link]:
        """The forms of link that are known of this host."""
        return self._links.get(parts.hostname or "", ())

    @cached_property
    def _links(self) -> Mapping[str, Sequence[_Link]]:
        found = defaultdict[str, list[_Link]](list)
        for link in (link for row in self.platforms for link in _links_of(row)):
            found[link.host].append(link)
        return found

    def _refuse_inner(self, parts: SplitResult) -> None:
        to = Destination(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
        try:
            if self._egress:
                check_written(to, self._egress)
        except Denied as exc:
            raise Refused(
                "url", f"{exc.text}; VXPIPE_ALLOW_HOSTS names hosts that are fetched from all the same"
            ) from exc

    def _refuse_short(self, parts: SplitResult) -> None:
        for host, path, name in SHORT_LINKS:
            if parts.hostname == host and re.fullmatch(path, parts.path):
                row = self._by_name[name]
                wanted = f"open it in a browser and send the address it leads to, like {row.url(row.example)}"
                raise Refused("url", f"this is a short link that does not name the video: {wanted}")


def _target(row: Platform, code: str, *, field: str) -> Target:
    if not row.enabled:
        raise Refused(field, f"videos of {row.label} are not taken by this service")
    return Target(platform=row.name, code=code, url=row.url(code))


def _facts(row: Platform) -> PlatformFacts:
    host = row.hosts[0] if row.hosts else ""
    return PlatformFacts(
        name=row.name,
        label=row.label,
        aliases=row.aliases,
        pattern=row.code,
        example=row.example,
        hosts=row.hosts,
        links=tuple(f"https://{host if form.startswith('/') else ''}{form}" for form in row.links),
        concurrency=row.concurrency,
        interval_seconds=row.interval,
        enabled=row.enabled,
    )


def _web_address(url: str) -> SplitResult:
    if len(url) > MAX_URL or not re.fullmatch(r"[!-~]+", url):
        raise Refused("url", f"a link is 1 to {MAX_URL} printable ASCII characters without spaces")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as exc:
        raise Refused("url", f"this is not a link: {exc}") from exc
    if "@" in parts.netloc:
        raise Refused("url", "a link must not hold a user name or a password")
    if parts.scheme not in ("http", "https") or not _NETLOC.fullmatch(parts.netloc) or port == 0:
        raise Refused("url", "a link starts with https:// or http:// and a host name")
    return parts


def _links_of(row: Platform) -> Iterator[_Link]:
    for form in row.links:
        own_host, slash, rest = form.partition("/")
        path, _, query = (slash + rest).partition("?")
        for host in (own_host,) if own_host else row.hosts:
            yield _Link(row, host, _path_pattern(row, path), query.partition("=")[0] or None)


def _path_pattern(row: Platform, path: str) -> re.Pattern[str]:
    first, _, second = row.code.partition("/")
    holes = {"*": "[^/]+", "{c}": f"({row.code})", "{c0}": f"({first})", "{c1}": f"({second})"}
    pieces = re.split(r"(\*|\{c[01]?\})", path)
    return re.compile("".join(holes.get(piece) or re.escape(piece) for piece in pieces), re.ASCII)


def _unknown(name: str, rows: Sequence[Platform]) -> Refused:
    known = {known: row.name for row in rows for known in (row.name, row.label.lower(), *row.aliases)}
    near = get_close_matches(name.lower(), known, n=1)
    some, others = ", ".join(row.name for row in rows[:_TOLD]), len(rows) - _TOLD
    told = f"did you mean {known[near[0]]}?" if near else f"known are {some} and {others} others"
    return Refused("platform", f"unknown platform {_quoted(name)}; {told}")


def _quoted(text: str) -> str:
    return ascii(text if len(text) <= 40 else text[:40] + "...")
