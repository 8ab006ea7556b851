import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vxpipe.engine.fetch.failures import RULES, Evidence, chain_of, classify, clean, detour, link, message, retry_after
from vxpipe.errors import FAILURES

FLAGS = re.MULTILINE | re.IGNORECASE

# A case for every row of the table, in its order: what is known, and the code.
CASES = (
    ("EgressDenied: the address 10.0.0.1 is not public", "egress_denied"),
    ("HTTPError: HTTP Error 502: vx-connect", "network"),
    ("CookieLoadError: failed to load cookies", "config"),
    ("DownloadError: ERROR: unable to write data: [Errno 27] File too large", "too_large"),
    ("OSError: [Errno 28] No space left on device", "storage"),
    ("GeoRestrictedError: This video is not available", "geo_blocked"),
    ("ExtractorError: Video unavailable. The owner has blocked it in your country", "geo_blocked"),
    ("UserNotLive: The channel is not currently live", "not_live"),
    ("DownloadError: ERROR: [youtube] x: This live event will begin in 3 days", "not_yet"),
    ("ExtractorError: We're processing this video. Check back later.", "not_yet"),
    ("DownloadError: ERROR: [youtube] x: The current session has been rate-limited by YouTube", "rate_limited"),
    ("ExtractorError: Request is rejected by server (352)", "rate_limited"),
    ("ExtractorError: Sign in to confirm you're not a bot. Use --cookies", "bot_check"),
    ("ExtractorError: This video is DRM protected", "drm"),
    ("ExtractorError: [youtube] x: This video is private. Sign in if you have access", "private"),
    ("ExtractorError: You do not have permission to view this post. Log into an account that has access", "private"),
    ("ExtractorError: Sign in to confirm your age. This video may be inappropriate for some users", "age_restricted"),
    ("ExtractorError: NSFW tweet requires authentication", "age_restricted"),
    ("ExtractorError: This video is available to this channel's members. Join this channel", "paid"),
    ("ExtractorError: You must be logged into an account that has access to this subscriber-only content", "paid"),
    ("ExtractorError: Instagram sent an empty media response. Check if you are logged in", "login_or_gone"),
    ("ExtractorError: This video is only available for registered users. Use --cookies", "login_required"),
    ("ExtractorError: There is no video in this post", "no_video"),
    ("ExtractorError: The page does not contain a video", "no_video"),
    ("ExtractorError: Video unavailable", "removed"),
    ("ExtractorError: Requested tweet is unavailable", "removed"),
    ("ExtractorError: Requested format is not available", "format_unavailable"),
    ("DownloadError: HTTP Error 302: Found (redirect loop detected)", "upstream"),
    ("DownloadError: ERROR: No suitable extractor found for URL http://x", "unsupported_url"),
    ("stage download\nDownloadError: unable to download video data: HTTP Error 403: Forbidden", "media_gone"),
    ("DownloadError: ERROR: Did not get any data blocks", "media_gone"),
    ("DownloadError: Unable to download webpage: HTTP Error 404: Not Found", "removed"),
    ("DownloadError: Unable to download webpage: HTTP Error 403: Forbidden", "forbidden"),
    ("DownloadError: Unable to download webpage: HTTP Error 502: Bad Gateway", "upstream"),
    ("SSLError: x\nCertificateVerifyError: certificate has expired", "tls"),
    ("ContentTooShortError: Downloaded 5 bytes", "truncated"),
    ("DownloadError: ERROR: Got error: Downloaded 5 bytes, expected 9 bytes", "truncated"),
    ("Misfit: the source sends a piece where the whole file was asked for", "truncated"),
    ("Misfit: the source gives its answer no proper length", "upstream"),
    ("stage download\nDownloadError: Got error: The read operation timed out", "stalled"),
    ("TransportError: [Errno 111] Connection refused", "network"),
    ("DownloadError: Unable to download webpage: The read operation timed out", "network"),
    ("RequestError: 'latin-1' codec can't encode characters in position 0-2", "upstream"),
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

    found = [number for number, (pattern, _) in enumerate(RULES) if re.search(pattern, text, FLAGS)]

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
    assert message(swallowed) == "HTTP Error 429: Too Many Requests, then: Failed to extract any player response"


def test_an_error_status_that_the_extractor_survived_explains_nothing():
    survived = Evidence(chain=(("ExtractorError", "This video is private"),), statuses=(404,))

    assert classify(survived) == "private"


PLAYER = ("ExtractorError", "Failed to extract any player response")


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (("HTTPError", "HTTP Error 403: Forbidden"), "forbidden"),
        (("HTTPError", "HTTP Error 502: Bad Gateway"), "upstream"),
        (("TransportError", "[Errno 104] Connection reset by peer"), "network"),
        (("CertificateVerifyError", "self-signed certificate"), "tls"),
        (detour("https://www.instagram.com/challenge/?next=/p/x/"), "bot_check"),
        (detour("https://www.instagram.com/accounts/login/?next=/p/x/"), "login_required"),
    ],
)
def test_a_last_answer_that_the_extractor_swallowed_explains_why_it_found_nothing(trouble, code):
    swallowed = Evidence(chain=(PLAYER,), trouble=trouble, expected=False)

    assert code == classify(swallowed)
    assert f"{trouble[1]}, then: Failed to extract any player response" == message(swallowed)


