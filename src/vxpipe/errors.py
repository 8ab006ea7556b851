"""Every way an item or a request can fail, as a table: its name, whether to try again, who must act, what to do."""

from typing import Any

from vxpipe.values import frozen

MOST_TRIES = 10


@frozen(kw_only=False)
class Kind:
    """One row of the table. `who` must act: the caller, the operator, the platform, or nobody (it passes by itself).

    `retryable` says that a later try may succeed; `tries` how often at most it is tried by ourselves, the first time
    counted. What only an update or a date can change is left to the caller.
    """

    retryable: bool
    who: str
    hint: str
    tries: int = MOST_TRIES

    def __post_init__(self) -> None:
        if not self.retryable:
            object.__setattr__(self, "tries", 1)


FAILURES: dict[str, Kind] = {
    # fetching
    "egress_denied": Kind(False, "operator", "The link led to an address that is not public; see VXPIPE_ALLOW_HOSTS."),
    "rate_limited": Kind(True, "nobody", "The platform asks for a slower pace; try again later."),
    "bot_check": Kind(True, "operator", "The platform wants a human; use another egress address or other cookies."),
    "login_required": Kind(
        False,
        "operator",
        "The platform shows this only to signed-in people; mount its cookies, see VXPIPE_CREDENTIALS_DIR.",
    ),
    "cookies_expired": Kind(
        False, "operator", "The platform does not accept its cookies in VXPIPE_CREDENTIALS_DIR; export them again."
    ),
    "login_or_gone": Kind(
        True, "caller", "Private, deleted, or not shown to anonymous visitors; open it in a browser.", tries=2
    ),
    "private": Kind(False, "caller", "The owner made this video private."),
    "age_restricted": Kind(
        False, "operator", "The platform wants a proven age before it shows this; cookies may prove it."
    ),
    "paid": Kind(False, "caller", "This video is for paying members."),
    "geo_blocked": Kind(False, "operator", "The platform does not show this in the service's country."),
    "removed": Kind(False, "caller", "There is no such video, or no longer; check what was sent."),
    "no_video": Kind(False, "caller", "There is no video there; check the post or the link."),
    "not_yet": Kind(True, "nobody", "The video is announced but not there yet; try again after its start.", tries=1),
    "not_live": Kind(False, "caller", "Live streams are not processed; send the recording once it is there."),
    "drm": Kind(False, "caller", "The video is protected against copying."),
    "format_unavailable": Kind(False, "caller", "No rendition of this video can be processed."),
    "unsupported_url": Kind(False, "caller", "This link is not one of a supported video."),
    "media_gone": Kind(True, "operator", "The media address was refused; if this goes on, update yt-dlp.", tries=3),
    "forbidden": Kind(
        True, "operator", "The platform refused the request; use another egress address or cookies.", tries=2
    ),
    "upstream": Kind(True, "platform", "The platform answered with an error of its own; try again later."),
    "network": Kind(True, "nobody", "The connection failed; try again."),
    "tls": Kind(False, "operator", "The source's certificate is not trusted."),
    "too_large": Kind(False, "caller", "The video is larger than this service takes."),
    "extractor_broken": Kind(True, "operator", "The platform changed; update yt-dlp.", tries=1),
    "config": Kind(False, "operator", "The cookies file of the platform cannot be read; export it again."),
    "no_output": Kind(False, "caller", "The platform offered nothing that could be downloaded."),
    "crashed": Kind(True, "operator", "The downloader ended unexpectedly; see the log.", tries=2),
    "truncated": Kind(True, "nobody", "The download ended early; try again."),
    # media
    "file_missing": Kind(False, "caller", "The file does not exist or cannot be read."),
    "unreadable_media": Kind(False, "caller", "This is not a video file that ffmpeg accepts."),
    "no_video_stream": Kind(False, "caller", "The file has no moving picture, only sound or a cover image."),
    "damaged_media": Kind(False, "caller", "No frame of the video could be decoded."),
    "bad_crop": Kind(False, "caller", "The crop lies outside the picture; see the source's size."),
    "tool_failed": Kind(False, "operator", "ffmpeg failed; the log holds its last lines."),
    "gpu_required": Kind(
        False, "operator", "VXPIPE_ACCEL is require and no GPU took this video; see docs/gpu.md, or set it to auto."
    ),
    "gpu_unavailable": Kind(
        True,
        "operator",
        "VXPIPE_ACCEL is require, and what keeps the GPUs may be over soon; see docs/gpu.md.",
    ),
    # a program of the operator
    "program_failed": Kind(False, "operator", "The program of PIPELINE_ENTRYPOINT failed; the log holds what it said."),
    "program_busy": Kind(
        True, "nobody", "The program of PIPELINE_ENTRYPOINT asked to be started again later (exit status 75)."
    ),
    # any stage
    "stalled": Kind(True, "nobody", "Nothing moved for too long; try again."),
    "timed_out": Kind(False, "operator", "The work took longer than VXPIPE_ITEM_TIMEOUT allows."),
    "storage": Kind(True, "operator", "The disk is full or not writable."),
    "gave_up": Kind(False, "operator", "The service ended several times during this item; see its log."),
    "internal": Kind(False, "operator", "A defect in vxpipe; please report it with the log."),
}

