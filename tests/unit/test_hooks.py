"""What a webhook is, how it is signed, when it is sent again."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from vxpipe import hooks
from vxpipe.hooks import PAUSES, Reply

OLD, NEW = (f"whsec_{base64.b64encode(letter * 32).decode()}" for letter in (b"o", b"n"))
BODY = b'{"type":"job.ended"}'


def headers(signature: str, at: datetime) -> dict[str, str]:
    return {"webhook-id": "msg_1", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}


@pytest.mark.parametrize("receiver", [OLD, NEW])
def test_while_a_secret_is_replaced_receivers_with_either_one_believe_a_message(receiver: str) -> None:
    now = datetime.now(UTC)
    keys = [hooks.secret_bytes(secret) for secret in (NEW, OLD)]

    signed = headers(hooks.signatures(keys, "msg_1", int(now.timestamp()), BODY), now)

    assert Webhook(receiver).verify(BODY, signed) == {"type": "job.ended"}


def test_a_changed_message_is_not_believed() -> None:
    now = datetime.now(UTC)
    signed = headers(hooks.signatures([hooks.secret_bytes(NEW)], "msg_1", int(now.timestamp()), BODY), now)

    for changed in (signed | {"webhook-id": "msg_2"}, headers(signed["webhook-signature"], now + timedelta(seconds=1))):
        with pytest.raises(WebhookVerificationError):
            Webhook(NEW).verify(BODY, changed)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(BODY + b" ", signed)


@pytest.mark.parametrize("secret", ["", "abc", "whsec_", "whsec_!!", "whsec_c2hvcnQ=", "WHSEC_" + "A" * 44])
def test_a_secret_that_is_none_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match=r"secret|whsec_"):
        hooks.secret_bytes(secret)


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://hooks.example/a?b=c", ("hooks.example", 443)),
        ("http://Hooks.example", ("hooks.example", 80)),
        ("https://[2001:db8::1]:8443/", ("2001:db8::1", 8443)),
    ],
)
def test_a_receiver_is_a_web_address(url: str, found: tuple[str, int]) -> None:
    assert hooks.destination(url) == found


@pytest.mark.parametrize(
    "url",
    [
        *("", "hooks.example", "/path", "ftp://hooks.example", "file:///etc/passwd", "https://", "https:///path"),
        *("https://user:password@hooks.example", "https://hooks.example/#part", "https://hooks.example:22"),
        *("https://hooks.example:99999", "https://hooks.example/\n", "https://hooks.example/ä", "https://[::1"),
        "https://hooks.example/" + "x" * 2000,
    ],
)
def test_what_is_no_receiver_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"(it|port) must|[Pp]ort|IPv6"):
        hooks.destination(url)


def test_a_message_that_is_not_taken_is_tried_for_hours_and_then_given_up() -> None:
    refused = Reply(status=500)
    pauses = [hooks.next_pause(tries, refused, chance=0) for tries in range(1, len(PAUSES) + 2)]

    assert pauses == [*PAUSES, None]
    assert 12 * 3600 < sum(PAUSES) < 24 * 3600


def test_a_pause_is_spread_and_never_shorter_than_what_the_receiver_asks_for() -> None:
    assert hooks.next_pause(1, Reply(error="x"), chance=1) == PAUSES[0] * 1.25
    assert hooks.next_pause(1, Reply(status=429, retry_after=90), chance=0) == 90
    assert hooks.next_pause(1, Reply(status=503, retry_after=10**8), chance=0) == PAUSES[-1]


def test_a_receiver_that_is_gone_is_not_asked_again() -> None:
    assert hooks.next_pause(1, Reply(status=410), chance=0) is None


@pytest.mark.parametrize(("status", "taken"), [(200, True), (204, True), (299, True), (301, False), (404, False)])
def test_only_a_success_is_one(status: int, taken: bool) -> None:
    assert (Reply(status=status).fault is None) is taken