@pytest.mark.parametrize(
    ("chain", "trouble", "code"),
    [
        (("ExtractorError", "This video is private"), ("HTTPError", "HTTP Error 403: Forbidden"), "private"),
        (PLAYER, ("HTTPError", "HTTP Error 404: Not Found"), "extractor_broken"),
        (PLAYER, detour("https://www.instagram.com/p/challenge/"), "extractor_broken"),
        (PLAYER, None, "extractor_broken"),
    ],
)
def test_a_last_answer_explains_nothing_where_the_extractor_or_the_site_knows_better(chain, trouble, code):
    evidence = Evidence(chain=(chain,), trouble=trouble, expected=False)

    assert (code, chain[1]) == (classify(evidence), message(evidence))


def test_behind_a_message_without_words_the_cause_is_told():
    chain = (
        ("ExtractorError", "x: An extractor error has occurred. (caused by TypeError())"),
        ("TypeError", "no text"),
    )

    assert message(Evidence(chain=chain)) == "TypeError: no text"


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
            "HTTP Error 404: Not Found",
        ),
        ("ExtractorError", "Only for registered users. Use --cookies-from-browser", "Only for registered users"),
        ("ExtractorError", "Check it. If it is not, then use --cookies for x", "Check it"),
        ("ExtractorError", "Rate-limited. It is recommended to use `-t sleep` to x", "Rate-limited"),
        ("ExtractorError", "at https://u:p@cdn.example/a.mp4?sig=geheim#t", "at https://cdn.example/a.mp4"),
        ("KeyError", "'missing'", "KeyError: 'missing'"),
        ("DownloadError", "ERROR: Did not get any data blocks", "the source sent nothing"),
        ("DownloadError", "ERROR: [download] Got error: 5 bytes read", "the source broke off: 5 bytes read"),
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


LOGIN = ". Use --cookies, --username and --password, or --netrc (x) to provide account credentials"

# What the extractors of our platforms say, word for word (yt-dlp 2026.10.26).
SAID = (
    ("You have exceeded the rate limit. Try again later", "rate_limited"),
    ("Request is blocked by server (401), please wait and try later.", "rate_limited"),
    ("redirected to the login page. You have exceeded the rate-limit for accessing posts" + LOGIN, "rate_limited"),
    ("Sign in to confirm you\u2019re not a bot. Use --cookies for the authentication", "bot_check"),
    ("All player responses are invalid. Your IP is likely being blocked by Youtube", "bot_check"),
    ("Your IP address is blocked from accessing this post", "bot_check"),
    ("Your IP address is unable to access the Reddit API", "bot_check"),
    ("This video is only available for registered users" + LOGIN, "login_required"),
    ("Quarantined subreddit; an account that has opted in is required" + LOGIN, "login_required"),
    ("This content is only available for registered users who follow this account" + LOGIN, "private"),
    ("You are not authorized to view this protected tweet" + LOGIN, "private"),
    ("Private subreddit; an account that has been approved is required" + LOGIN, "private"),
    ("This video is protected by a password, use the --video-password option", "private"),
    ("This post may not be comfortable for some audiences. Log in for access" + LOGIN, "age_restricted"),
    ("NSFW tweet requires authentication" + LOGIN, "age_restricted"),
    ("Restricted Video: You must be 18 years old or over to see this video" + LOGIN, "age_restricted"),
    ("This video is available to this channel's members on level: Fan (or any higher level).", "paid"),
    ("This is a supporter-only video: x" + LOGIN, "paid"),
    ("Video unavailable. The uploader has not made this video available in your country", "geo_blocked"),
    ("Video unavailable. This video has been removed by the uploader", "removed"),
    ("This live stream recording is not available.", "removed"),
    ("This video is no longer available because the account has been terminated", "removed"),
    ("Twitter API says: This Post was deleted by the Post author", "removed"),
    ("Twitter API says: This Post is from an account that no longer exists", "removed"),
    ("No media found", "no_video"),
    ("This account does not have any videos posted", "no_video"),
    ("This live event is scheduled for 2026-12-01", "not_yet"),
    ("This video is processing", "not_yet"),
    ("Premiere will begin shortly", "not_yet"),
    ("Premieres in 5 hours", "not_yet"),
    ("Streamer is not live", "not_live"),
    ("Service temporarily unavailable", "upstream"),
    ("An error occurred. Please try again later.", "upstream"),
    ("This Account is Private: Follow to see their photos and videos.", "private"),
    ("The following content has been identified as inappropriate or offensive to some audiences", "age_restricted"),
)