# What of the table does not fit a direct link, which neither yt-dlp nor cookies have a part in.
DIRECT_HINTS: dict[str, str] = {
    "login_required": "The link opens for signed-in people only; ask whoever serves it for one that needs no sign-in.",
    "media_gone": "No video comes from this link, or no longer; open it in a browser, or ask whoever serves it.",
    "forbidden": "Whoever serves the link refused it; it may have expired: ask them for another.",
}

# What a platform says when we come too often, and what says nothing of how it stands to us.
BLOCKED = frozenset({"rate_limited", "bot_check"})
# Many of these mean that yt-dlp is too old for the platform.
OUTDATED = frozenset({"extractor_broken", "media_gone"})
UNDECIDED = frozenset(
    {"egress_denied", "upstream", "network", "tls", "config", "crashed", "truncated", "tool_failed", "stalled"}
    | {"timed_out", "storage", "internal", "program_failed", "program_busy"}
)


class VxError(Exception):
    """A failure with a code of the table above and a message that says what was wrong.

    A `hint` of its own stands for the table's where more is known of what to do.
    """

    def __init__(self, code: str, message: str, *, hint: str | None = None, **facts: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.facts = facts
        self.kind = FAILURES[code]
        self.hint = hint or self.kind.hint


@frozen(kw_only=False)
class Fault:
    """One thing that is wrong with a request: a JSON pointer to the place and a sentence."""

    pointer: str
    detail: str


class Refused(ValueError):
    """A platform, code or link that cannot be taken: `field` is the one that is wrong, the message says why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


class RequestError(Exception):
    """A request that cannot be served; `code` is stable, the subclass says which kind it is."""

    code = "bad_request"

    def __init__(self, detail: str, *, code: str | None = None, faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.code
        self.faults = faults


class BadRequest(RequestError):
    """The request makes no sense as a whole."""


class Invalid(RequestError):
    """The request is well formed but a value in it is wrong; `faults` name each."""

    code = "validation"


class Forbidden(RequestError):
    """The caller is known, and may not do this."""

    code = "forbidden"


class NotFound(RequestError):
    """There is no such thing."""

    code = "not_found"


class Conflict(RequestError):
    """The thing is in a state that does not allow this."""

    code = "conflict"


class Unavailable(RequestError):
    """Not now: the queue is full or the service is stopping. Try again after `retry_after` seconds."""

    code = "queue_full"
    retry_after = 5


class TooMany(RequestError):
    """Too many requests of this caller. Try again after `retry_after` seconds."""

    code = "rate_limited"

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class ConfigError(Exception):
    """A setting is wrong; the message names the variable and what it wants."""
