"""Why a download failed: from what yt-dlp raised to a code of the error table and a sentence for people. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from math import ceil
from urllib.parse import urlsplit

from vxpipe.values import frozen

MAX_MESSAGE = 500
MAX_RETRY_AFTER = 86400

Link = tuple[str, str]


@frozen
class Evidence:
    """What is known of a failure.

    `chain` holds (type name, message) of the exception and all that stand behind it, outermost first; `statuses` the
    HTTP error statuses that were seen on the way; `trouble` what was wrong with the last answer, like a link of the
    chain; `downloading` whether the media itself was being fetched; `expected` is yt-dlp's word that its extractor is
    not at fault (None: it said nothing).
    """

    chain: tuple[Link, ...]
    statuses: tuple[int, ...] = ()
    trouble: Link | None = None
    downloading: bool = False
    expected: bool | None = None


# Read from the top, the first hit wins, against one line for each fact: `stage download`, `status 429`,
# `extractor at fault`, then `TypeName: message` along the chain. Extractors swallow a 429, hence its own line.
# Whether letters are large or small does not matter.
RULES: tuple[tuple[str, str], ...] = (
    (r"^EgressDenied\b", "egress_denied"),
    (r"\bvx-(?:dns|connect|upstream)\b", "network"),
    (r"^CookieLoadError\b|failed to load cookies", "config"),
    (r"\[Errno 27\]|File too large|^MemoryError\b|sent more than \d+ MiB", "too_large"),
    (r"\[Errno (?:28|122)\]|No space left|quota exceeded", "storage"),
    (r"^GeoRestrictedError\b|available (?:in|from) your (?:country|location|region)|HTTP Error 451", "geo_blocked"),
    (r"blocked it in your country", "geo_blocked"),
    (r"^UserNotLive\b|is not (?:currently )?live", "not_live"),
    (r"(?:live event|premiere) will begin|premieres in|has not yet started|event is scheduled for", "not_yet"),
    (r"video is processing|processing this video", "not_yet"),
    (r"^status 429$|HTTP Error 429|rate-limited by|exceeded the rate.limit|isn.t available, try again", "rate_limited"),
    (r"(?:blocked|rejected) by server \(\d+\)", "rate_limited"),
    (r"not a bot|captcha|IP (?:address )?is (?:likely being )?blocked|unable to access the Reddit API", "bot_check"),
    (r"\bDRM\b", "drm"),
    (r"private (?:video|subreddit|account)|is private|protected tweet|who follow this account", "private"),
    (r"do not have permission to view|protected by a password|wrong (?:video )?password", "private"),
    (r"confirm your age|age-restricted|inappropriate (?:for|or offensive to) some", "age_restricted"),
    (r"comfortable for some|Restricted Video|NSFW", "age_restricted"),
    (r"HTTP Error 402|members-only|join this channel|channel's members|requires payment|premium", "paid"),
    (r"(?:subscriber|supporter)s?[ -]only", "paid"),
    (r"empty media response", "login_or_gone"),
    (r"HTTP Error 401|registered users|requires? authentication|log ?in|sign in|--cookies", "login_required"),
    (r"no video in|no video (?:could be )?found|no media found|any videos|, not to a video file", "no_video"),
    (r"does not (?:have|contain) (?:a )?video", "no_video"),
    (r"(?:video|recording) (?:is )?(?:unavailable|not available)|been (?:removed|deleted)", "removed"),
    (r"no longer (?:exists|available)|does not exist|was deleted|tweet is unavailable|account .*terminated", "removed"),
    (r"requested format is not available", "format_unavailable"),
    (r"redirect loop", "upstream"),
    (
        r"^UnsupportedError\b|Unsupported URL|No suitable extractor|unsupported url scheme|URLs are disabled"
        r"|No connection adapters"
        r"|HTTP Error 3\d\d",
        "unsupported_url",
    ),
    (r"(?s)\Astage download$.*HTTP Error (?:403|404|410)", "media_gone"),
    (r"did not get any data|downloaded file is empty|in place of the video", "media_gone"),
    (r"HTTP Error (?:404|410)", "removed"),
    (r"HTTP Error 403", "forbidden"),
    (r"HTTP Error 5\d\d|temporarily unavailable|try again later", "upstream"),
    (r"^CertificateVerifyError\b|CERTIFICATE_VERIFY_FAILED", "tls"),
    (r"^(?:ContentTooShortError|IncompleteRead)\b|content too short", "truncated"),
    (r"Downloaded \d+ bytes, expected|\b\d+ bytes read\b|changed while it was fetched", "truncated"),
    (r"the source sends (?:a|another) piece", "truncated"),
    (r"no proper length", "upstream"),
    (r"(?s)\Astage download$.*(?:timed out|^TimeoutError\b)", "stalled"),
    (r"^(?:TransportError|SSLError|ProxyError|TimeoutError|URLError|gaierror|Connection\w*Error)\b", "network"),
    (r"HTTP Error 416|timed out|Connection (?:reset|refused)|Name or service not known", "network"),
    (r"^RequestError\b|(?s:\Astage download$.*^extractor at fault$)", "upstream"),
    (r"^RegexNotFoundError\b|Unable to extract|No video formats found|^extractor at fault$", "extractor_broken"),
)
_COMPILED = tuple((re.compile(pattern, re.MULTILINE | re.IGNORECASE), code) for pattern, code in RULES)

# An extractor that found nothing says the first; if the site's last answer was one of the second, that is why.
_VAGUE = frozenset({"extractor_broken", "login_or_gone", "no_output"})
_TELLING = frozenset({"forbidden", "login_required", "bot_check", "upstream", "network", "tls", "truncated"})
_DETOURS = (
    (re.compile(r"/(?:challenge|checkpoint|captcha|sorry)(?:/|$)"), "the platform asks for a captcha"),
    (re.compile(r"/(?:accounts/)?(?:login|signin)(?:/|$)"), "the platform leads to its login page"),
)

# A stranger's text may be as long as it likes, and some of the patterns look at it again from every place.
_MOST_CLEANED = 4000
# What yt-dlp adds for its own users; people who see our message cannot follow such advice.
_NOISE = (
    (r"^(?:(?:ERROR|WARNING):)?\s*", ""),
    (r"^\[[\w:+-]+\] (?:\S+: )?(?:Got error: )?", ""),
    (r"^Unable to download webpage: (?=HTTP Error)", ""),
    (r"\.? Giving up after \d+ retries", ""),
    (r"\s*\(caused by .*", ""),
    (r"[;,.]? please report this issue on .*", ""),
    (r"\.? *(?:Use --|You might want to use|Please use --|See +https?://github\.com/yt-dlp).*", ""),
    (r"\.? *(?:If it is not, then use --|It is recommended to use `).*", ""),
    (r"^Did not get any data blocks", "the source sent nothing"),
    (r"^(\d+ bytes read)", r"the source broke off: \1"),
    (r"(https?://)[^\s/?#'\"<>]*@", r"\1"),
    (r"(https?://[^\s?#'\"<>]*)[?#][^\s'\"<>)]*", r"\1"),
)
_OWN_WORDS = frozenset(
    {"ExtractorError", "DownloadError", "EgressDenied", "UnsupportedError", "GeoRestrictedError"}
    | {"UnavailableVideoError", "MemoryError", "Misfit"}
)
_UNSAID = {"MemoryError": "what the source sent takes more memory than a download may have"}
_SAYS_NOTHING = "An extractor error has occurred"


def classify(evidence: Evidence) -> str:
    """The code of the error table; `no_output` when nothing says more."""
    return _classified(evidence)[0]


def message(evidence: Evidence) -> str:
    """The cause in one sentence, without advice on yt-dlp's options and without the secret parts of addresses."""
    words = _words(evidence.chain)
    _, swallowed = _classified(evidence)
    return clean(f"{clean(swallowed)}, then: {clean(words)}" if swallowed else words)