@pytest.mark.parametrize(("said", "code"), SAID)
def test_what_extractors_say_is_understood(said, code):
    chain = (("DownloadError", f"ERROR: [x] abc: {said}"), ("ExtractorError", said))

    assert code == classify(Evidence(chain=chain, expected=True))


NOW = 1_790_000_000  # Mon, 21 Sep 2026 14:13:20 GMT


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7),
        (" 0 ", 0),
        ("99999999999999999999", 86400),
        ("Mon, 21 Sep 2026 14:14:20 GMT", 60),
        ("Monday, 21-Sep-26 14:14:20 GMT", 60),
        ("Mon, 21 Sep 2026 14:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86400),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("\u0667", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_bounded(text, seconds):
    assert seconds == retry_after(text, now=NOW)


# notes: code, whether another try may help, and how often at most it is tried by itself (the setting allowing).
TABLE = {
    "rate_limited": (True, 10),
    "bot_check": (True, 10),
    "upstream": (True, 10),
    "network": (True, 10),
    "truncated": (True, 10),
    "storage": (True, 10),
    "login_or_gone": (True, 2),
    "forbidden": (True, 2),
    "crashed": (True, 2),
    "media_gone": (True, 3),
    "not_yet": (True, 1),
    "extractor_broken": (True, 1),
}
PERMANENT = (
    *("egress_denied", "login_required", "private", "age_restricted", "paid", "geo_blocked", "removed", "no_video"),
    *("not_live", "drm", "format_unavailable", "unsupported_url", "tls", "too_large", "config", "no_output"),
)
TABLE |= dict.fromkeys(PERMANENT, (False, 1))


@pytest.mark.parametrize("code", TABLE)
def test_each_failure_is_tried_again_as_often_as_it_makes_sense(code):
    kind = FAILURES[code]

    assert TABLE[code] == (kind.retryable, kind.tries)
    assert kind.hint
    assert kind.who in {"caller", "operator", "platform", "nobody"}


def test_a_strangers_text_costs_no_time_and_his_date_no_failure():
    """60 KB of spaces took 44 s; what is left to look at is short."""
    assert clean("a" + " " * 3_000_000 + "b") == "a b"
    assert clean("x" * 3_000_000).endswith("...")


def test_what_moves_a_terminal_or_turns_text_around_is_not_repeated() -> None:
    assert clean("a\x1b[31mred\x1b[0m \x1b]0;title\x07b\x00c\u202ed\x9b2Je\u2028f") == "ared ]0;title b c d 2Je f"


def test_media_that_make_no_sense_are_no_fault_of_the_extractor() -> None:
    chain = (("ValueError", "Data must be padded to 16 byte boundary"),)

    assert classify(Evidence(chain=chain, downloading=True, expected=False)) == "upstream"
    assert classify(Evidence(chain=chain, downloading=False, expected=False)) == "extractor_broken"


def test_a_page_that_takes_all_memory_is_named_for_that() -> None:
    found = Evidence(chain=(link(MemoryError()),), downloading=False, expected=False)

    assert classify(found) == "too_large"
    assert message(found) == "what the source sent takes more memory than a download may have"


@given(
    st.text(max_size=60)
    | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,4} [A-Z][a-z]{2} -?[0-9]{1,9} [0-9:]{1,9} [+-][0-9]{1,20}")
)
def test_whatever_a_site_asks_for_is_a_time_within_a_day_or_nothing(text: str) -> None:
    seconds = retry_after(text, now=1_800_000_000.0)

    assert seconds is None or 0 <= seconds <= 86400
    assert retry_after("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", now=0) is None
