"""The files of items."""

import base64
import re

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest

from vxpipe.errors import NotFound
from vxpipe.handlers import schemas
from vxpipe.handlers.keys import ARTIFACTS, ENTITY_TAG, SERVICE
from vxpipe.handlers.mount import ROOT
from vxpipe.handlers.operations import Answer, operation
from vxpipe.model import Artifact

_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".mp4": "video/mp4"} | {
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
}
_ONE_RANGE = re.compile(r"bytes=((?P<first>\d{1,18})-(?P<last>\d{1,18})?|-(?P<suffix>\d{1,18}))", re.ASCII)
# What aiohttp would compare with the file's date, which tells nothing (a file never changes under its id), and what it
# would send a compressed neighbour of the file for.
_NOT_FOR_AIOHTTP = (
    "If-Match",
    "If-None-Match",
    "If-Modified-Since",
    "If-Unmodified-Since",
    "If-Range",
    "Accept-Encoding",
)

_PICTURES = 4
_BYTES = dict.fromkeys([*_TYPES.values(), "application/octet-stream"])
_FILE_HEADERS = ("Cache-Control", "ETag", "Repr-Digest", "Last-Modified", "Accept-Ranges")


@operation(
    "files",
    {
        200: Answer("The file.", _BYTES, headers=_FILE_HEADERS),
        206: Answer("The part of the file that was asked for.", _BYTES, headers=(*_FILE_HEADERS, "Content-Range")),
        304: Answer("The caller has the file.", headers=("ETag",)),
    },
    headers=("Range", "If-Range", "If-None-Match", "If-Match"),
    refusals=("artifact_not_found", "precondition_failed", "range_not_satisfiable"),
)
async def get_artifact(request: web.Request) -> web.StreamResponse:
    """A published file. Its bytes never change under its id, so it may be kept for ever."""
    artifact = await request.app[SERVICE].artifact(request.match_info["id"])
    path = request.app[ARTIFACTS].path(artifact)
    if artifact.name != request.match_info["name"] or not path.is_file():
        raise NotFound("there is no such file", code="artifact_not_found")
    request[ENTITY_TAG] = f'"{artifact.sha256}"'
    headers = _headers(artifact)
    if not _known(request, "If-Match", default=True):
        raise web.HTTPPreconditionFailed(text="the file has another entity tag than If-Match names")
    if _known(request, "If-None-Match", default=False):
        return web.Response(status=304, headers=headers)
    _check_range(request, artifact.bytes)
    return _Unchanging(path, headers={"Content-Type": _TYPES.get(path.suffix, "application/octet-stream"), **headers})


@operation(
    "files",
    {
        302: Answer(
            "Location is where the picture is, as long as the item is not run again.",
            headers=("Location", "Cache-Control"),
        )
    },
    refusals=("job_not_found", "item_not_found", "artifact_not_found"),
)
async def get_picture(request: web.Request) -> web.Response:
    """One of the frames that stand for a video, spread over it: four, or as many as it has. For lists and messages."""
    item = await request.app[SERVICE].item(schemas.item_key(request.match_info["id"], request.match_info["n"]))
    frames = [each for each in item.artifacts if each.kind == "frame"]
    shown, place = min(_PICTURES, len(frames)), request.match_info["place"]
    if place not in map(str, range(shown)):
        raise NotFound(f"there are {shown} pictures, counted from 0", code="artifact_not_found")
    frame = frames[int(place) * len(frames) // shown]
    url = schemas.artifact_url(frame.id, frame.name, root=request.app[ROOT])
    return web.Response(status=302, headers={"Location": url, "Cache-Control": "private, no-cache"})


class _Unchanging(web.FileResponse):
    """A file that is known by its digest: aiohttp judges conditions by dates and knows no entity tag in `If-Range`.

    It would also send `x.json.gz`, where there is one, for `x.json`: under the digest of other bytes.
    """

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        """Send the file, or the part that is asked for; a range that does not count is one that was not sent."""
        headers = request.headers.copy()
        if _range(request) is None:
            headers.popall("Range", None)
        for name in _NOT_FOR_AIOHTTP:
            headers.popall(name, None)
        return await super().prepare(request.clone(headers=headers))


def _headers(artifact: Artifact) -> dict[str, str]:
    digest = base64.b64encode(bytes.fromhex(artifact.sha256)).decode()
    return {
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Repr-Digest": f"sha-256=:{digest}:",
    }


def _known(request: web.Request, header: str, *, default: bool) -> bool:
    """Whether a header names the file's entity tag, or any; `default` where the header is not there."""
    given = request.headers.get(header)
    if given is None:
        return default
    tags = [tag.strip() for tag in given.split(",")]
    if header == "If-None-Match":
        tags = [tag.removeprefix("W/") for tag in tags]
    return "*" in tags or request[ENTITY_TAG] in tags


def _range(request: BaseRequest) -> re.Match[str] | None:
    """The one part that is asked for, of this very file; several, and what is no range, count as none."""
    condition = request.headers.get("If-Range")
    if condition is not None and condition.strip() != request[ENTITY_TAG]:
        return None
    found = _ONE_RANGE.fullmatch(request.headers.get("Range", ""))
    is_backwards = found is not None and found["last"] is not None and int(found["last"]) < int(found["first"])
    return None if is_backwards else found


def _check_range(request: web.Request, size: int) -> None:
    """Raise for a part that begins where the file has ended."""
    found = _range(request)
    if found is None:
        return
    is_empty = int(found["first"]) >= size if found["first"] else not (int(found["suffix"]) and size)
    if is_empty:
        raise web.HTTPRequestRangeNotSatisfiable(
            text=f"the file has {size} bytes; the range {found[0]!r} has none of them",
            headers={"Content-Range": f"bytes */{size}"},
        )