def detour(url: str) -> Link | None:
    """The trouble with an answer that came from another page than the one that was asked for, None for any other."""
    path = urlsplit(url).path
    return next((("Detour", words) for pattern, words in _DETOURS if pattern.match(path)), None)


def clean(text: str, *, limit: int = MAX_MESSAGE) -> str:
    """One line for people or a log: nothing that moves a terminal, no prefixes, no query strings or passwords in
    addresses, cut to `limit`.
    """
    text = _line(text)
    for pattern, replacement in _NOISE:
        text = re.sub(pattern, replacement, text)
    text = text.strip()
    return text if len(text) <= limit else text[: limit - 3] + "..."


def retry_after(text: str, *, now: float) -> int | None:
    """The seconds of a Retry-After header, which says seconds or a date (RFC 9110, 10.2.3); None for anything else.

    `now` is in seconds since 1970. At most a day is believed.
    """
    if text.strip().isascii() and text.strip().isdecimal():
        return min(MAX_RETRY_AFTER, int(text.strip()[:9]))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return min(MAX_RETRY_AFTER, max(0, ceil(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - now)))


def link(error: BaseException) -> Link:
    """An exception as evidence: the name of its kind and its words."""
    name = type(error).__name__
    return name, str(error) or _UNSAID.get(name, "")


