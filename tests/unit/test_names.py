"""What the targets of a run are called."""

from itertools import permutations
from pathlib import PurePath

import pytest

from vxpipe.model import Target
from vxpipe.names import introduced, local, shortened, shown, with_own_codes


def codes(*paths: str) -> list[str]:
    return [target.code for target in with_own_codes([local(PurePath(path)) for path in paths])]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/videos/My holiday (1).mp4", "My-holiday-1"),
        ("clip_v1.2-final.mov", "clip_v1.2-final"),
        ("/x/-rf.mp4", "rf"),
        ("/x/" + "a" * 300 + ".mp4", "a" * 80),
        ("/x/" + "a" * 79 + ".b.mp4", "a" * 79),
        ("ein Föö bär?.mp4", "ein-Foo-bar"),
        ("Cafe\u0301 – Łódź, Straße №5.mp4", "Cafe-Lodz-Strasse-No5"),
    ],
)
def test_a_local_file_is_named_for_its_stem(path: str, code: str) -> None:
    target = local(PurePath(path))

    assert ("file", code, path) == (target.platform, target.code, target.url)


def test_local_files_whose_names_hold_no_plain_letters_are_told_apart() -> None:
    codes = {local(PurePath(name)).code for name in ("\u65e5\u672c.mp4", "\u4e2d\u56fd.mp4", "..mp4")}

    assert len(codes) == 3
    assert all(code.startswith("video-") for code in codes)


def test_files_of_which_only_a_number_can_be_written_plainly_are_told_apart() -> None:
    lecture, seminar = (local(PurePath(name)).code for name in ("Лекция 3.mp4", "Семинар 3.mp4"))

    assert lecture != seminar
    assert lecture.startswith("3-")


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (("/v/talk.mp4", "/v/walk.mp4"), ["talk", "walk"]),
        (("/v/talk.mp4", "/v/talk.webm", "/v/walk.mp4"), ["talk.mp4", "talk.webm", "walk"]),
        (("/v/mon/talk.mp4", "/v/tue/talk.mp4"), ["mon-talk", "tue-talk"]),
        (("/mon/a.mp4", "/mon/a.mkv", "/tue/a.mp4"), ["mon-a", "a.mkv", "tue-a"]),
        (
            ("/mon/a.mp4", "/mon/a.mkv", "/tue/a.mp4", "/tue/a.mkv"),
            ["mon-a.mp4", "mon-a.mkv", "tue-a.mp4", "tue-a.mkv"],
        ),
        (("/v/a.mp4", "/v/a.mkv", "/v/a.mp4.mp4"), ["v-a", "a.mkv", "a.mp4.mp4"]),
        (("/v/Talk.mp4", "/v/talk.webm"), ["Talk.mp4", "talk.webm"]),
        (("/mon/Talk.mp4", "/tue/talk.MP4"), ["mon-Talk", "tue-talk"]),
    ],
)
def test_files_of_the_same_name_are_told_apart_by_ending_and_folder_in_any_order(
    paths: tuple[str, ...], expected: list[str]
) -> None:
    orders = [dict(zip(order, codes(*order), strict=True)) for order in permutations(paths)]

    assert orders == [dict(zip(paths, expected, strict=True))] * len(orders)


@pytest.mark.parametrize("paths", [("/v/a (1).mp4", "/v/a [1].mp4"), ("/v/A-1.mp4", "/v/a-1.mp4")])
def test_files_that_ending_and_folder_do_not_tell_apart_are_by_a_digest(paths: tuple[str, str]) -> None:
    first, second = (code.casefold() for code in codes(*paths))

    assert first != second
    assert all(code.startswith("a-1-") for code in (first, second))


def test_a_file_and_what_comes_from_a_platform_may_have_one_code() -> None:
    both = [Target(platform="youtube", code="talk", url="https://example.org/talk"), local(PurePath("/v/talk.mp4"))]

    assert both == with_own_codes(both)


def test_people_read_the_name_of_a_file_after_its_folder_where_another_is_called_so() -> None:
    there = Target(platform="youtube", code="aqz-KE-bpKQ", url="https://example.org/talk")
    files = [local(PurePath(path)) for path in ("/v/mon/Föö.mp4", "/v/tue/Föö.mp4", "/v/bär?.mp4")]

    assert shown([there, *files]) == ["youtube:aqz-KE-bpKQ", "mon/Föö.mp4", "tue/Föö.mp4", "bär?.mp4"]


LINK = "https://user:secret@Media.example:8080/a/b/clip.mp4?token=secret#secret"


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (LINK, "Media.example:8080/.../clip.mp4"),
        ("http://[2001:db8::1]/clip.mp4", "[2001:db8::1]/clip.mp4"),
        ("https://media.example", "media.example/"),
        ("https://media.example/files/?id=secret", "media.example/..."),
        ("https://media.example/files/clip.mp4;session=secret", "media.example/.../clip.mp4"),
        ("https://media.example/dl/eyJhbGciOi.eyJzdWIiOi.secret", "media.example/..."),
        (f"https://media.example/{'s' * 90}.mp4", f"media.example/{'s' * 27}...ssssss.mp4"),
    ],
)
def test_a_direct_link_is_known_by_its_host_and_name_and_nothing_secret_is_told(url: str, name: str) -> None:
    target = Target(platform="direct", code="1af29efef648", url=url)

    assert ([name], f"direct:1af29efef648 ({name})") == (shown([target]), introduced(target))


def test_links_of_one_host_and_name_are_told_apart_by_their_codes() -> None:
    links = [Target(platform="direct", code=code, url=f"{LINK}{code}") for code in ("aa", "bb")]

    assert ["direct:aa", "direct:bb"] == shown(links)


def test_a_long_name_keeps_both_its_ends() -> None:
    assert shortened("short.mp4") == "short.mp4"
    assert shortened("a" * 60 + "-part-2.mp4") == "a" * 27 + "..." + "part-2.mp4"
