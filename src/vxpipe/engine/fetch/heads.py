"""The heads of HTTP messages to and from a proxy (RFC 9110, 9112). Pure.

What two readers could understand in two ways is refused, never mended.
"""

import base64
import re
from urllib.parse import unquote, urlsplit

from vxpipe.addresses import host_port
from vxpipe.engine.fetch.egress import Denied, Destination
from vxpipe.values import frozen

MAX_BYTES = 64 << 10
END = b"\r\n\r\n"
TUNNEL_OPEN = b"HTTP/1.1 200 Connection established\r\n\r\n"

Field = tuple[str, str]

_LINE = re.compile(r"[\t -~\x80-\xff]*")
_START = re.compile(r"([A-Z]{1,20}) ([!-~]+) HTTP/(1\.[01])")
_FIELD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*(.*?)[\t ]*")
_ABSOLUTE = re.compile(r"http://([^/?#]+)((?:[/?][^#]*)?)", re.IGNORECASE)
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})(?: |\r)")
# At most one of each: two would leave it to the reader which one counts.
_SINGLE = ("content-length", "host", "proxy-authorization", "transfer-encoding")
# What belongs to this connection and not to the next; we set `Host` and `Connection` ourselves.
_HOP = frozenset(
    {"connection", "host", "keep-alive", "proxy-authorization", "proxy-connection", "te", "trailer", "upgrade"}
)


@frozen
class Head:
    """A request head, well formed and no more than that."""

    method: str
    target: str
    version: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> str | None:
        """The value of a field; `name` in small letters."""
        return next((value for each, value in self.fields if each.lower() == name), None)

    @property
    def credentials(self) -> tuple[str, str] | None:
        """User and password for the proxy, as Basic authentication has them."""
        scheme, _, encoded = (self.field("proxy-authorization") or "").partition(" ")
        try:
            user, colon, password = base64.b64decode(encoded, validate=True).decode("ascii").partition(":")
        except ValueError:  # nothing but ASCII, inside and outside
            return None
        return (user, password) if scheme.lower() == "basic" and colon else None


@frozen
class Request:
    """What is asked of the proxy: a tunnel (`path` is None), or to pass a request with `body_bytes` of body on."""

    to: Destination
    path: str | None
    body_bytes: int
    head: Head


@frozen
class Upstream:
    """Another proxy on the way, and what it wants to see of us."""

    host: str
    port: int
    authorization: str | None


def parse(raw: bytes) -> Head:
    """Read a head that ends with an empty line; raises Denied for anything a proxy could be fooled with."""
    lines = raw.removesuffix(END).decode("latin-1").split("\r\n")
    start = _START.fullmatch(lines[0])
    found = [_FIELD.fullmatch(line) for line in lines[1:]]
    fields = tuple((each[1], each[2]) for each in found if each)
    if start is None or len(fields) < len(found) or not all(_LINE.fullmatch(line) for line in lines):
        raise Denied("head", "this is not the head of an HTTP request")
    names = [name.lower() for name, _ in fields]
    for name in _SINGLE:
        if names.count(name) > 1:
            raise Denied("head", f"the request has more than one {name}")
    return Head(method=start[1], target=start[2], version=start[3], fields=fields)


def request(head: Head) -> Request:
    """What a head asks for; raises Denied for what no proxy of ours does."""
    body_bytes = _body_bytes(head)
    if head.method == "CONNECT":
        if body_bytes:
            raise Denied("head", "a request for a tunnel has no body")
        return Request(to=_destination(head.target, None), path=None, body_bytes=0, head=head)
    found = _ABSOLUTE.fullmatch(head.target)
    if found is None:
        raise Denied("scheme", "only tunnels and whole http:// addresses are asked of a proxy")
    path = found[2] if found[2].startswith("/") else f"/{found[2]}"
    return Request(to=_destination(found[1], 80), path=path, body_bytes=body_bytes, head=head)


def onward(asked: Request, upstream: Upstream | None = None) -> bytes:
    """The head of a passed-on request, for its origin or for an upstream proxy."""
    named = {each.strip().lower() for each in (asked.head.field("connection") or "").split(",")}
    own = named - {"content-length"}  # without it the body would be a second request
    kept = [f"{name}: {value}" for name, value in asked.head.fields if name.lower() not in _HOP | own]
    authority = str(asked.to).removesuffix(":80")
    target = f"http://{authority}{asked.path}" if upstream else asked.path
    start = f"{asked.head.method} {target} HTTP/{asked.head.version}"
    return _joined(start, f"Host: {authority}", *kept, *_identity(upstream), "Connection: close")


def tunnel(to: Destination, upstream: Upstream) -> bytes:
    """The head that asks an upstream proxy for a tunnel."""
    return _joined(f"CONNECT {to} HTTP/1.1", f"Host: {to}", *_identity(upstream))


def answer(denied: Denied) -> bytes:
    """The whole answer of a proxy that refuses; the reason stands in the status line, where a client repeats it."""
    body = f"{denied.text}\n".encode()
    realm = ('Proxy-Authenticate: Basic realm="vxpipe"',) if denied.status == 407 else ()
    length = f"Content-Length: {len(body)}"
    start = f"HTTP/1.1 {denied.status} vx-{denied.reason}"
    return _joined(start, "Content-Type: text/plain; charset=utf-8", length, *realm, "Connection: close") + body


def status(raw: bytes) -> int:
    """The status of an answer, 0 for what is no HTTP answer."""
    found = _STATUS.match(raw)
    return int(found[1]) if found else 0


def upstream(url: str) -> Upstream:
    """The proxy that `http://[user:password@]host[:port]` names; raises ValueError for anything else."""
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("expected http://host:port or http://user:password@host:port")
    account = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}".encode()
    authorization = f"Basic {base64.b64encode(account).decode()}" if parts.username else None
    return Upstream(host=parts.hostname, port=parts.port or 3128, authorization=authorization)


def _body_bytes(head: Head) -> int:
    if head.field("transfer-encoding") is not None:
        raise Denied("body", "a request body needs a Content-Length")
    length = head.field("content-length")
    if length is not None and not re.fullmatch(r"[0-9]{1,15}", length, re.ASCII):
        raise Denied("head", "the Content-Length is not a number")
    return int(length or 0)


def _destination(authority: str, default_port: int | None) -> Destination:
    try:
        host, port = host_port(authority)
    except ValueError as exc:
        raise Denied("head", "the request names no host and port") from exc
    port = port or default_port
    if port is None:
        raise Denied("head", "a tunnel needs a port")
    return Destination(host.removesuffix("."), port)


def _identity(upstream: Upstream | None) -> tuple[str, ...]:
    return (f"Proxy-Authorization: {upstream.authorization}",) if upstream and upstream.authorization else ()


def _joined(*lines: str) -> bytes:
    return "\r\n".join((*lines, "", "")).encode("latin-1")
