"""The headers that routes read and answers carry, for the OpenAPI document. Pure."""

from typing import Any


def _text(description: str, example: str | None = None, **more: Any) -> dict[str, Any]:
    schema = {"type": "string"} | more | ({"examples": [example]} if example else {})
    return {"description": description, "schema": schema}


ASKED: dict[str, dict[str, Any]] = {
    "Accept": _text("Which of the forms of the answer is wanted.", "application/json"),
    "Accept-Encoding": _text("Whether the answer may be compressed.", "gzip"),
    "Idempotency-Key": _text(
        "Something unique. A repeated request with the same key and body is answered by the same job.",
        "2f1c7a54-first-try",
        pattern="^[!-~]([ -~]{0,198}[!-~])?$",
    ),
    "If-Match": _text("The ETag that the file has to have: with another one the answer is 412."),
    "If-None-Match": _text("The ETag of an earlier answer: one that has not changed is answered by 304."),
    "If-Range": _text("The ETag that the file has to have for Range to count."),
    "Last-Event-ID": _text(
        "The id of the last event that was read: the stream goes on after it.", "12", pattern="^([0-9]{1,18})?$"
    ),
    "Range": _text("One range of bytes.", "bytes=0-1023"),
}

GIVEN: dict[str, dict[str, Any]] = {
    "Accept-Ranges": _text("bytes"),
    "Allow": _text("The methods that this address knows."),
    "Cache-Control": _text("How long the answer may be kept."),
    "Content-Disposition": _text("The name to save the archive under."),
    "Content-Encoding": _text("gzip, where the caller takes it."),
    "Content-Length": {"description": "How many bytes come.", "schema": {"type": "integer", "minimum": 0}},
    "Content-Range": _text("Which bytes of how many these are.", "bytes 0-1023/1830631"),
    "ETag": _text("The mark of this state, for If-None-Match."),
    "Last-Modified": _text("When the file was written."),
    "Location": _text(
        "Where what was asked for is: of a job its status, of a picture its file.",
        "/status/01a20309-32af-7174-9b42-3414ccf23fae",
    ),
    "RateLimit": _text("How many requests are left, and in how many seconds all are again.", '"key";r=29999;t=1'),
    "RateLimit-Policy": _text("How many requests in how many seconds.", '"key";q=30000;w=60'),
    "Repr-Digest": _text("The SHA-256 of the whole file (RFC 9530)."),
    "Retry-After": {
        "description": "Come back after so many seconds.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "Set-Cookie": _text("The session: HttpOnly, SameSite=Strict, for a week."),
    "Vary": _text("The headers of the request that the answer depends on."),
    "WWW-Authenticate": _text("The ways to show a key."),
    "X-Request-ID": _text("The id of this request: the caller's own, where it sent a sensible one."),
}
