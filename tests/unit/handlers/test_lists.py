"""Pasted lists: links, codes, tables and JSON are read as people mean them."""

import json
from typing import Any

import pytest

from vxpipe.handlers import lists

BUNNY, FILM = "https://youtu.be/aqz-KE-bpKQ", "https://vimeo.com/1084537"


def coded(*codes: str, platform: str = "vimeo") -> list[Any]:
    return [{"platform": platform, "code": code} for code in codes]


def items(text: str) -> list[Any]:
    return [entry.item for entry in lists.read(text).entries]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"see {BUNNY}, and {FILM}.", [{"url": BUNNY}, {"url": FILM}]),
        (f"{BUNNY},{FILM}", [{"url": BUNNY}, {"url": FILM}]),
        (f"{FILM},My film", [{"url": FILM}]),
        (f"{FILM};x", [{"url": FILM}]),
        ("https://cdn.example/w_1,h_2/a.mp4", [{"url": "https://cdn.example/w_1,h_2/a.mp4"}]),
        ("youtu.be/aqz-KE-bpKQ", [{"url": BUNNY}]),
        ("# a remark\n\nvimeo : 1", coded("1")),
        ('"vimeo";"2"\nvimeo\t3\nvimeo:4,My film', coded("2", "3", "4")),
        ("bluesky:a.b/3l4", coded("a.b/3l4", platform="bluesky")),
    ],
)
def test_a_line_names_its_videos(text: str, expected: list[Any]) -> None:
    assert items(text) == expected


@pytest.mark.parametrize(
    "table",
    [
        "platform,code\nvimeo,1\nvimeo,2",
        "code,platform,title\n1,vimeo,One\n2,vimeo,Two",
        'Title;video_id;Site\n"One; and only";1;vimeo\n"Two\nlines";2;vimeo',
        "title\tcode\tplatform\n#x\n\nOne\t1\tvimeo\nTwo\t 2\tvimeo\r\n",
        "title,url\nOne,vimeo:1\nTwo,\nvimeo:2",
        "title,code\nOne,vimeo:1\nTwo,vimeo:2",
    ],
)
def test_a_header_says_which_column_is_which(table: str) -> None:
    assert coded("1", "2") == [item for item in items(table) if item and "code" in item]


@pytest.mark.parametrize(
    "table",
    [
        f"url,title\n{BUNNY},My film\n{FILM},",
        f"name;link\nBunny;{BUNNY}\nx;{FILM}",
        f'title,url\n"A, b",{BUNNY}\n"C\nd",{FILM}',
        f'title,url\n"never closed,{BUNNY}\nx,{FILM}',
        f"platform,code\n{BUNNY}\nurl\n{FILM}",
    ],
)
def test_links_of_a_table_are_found(table: str) -> None:
    assert [{"url": BUNNY}, {"url": FILM}] == items(table)


def test_a_row_without_a_link_is_not_read_as_a_platform_and_a_code() -> None:
    (entry,) = lists.read("title,url\nx,nothing").entries

    assert entry.fault == "no link, and no platform:code"


def test_columns_that_name_no_video_are_told() -> None:
    assert lists.read(f"title,url,by\nx,{BUNNY},me").unused == ("title", "by")


def test_each_entry_knows_its_line() -> None:
    table = f'vimeo:1\ntitle,url\n"a\nb",{BUNNY}\nx,{FILM}'

    assert [entry.line for entry in lists.read(table).entries] == [1, 3, 5]


@pytest.mark.parametrize("path", ["/films/a.mp4", "./a", "~/a.mkv", "file:///a.mp4", r"C:\films\a.mp4", "my film.MOV"])
def test_a_file_is_told_how_it_is_processed(path: str) -> None:
    (entry,) = lists.read(path).entries

    assert "vxpipe run FILE" in (entry.fault or "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'["vimeo:1", {{"url": "{FILM}"}}]', [*coded("1"), {"url": FILM}]),
        ('{"platform":"vimeo","code":"1"}\n{"platform":"vimeo","code":"2"}', coded("1", "2")),
        (f'{{"url": "{FILM}", "options": {{"sheet": false}}}}', [{"url": FILM, "options": {"sheet": False}}]),
        ("[3, null]", [3, None]),
    ],
)
def test_json_is_taken_as_the_api_takes_it(text: str, expected: list[Any]) -> None:
    assert items(text) == expected


def test_what_a_batch_in_json_says_besides_its_items_is_kept() -> None:
    listed = lists.read('{"items": [\n"vimeo:1",\n"vimeo:1"],\n"labels": {"p": "x"}, "options": {"sheet": false}}')

    assert listed.besides == {"labels": {"p": "x"}, "options": {"sheet": False}}
    assert [(entry.line, entry.item) for entry in listed.entries] == [(2, coded("1")[0]), (3, coded("1")[0])]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ('{"items": [\n{"url": "x"},\n]}', 3, "begins like JSON and is none: trailing comma"),
        ('{"items": 3}', 1, "`items` must be a list"),
        ('{"url": "a", "url": "b"}', 1, "says something twice"),
        ("[", 1, "EOF"),
        ('[""]', 1, "empty"),
        ("hello", 1, "no link, and no platform:code"),
        ("x" * 20_000, 1, "longer than any link"),
        (json.dumps(["x" * 200_000]), 1, "longer than any link"),
        ('["a\\nb"]', 1, "no link, and no platform:code"),
        ('["a\\rb"]', 1, "no link, and no platform:code"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text: str, line: int, why: str) -> None:
    (entry,) = lists.read(text).entries

    assert entry.line == line
    assert why in (entry.fault or "")
