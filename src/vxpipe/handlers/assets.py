"""The files of the pages, under addresses that name what is in them: a browser keeps them for good."""

import asyncio
import gzip
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable

from aiohttp import web

from vxpipe.errors import NotFound
from vxpipe.handlers.operations import Answer, operation

_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """A file of the pages."""

    body: bytes
    kind: str

    @cached_property
    def packed(self) -> bytes:
        """The same, compressed."""
        return gzip.compress(self.body, mtime=0)


@dataclass(frozen=True, slots=True, eq=False)
class Assets:
    """All files by name, the pages themselves, and the digest of the whole."""

    files: Mapping[str, Asset]
    pages: Mapping[str, str]
    digest: str

    @property
    def folder(self) -> str:
        """Where the files lie, seen from the root of the service."""
        return f"assets/{self.digest}"


@cache
def load() -> Assets:
    """What comes with the package: our own files and those of others."""
    found = dict(sorted(_walk(files("vxpipe.web"))))
    digest = hashlib.blake2b(digest_size=8)
    for name, body in found.items():
        digest.update(f"{name} {len(body)} ".encode() + body)
    parts = {name: Asset(body, _TYPES[_ending(name)]) for name, body in found.items() if _ending(name) in _TYPES}
    pages = {name: body.decode() for name, body in found.items() if _ending(name) == "html"}
    return Assets(parts, pages, digest.hexdigest())


def _walk(folder: Traversable, above: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{above}{entry.name}/")
        elif _ending(entry.name) in {*_TYPES, "html"}:
            yield above + entry.name, entry.read_bytes()


def _ending(name: str) -> str:
    return name.rpartition(".")[2]


ASSETS = web.AppKey("assets", Assets)


@operation(
    "page",
    {200: Answer("The file.", dict.fromkeys(_TYPES.values()), headers=("Cache-Control", "Content-Encoding", "Vary"))},
    headers=("Accept-Encoding",),
    refusals=("not_found",),
)
async def get_asset(request: web.Request) -> web.Response:
    """A file of the page; the digest in its address is that of all files together."""
    held = request.app[ASSETS]
    asset = held.files.get(request.match_info["path"])
    if asset is None or request.match_info["digest"] != held.digest:
        raise NotFound("the page has no such file; reload it, the service may have been renewed")
    headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
    body = asset.body
    if _takes_gzip(request.headers.get("Accept-Encoding", "")):
        headers["Content-Encoding"] = "gzip"
        body = await asyncio.to_thread(lambda: asset.packed)
    return web.Response(body=body, content_type=asset.kind, charset="utf-8", headers=headers)


def _takes_gzip(accepted: str) -> bool:
    ways = [way.replace(" ", "").lower() for way in accepted.split(",")]
    return any(way == "gzip" or (way.startswith("gzip;q=") and way.strip("0.") != "gzip;q=") for way in ways)
