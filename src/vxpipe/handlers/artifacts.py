"""The files of items."""

from aiohttp import web

from vxpipe.errors import NotFound
from vxpipe.handlers.keys import ARTIFACTS, SERVICE

_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".mp4": "video/mp4"} | {
    ".json": "application/json",
    ".jsonl": "application/x-ndjson",
}


async def get_artifact(request: web.Request) -> web.StreamResponse:
    """A published file. Its bytes never change under its id, so it may be kept for ever."""
    artifact = await request.app[SERVICE].artifact(request.match_info["id"])
    path = request.app[ARTIFACTS].path(artifact)
    if artifact.name != request.match_info["name"] or not path.is_file():
        raise NotFound("there is no such file", code="artifact_not_found")
    headers = {
        "Content-Type": _TYPES.get(path.suffix, "application/octet-stream"),
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return web.FileResponse(path, headers=headers)
