"""The files of a job or of one item as a ZIP archive, put together while it is sent."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aiohttp import web
from zipstream import ZipStream

from vxpipe.errors import Conflict, NotFound, Unavailable
from vxpipe.handlers import schemas
from vxpipe.handlers.keys import ARTIFACTS, SERVICE
from vxpipe.handlers.operations import Answer, operation
from vxpipe.handlers.streams import bound_silence, breaking_off, send
from vxpipe.model import Artifact

_MOST_FILES = 100_000  # half a kilobyte of memory each
_MOST_AT_ONCE = 8
_PIECE_BYTES = 1 << 16

OPEN_ARCHIVES: web.AppKey[set[object]] = web.AppKey("open_archives")

_ARCHIVE = Answer(
    "The archive.", {"application/zip": None}, headers=("Content-Length", "Content-Disposition", "Cache-Control")
)
_REFUSALS = ("nothing_yet", "no_files", "too_many_files", "too_many_archives", "artifact_not_found")


@operation("files", {200: _ARCHIVE}, refusals=("job_not_found", *_REFUSALS))
async def get_job_archive(request: web.Request) -> web.StreamResponse:
    """The files of all items that have succeeded so far, in a folder each."""
    job_id = request.match_info["id"]
    head = await request.app[SERVICE].head(job_id)
    with _admitted(request.app):
        files = await request.app[SERVICE].artifacts(job_id, limit=_MOST_FILES + 1)
        if not files and not head.status.is_final:
            raise Conflict("no item has succeeded yet: there is nothing to pack", code="nothing_yet")
        partial = "" if head.status.is_final else "-partial"
        return await _archive(request, files, f"{job_id}/", f"vxpipe-{job_id}{partial}.zip")


@operation("files", {200: _ARCHIVE}, refusals=("job_not_found", "item_not_found", *_REFUSALS))
async def get_item_archive(request: web.Request) -> web.StreamResponse:
    """The files of one item."""
    key = schemas.item_key(request.match_info["id"], request.match_info["n"])
    item = await request.app[SERVICE].item(key)
    if not item.status.is_final:
        raise Conflict(f"the item is {item.status.value}: it has no files yet", code="nothing_yet")
    with _admitted(request.app):
        return await _archive(request, item.artifacts, _place(item.artifacts), f"vxpipe-{key.job_id}-{key.index}.zip")


@contextmanager
def _admitted(app: web.Application) -> Iterator[None]:
    """Hold a place for an archive, from before it is packed; raises Unavailable where there is none."""
    at_work, me = app[OPEN_ARCHIVES], object()
    if len(at_work) >= _MOST_AT_ONCE:
        raise Unavailable(f"{_MOST_AT_ONCE} archives are being sent already", code="too_many_archives")
    at_work.add(me)
    try:
        yield
    finally:
        at_work.discard(me)


async def _archive(request: web.Request, files: Sequence[Artifact], inside: str, name: str) -> web.StreamResponse:
    """An archive with names relative to `inside`."""
    if not files:
        raise NotFound("there are no files: nothing succeeded", code="no_files")
    if len(files) > _MOST_FILES:
        raise Conflict(
            f"more than {_MOST_FILES} files are too many for one archive: fetch those of each item",
            code="too_many_files",
        )
    archive = await asyncio.to_thread(_packed, request, files, inside)
    stream = web.StreamResponse(
        headers={
            "Content-Type": "application/zip",
            "Content-Length": str(len(archive)),
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-cache",
        }
    )
    await stream.prepare(request)
    if request.method != "HEAD":
        await _send(request, stream, iter(archive))
    return stream


async def _send(request: web.Request, stream: web.StreamResponse, pieces: Iterator[bytes]) -> None:
    bound_silence(request)
    with breaking_off(request):  # at a file that has gone or changed too: the length is promised
        while piece := await asyncio.to_thread(_piece, pieces):
            await send(request, stream, piece)


def _packed(request: web.Request, files: Sequence[Artifact], inside: str) -> ZipStream:
    """The archive, not yet read: stored as they are, for pictures do not get any smaller."""
    archive = ZipStream(sized=True)
    for artifact in files:
        path = request.app[ARTIFACTS].path(artifact)
        try:
            archive.add_path(path, artifact.path.removeprefix(inside), recurse=False)
        except OSError as exc:
            raise NotFound(f"{artifact.name} is not there any more", code="artifact_not_found") from exc
    return archive


def _piece(pieces: Iterator[bytes]) -> bytes:
    """The next piece; nothing at the end."""
    found = bytearray()
    for piece in pieces:
        found += piece
        if len(found) >= _PIECE_BYTES:
            break
    return bytes(found)


def _place(files: Sequence[Artifact]) -> str:
    """The folder of an item's files: what comes before the second slash."""
    return "/".join(files[0].path.split("/")[:2]) + "/" if files else ""