def chain_of(error: BaseException) -> tuple[BaseException, ...]:
    """The exception and everything that stands behind it, outermost first, each once.

    yt-dlp keeps causes in `cause` and `exc_info` besides Python's own two links, and drops some from each.
    """
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        current = waiting.pop(0)
        if not any(current is each for each in seen):
            seen.append(current)
            waiting.extend(_behind(current))
    return tuple(seen)


def _line(text: str) -> str:
    """The printable characters of a text in one line."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", " ".join(text.split())[:_MOST_CLEANED])
    return " ".join("".join(each if each.isprintable() else " " for each in plain).split())


def _classified(evidence: Evidence) -> tuple[str, str]:
    """The code, and what tells it where the chain does not: an extractor complains of what it lacks in the end."""
    code = _code_of(_lines(evidence))
    if code == "rate_limited" and _code_of(_lines(replace(evidence, statuses=()))) != code:
        return code, "HTTP Error 429: Too Many Requests"
    if code in _VAGUE and evidence.trouble:
        behind = _code_of((": ".join(evidence.trouble),))
        if behind in _TELLING:
            return behind, evidence.trouble[1]
    return code, ""


def _code_of(lines: Iterable[str]) -> str:
    text = "\n".join(lines)
    return next((code for pattern, code in _COMPILED if pattern.search(text)), "no_output")


def _words(chain: Sequence[Link]) -> str:
    """What the first link with something to say says."""
    said = [link for link in chain if link[1]] or [("", "unknown error")]
    kind, text = next((link for link in said if _SAYS_NOTHING not in link[1]), said[0])
    known = kind in _OWN_WORDS or (kind.endswith("Error") and text.startswith(("ERROR", "[")))
    return text if known or not kind else f"{kind}: {text}"


def _behind(error: BaseException) -> Iterator[BaseException]:
    exc_info = getattr(error, "exc_info", None) or (None, None)
    for each in (getattr(error, "cause", None), exc_info[1], error.__cause__, error.__context__):
        if isinstance(each, BaseException):
            yield each


def _lines(evidence: Evidence) -> Iterator[str]:
    if evidence.downloading:
        yield "stage download"
    yield from (f"status {status}" for status in evidence.statuses)
    if evidence.expected is False:
        yield "extractor at fault"
    yield from (f"{kind}: {' '.join(text.split())}" for kind, text in evidence.chain)
