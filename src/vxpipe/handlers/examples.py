"""Requests and answers as the OpenAPI document shows them; the tests send the ones and check the others. Pure."""

from typing import Any

_ID = "01a20309-32af-7174-9b42-3414ccf23fae"

BATCHES: dict[str, Any] = {
    "codes and links": {
        "items": [{"platform": "youtube", "code": "aqz-KE-bpKQ"}, {"url": "https://vimeo.com/1084537"}],
        "options": {"frames": {"max": 40}, "image": {"maxWidth": 1280}},
    },
    "one as PNG, before others, with a label": {
        "items": [
            {"url": "https://youtu.be/aqz-KE-bpKQ"},
            {"url": "https://vimeo.com/1084537", "options": {"sheet": False}},
        ],
        "options": {"image": {"format": "png"}},
        "labels": {"project": "trailers"},
        "priority": 5,
    },
    "a frame every ten seconds, as PNG": {
        "items": [{"url": "https://youtu.be/aqz-KE-bpKQ"}],
        "options": {"frames": {"mode": "interval", "every": 10}, "image": {"format": "png"}, "crop": "none"},
    },
}

ACCEPTED = {"jobId": _ID}

_ITEM = {
    "index": 0,
    "platform": "youtube",
    "code": "aqz-KE-bpKQ",
    "url": "https://www.youtube.com/watch?v=aqz-KE-bpKQ",
    "title": "Big Buck Bunny",
    "status": "processing",
    "progress": 62,
    "stage": "analyse",
    "eta": 9,
    "attempt": 1,
    "tries": 0,
    "retryAt": None,
    "lastFailure": None,
    "frames": None,
    "warnings": [],
    "error": None,
    "options": None,
}

JOB: dict[str, Any] = {
    "jobId": _ID,
    "status": "running",
    "progress": 62,
    "eta": 9,
    "createdAt": "2026-11-22T09:00:12.480Z",
    "updatedAt": "2026-11-22T09:00:41.007Z",
    "finishedAt": None,
    "lastSeq": 4,
    "counts": {"total": 1, "waiting": 0, "processing": 1, "success": 0, "failed": 0, "cancelled": 0},
    "labels": {"project": "trailers"},
    "priority": 0,
    "options": {"frames": {"max": 40}},
    "items": [_ITEM],
}

PLAN: dict[str, Any] = {
    "items": [
        {
            "index": 0,
            "platform": "youtube",
            "code": "aqz-KE-bpKQ",
            "url": "https://www.youtube.com/watch?v=aqz-KE-bpKQ",
            "rendition": {"height": None, "sound": False},
            "cached": False,
            "sameAs": None,
            "options": {"frames": {"mode": "scenes", "max": 40}, "crop": "auto", "sheet": True, "clip": None},
            "lane": {"name": "youtube", "ahead": 3, "state": "closed", "until": None, "reason": None},
        }
    ],
    "queue": {"depth": 3, "room": 9997, "fits": True},
}

CANDIDATES: dict[str, Any] = {
    "candidates": [
        {
            "t": 12.48,
            "kept": False,
            "reason": "duplicate",
            "why": "Shows the same picture as 0:02.500, 3 bits apart as compared, 6 are allowed.",
            "scene": 4,
            "score": 0.47,
            "dhash": "ffffffbfaf35b0e0",
            "sharpness": 199.7,
            "luma": 203.8,
            "file": None,
            "duplicateOf": "frames/00002_00002.500.jpg",
            "distance": 3,
        }
    ]
}
FORECAST: dict[str, Any] = {
    "shots": {"now": 13, "then": 19},
    "frames": {"now": 10, "least": 10, "most": 12},
    "cached": False,
    "summary": "19 shots instead of 13, about 10 to 12 frames instead of 10. The video will be downloaded again.",
}

LISTS: dict[str, Any] = {
    "links and codes": {"text": "https://youtu.be/aqz-KE-bpKQ\nvimeo:1084537\nhello"},
    "a table": {"text": "title;url\nBunny;https://youtu.be/aqz-KE-bpKQ", "options": {"sheet": False}},
}
DRAFT: dict[str, Any] = {
    "lines": [
        {
            "line": 1,
            "place": "1",
            "state": "ready",
            "text": "https://youtu.be/aqz-KE-bpKQ",
            "item": {"url": "https://youtu.be/aqz-KE-bpKQ"},
            "fault": None,
            "sameAs": None,
            "platform": "YouTube",
            "name": "aqz-KE-bpKQ",
            "note": "already here: no download",
        }
    ],
    "besides": {"options": {"sheet": False}},
    "faults": [],
    "notes": ["not used: title"],
    "rest": "",
}

_LINE = {
    "seq": 4,
    "ts": "2026-11-22T09:00:41.007Z",
    "level": "INFO",
    "msg": "downloaded 1830631 bytes in 0.28 s",
    "event": "video.downloaded",
    "item": 0,
    "stage": "download",
    "fields": {"bytes": 1830631, "seconds": 0.28},
}

STATUS = JOB | {"logs": [_LINE], "logsTruncated": True}
_COUNTS = {"pending": 0, "running": 0, "completed": 1, "failed": 0, "cancelled": 0}
JOBS = {"jobs": [JOB], "nextCursor": None, "counts": _COUNTS}
HEALTH = {"status": "ok", "version": "0.1.0"}
READY = {"ready": True, "reasons": [], "queueDepth": 5}
NOT_READY = {"ready": False, "reasons": ["draining"], "queueDepth": 5}
SYSTEM = {
    "version": "0.1.0",
    "startedAt": "2026-11-22T09:00:00.000Z",
    "uptime": 41,
    "ready": True,
    "reasons": [],
    "caller": {"scopes": ["submit", "read", "control", "admin"], "signedIn": False},
    "activity": {
        "workers": {"busy": 2, "total": 2, "fetching": 1},
        "queue": {
            "depth": 5,
            "room": 9995,
            "lines": [
                {"class": "fetch", "lane": "youtube", "count": 4, "oldest": 12.5},
                {"class": "media", "lane": "vimeo", "count": 1, "oldest": 0.8},
            ],
        },
        "readers": {"count": 3, "most": 2000, "cut": 0},
        "lastHour": {
            "jobs": [*[0] * 58, 2, 1],
            "attempts": 9,
            "failures": [{"code": "rate_limited", "count": 1}],
            "stages": [{"stage": "fetch", "count": 9, "p50": 3.2, "p95": 9.75}],
        },
    },
}
IDENTITY = {"name": "vxpipe", "version": "0.1.0"}
LOGIN = {"a key": {"apiKey": "the key that API_KEY holds"}}
