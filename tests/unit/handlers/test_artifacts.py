"""`GET /artifacts/{id}/{name}`: ranges, conditions, and what tells that a file never changes."""

import hashlib
from base64 import b64encode
from pathlib import Path

import pytest

from asking import ended, publishing, submitted
from house import House

CONTENT = b"0123456789"
TAG = f'"{hashlib.sha256(CONTENT).hexdigest()}"'
NOT_IT = f'"{"0" * 64}"'


@pytest.fixture
async def url(home: House, tmp_path: Path) -> str:
    home.work.scripts = {"abc": publishing(home, tmp_path, [("frames/1.jpg", CONTENT)])}
    job_id = await submitted(home)
    await ended(home, job_id)
    item = await (await home.client.get(f"/jobs/{job_id}/items/0")).json()
    return str(item["artifacts"][0]["url"])


async def test_a_file_is_named_by_its_digest_and_may_be_kept_for_ever(home: House, url: str) -> None:
    answer = await home.client.get(url)

    assert await answer.read() == CONTENT
    assert answer.headers["ETag"] == TAG
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Repr-Digest"] == f"sha-256=:{b64encode(hashlib.sha256(CONTENT).digest()).decode()}:"


@pytest.mark.parametrize(("frames", "shown"), [(0, []), (1, [1]), (3, [1, 2, 3]), (9, [1, 3, 5, 7])])
async def test_a_few_pictures_stand_for_a_video(home: House, tmp_path: Path, frames: int, shown: list[int]) -> None:
    files = [(f"frames/{n}.jpg", str(n).encode()) for n in range(1, frames + 1)]
    home.work.scripts = {"abc": publishing(home, tmp_path, files)}
    await ended(home, job_id := await submitted(home))

    answers = [await home.client.get(f"/jobs/{job_id}/items/0/pictures/{place}") for place in range(5)]

    assert [int(await each.text()) for each in answers if each.status == 200] == shown
    assert {each.status for each in answers[len(shown) :]} == {404}
    assert all(each.history[0].headers["Cache-Control"] == "private, no-cache" for each in answers[: len(shown)])


@pytest.mark.parametrize("place", ["-1", "x", "00", "²"])
async def test_a_picture_that_is_none_is_not_found(home: House, url: str, place: str) -> None:
    job_id = (await (await home.client.get("/jobs")).json())["jobs"][0]["jobId"]

    answer = await home.client.get(f"/jobs/{job_id}/items/0/pictures/{place}")

    assert (answer.status, (await answer.json())["code"]) == (404, "artifact_not_found")


CASES: list[tuple[dict[str, str], int, bytes | None]] = [
    ({"Range": "bytes=2-4"}, 206, b"234"),
    ({"Range": "bytes=8-"}, 206, b"89"),
    ({"Range": "bytes=-3"}, 206, b"789"),
    ({"Range": "bytes=0-99"}, 206, CONTENT),
    ({"Range": "bytes=10-"}, 416, None),
    ({"Range": "bytes=-0"}, 416, None),
    ({"Range": "bytes=4-2"}, 200, CONTENT),
    ({"Range": "bytes=10-", "If-Range": NOT_IT}, 200, CONTENT),
    ({"Range": "bytes=0-1,4-5"}, 200, CONTENT),
    ({"Range": "lines=1-2"}, 200, CONTENT),
    ({"Range": "bytes=2-4", "If-Range": TAG}, 206, b"234"),
    ({"Range": "bytes=2-4", "If-Range": NOT_IT}, 200, CONTENT),
    ({"Range": "bytes=2-4", "If-Range": f"W/{TAG}"}, 200, CONTENT),
    ({"Range": "bytes=2-4", "If-Range": "Fri, 01 Jan 2100 00:00:00 GMT"}, 200, CONTENT),
    ({"If-None-Match": TAG}, 304, b""),
    ({"If-None-Match": f"{NOT_IT}, W/{TAG}"}, 304, b""),
    ({"If-None-Match": NOT_IT}, 200, CONTENT),
    ({"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 200, CONTENT),
    ({"If-Match": TAG}, 200, CONTENT),
    ({"If-Match": NOT_IT}, 412, None),
]


async def test_ranges_and_conditions(home: House, url: str) -> None:
    for headers, status, body in CASES:
        answer = await home.client.get(url, headers=headers)

        assert (answer.status, headers) == (status, headers)
        assert body is None or await answer.read() == body
        assert status >= 400 or answer.headers["ETag"] == TAG


async def test_a_range_beyond_the_end_is_refused_as_everything_is(home: House, url: str) -> None:
    answer = await home.client.get(url, headers={"Range": "bytes=10-12"})

    assert (answer.status, answer.content_type) == (416, "application/problem+json")
    assert answer.headers["Content-Range"] == "bytes */10"
    assert (await answer.json())["code"] == "range_not_satisfiable"


async def test_a_compressed_file_beside_it_is_not_sent_in_its_place(home: House, tmp_path: Path) -> None:
    files = [("facts.bin", CONTENT), *((f"facts.bin.{end}", b"other") for end in ("gz", "br"))]
    home.work.scripts = {"abc": publishing(home, tmp_path, files)}
    job_id = await submitted(home)
    await ended(home, job_id)
    item = await (await home.client.get(f"/jobs/{job_id}/items/0")).json()
    (url,) = (each["url"] for each in item["artifacts"] if each["name"] == "facts.bin")

    answer = await home.client.get(url, headers={"Accept-Encoding": "gzip, br"})

    assert (answer.headers["ETag"], "Content-Encoding" in answer.headers) == (TAG, False)
    assert await answer.read() == CONTENT


async def test_head_says_how_long_the_file_is(home: House, url: str) -> None:
    answer = await home.client.head(url)

    assert (answer.status, answer.headers["Content-Length"], answer.headers["Accept-Ranges"]) == (200, "10", "bytes")
    assert (answer.headers["ETag"], await answer.read()) == (TAG, b"")


async def test_a_file_goes_by_its_own_name_only(home: House, url: str) -> None:
    assert (await home.client.get(url.replace("1.jpg", "2.jpg"))).status == 404
