import re

import pytest

from vxpipe.engine.fetch.failures import RULES, Evidence, chain_of, classify, clean, message
from vxpipe.errors import FAILURES

# A case for every row of the table, in its order: what is known, and the code.
CASES = (
    ("EgressDenied: the address 10.0.0.1 is not public", "egress_denied"),
    ("DownloadError: ERROR: unable to write data: [Errno 27] File too large", "too_large"),
    ("OSError: [Errno 28] No space left on device", "storage"),
    ("GeoRestrictedError: This video is not available", "geo_blocked"),
    ("UserNotLive: The channel is not currently live", "not_live"),
    ("DownloadError: ERROR: [youtube] x: This live event will begin in 3 days", "not_yet"),
    ("DownloadError: ERROR: [youtube] x: The current session has been rate-limited by YouTube", "rate_limited"),
    ("ExtractorError: Sign in to confirm you're not a bot. Use --cookies", "bot_check"),
    ("ExtractorError: This video is DRM protected", "drm"),
    ("ExtractorError: [youtube] x: This video is private. Sign in if you have access", "private"),
    ("ExtractorError: You do not have permission to view this post. Log into an account that has access", "private"),
    ("ExtractorError: Sign in to confirm your age. This video may be inappropriate for some users", "age_restricted"),
    ("ExtractorError: This video is available to this channel's members. Join this channel", "paid"),
    ("ExtractorError: Instagram sent an empty media response. Check if you are logged in", "login_or_gone"),
    ("ExtractorError: This video is only available for registered users. Use --cookies", "login_required"),
    ("ExtractorError: There is no video in this post", "no_video"),
    ("ExtractorError: Video unavailable", "removed"),
    ("ExtractorError: Requested tweet is unavailable", "removed"),
    ("ExtractorError: Requested format is not available", "format_unavailable"),
    ("DownloadError: ERROR: No suitable extractor found for URL http://x", "unsupported_url"),
    ("stage download\nDownloadError: unable to download video data: HTTP Error 403: Forbidden", "media_gone"),
    ("DownloadError: Unable to download webpage: HTTP Error 404: Not Found", "removed"),
    ("DownloadError: Unable to download webpage: HTTP Error 403: Forbidden", "forbidden"),
    ("DownloadError: Unable to download webpage: HTTP Error 502: Bad Gateway", "upstream"),
    ("SSLError: x\nCertificateVerifyError: certificate has expired", "tls"),
    ("ContentTooShortError: Downloaded 5 bytes", "truncated"),
    ("DownloadError: ERROR: Got error: Downloaded 5 bytes, expected 9 bytes", "truncated"),
    ("stage download\nDownloadError: Got error: The read operation timed out", "stalled"),
    ("TransportError: [Errno 111] Connection refused", "network"),
    ("DownloadError: Unable to download webpage: The read operation timed out", "network"),
    ("RegexNotFoundError: Unable to extract player data", "extractor_broken"),
)


def evidence(text: str) -> Evidence:
    """Evidence from its lines, as the table is written against them."""
    lines = text.split("\n")
    chain = tuple(tuple(line.split(": ", 1)) for line in lines if ": " in line)
    return Evidence(chain=chain, downloading="stage download" in lines)


@pytest.mark.parametrize(("number", "case"), list(enumerate(CASES)), ids=str)
def test_every_row_of_the_table_finds_its_failure(number, case):
    text, code = case

    found = [number for number, (pattern, _) in enumerate(RULES) if re.search(pattern, text, re.MULTILINE)]

    assert number == found[0]
    assert code == classify(evidence(text))


def test_every_row_has_its_case_and_every_code_is_in_the_error_table():
    assert len(RULES) == len(CASES)
    assert {code for _, code in RULES} <= set(FAILURES)


def test_a_429_that_the_extractor_swallowed_explains_what_followed():
    swallowed = Evidence(
        chain=(("ExtractorError", "Failed to extract any player response"),), statuses=(404, 429), expected=False
    )

    assert classify(swallowed) == "rate_limited"


def test_an_error_status_that_the_extractor_survived_explains_nothing():
    survived = Evidence(chain=(("ExtractorError", "This video is private"),), statuses=(404,))

    assert classify(survived) == "private"


@pytest.mark.parametrize(("expected", "code"), [(False, "extractor_broken"), (True, "no_output"), (None, "no_output")])
def test_an_unknown_reason_is_a_broken_extractor_only_where_yt_dlp_says_so(expected, code):
    assert code == classify(Evidence(chain=(("ExtractorError", "something new"),), expected=expected))


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("DownloadError", "ERROR: [fake] abc: This video is private", "This video is private"),
        ("DownloadError", "\x1b[0;31mERROR:\x1b[0m [fake] abc: Gone", "Gone"),
        ("DownloadError", "ERROR: \r[download] Got error: timed out. Giving up after 2 retries", "timed out"),
        (
            "ExtractorError",
            "Unable to extract data; please report this issue on  https://github.com/yt-dlp/yt-dlp/issues , x",
            "Unable to extract data",
        ),
        (
            "DownloadError",
            "ERROR: [x] 1: Unable to download webpage: HTTP Error 404: Not Found (caused by <HTTPError 404>)",
            "Unable to download webpage: HTTP Error 404: Not Found",
        ),
        ("ExtractorError", "Only for registered users. Use --cookies-from-browser", "Only for registered users"),
        ("ExtractorError", "at https://u:p@cdn.example/a.mp4?sig=geheim#t", "at https://cdn.example/a.mp4"),
        ("KeyError", "'missing'", "KeyError: 'missing'"),
    ],
)
def test_people_read_the_cause_and_nothing_else(kind, text, expected):
    assert expected == message(Evidence(chain=((kind, text),)))


def test_a_message_is_cut_and_of_one_line():
    text = message(Evidence(chain=(("ExtractorError", "a\nb " * 400),)))

    assert len(text) == 500
    assert "\n" not in text


def test_the_first_link_with_words_speaks():
    assert message(Evidence(chain=(("DownloadError", ""), ("OSError", "disk on fire")))) == "OSError: disk on fire"
    assert message(Evidence(chain=())) == "unknown error"


def test_a_signed_address_loses_its_signature_in_a_log_line():
    assert clean("[x] got 'https://h/a?b=c', next", limit=300) == "got 'https://h/a', next"


class Wrapped(Exception):
    def __init__(self, text, *, cause=None, exc_info=None):
        super().__init__(text)
        self.cause = cause
        self.exc_info = exc_info


def test_causes_are_found_wherever_yt_dlp_keeps_them_and_once_each():
    root, kept = OSError("root"), ValueError("kept")
    kept.__context__ = root
    outer = Wrapped("outer", cause=kept, exc_info=(OSError, root, None))
    root.__cause__ = outer

    assert [outer, kept, root] == list(chain_of(outer))


def test_an_exception_without_history_is_its_own_chain():
    error = Wrapped("alone", cause="a text", exc_info=(None, None, None))

    assert chain_of(error) == (error,)
