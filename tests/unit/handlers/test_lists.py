"""Pasted lists: links, codes, tables and JSON are read as people mean them."""

import json
from typing import Any

import pytest

from vxpipe.handlers import lists

BUNNY, FILM = "https://youtu.be/aqz-KE-bpKQ", "https://vimeo.com/1084537"


def read(text: str) -> lists.Listed:
    return lists.read(text, most_lines=100)


def coded(*codes: str, platform: str = "vimeo") -> list[Any]:
    return [{"platform": platform, "code": code} for code in codes]


def items(text: str) -> list[Any]:
    return [entry.item for entry in read(text).entries]


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
        ("vimeo:1\rvimeo:2\r\nvimeo:3", coded("1", "2", "3")),
        ("\ufeffurl\nvimeo:1", coded("1")),
        ('\ufeff["vimeo:1"]', coded("1")),
        (f"[Bunny]({BUNNY})\nvimeo:1", [{"url": BUNNY}, *coded("1")]),
        (f"[1] {BUNNY}\nvimeo:1", [{"url": BUNNY}, *coded("1")]),
        (f"{{Bunny}} {BUNNY}\nvimeo:1", [{"url": BUNNY}, *coded("1")]),
        ("https://a.example/Foo_(bar)", [{"url": "https://a.example/Foo_(bar)"}]),
        ("[x](https://a.example/Foo_(bar)).", [{"url": "https://a.example/Foo_(bar)"}]),
        ("(https://a.example/x[1]).", [{"url": "https://a.example/x[1]"}]),
        ('"vimeo";"2"\nvimeo\t3\nvimeo:4,My film', coded("2", "3", "4")),
        ("bluesky:a.b/3l4", coded("a.b/3l4", platform="bluesky")),
    ],
)
def test_a_line_names_its_videos(text: str, expected: list[Any]) -> None:
    assert items(text) == expected


@pytest.mark.parametrize(
    "line",
    [
        "vimeo:1, vimeo:2",
        "vimeo:1;vimeo:2",
        "vimeo:1\tvimeo:2",
        '"vimeo:1", "vimeo:2"',
        "vimeo:1, a title, vimeo:2.",
        "vimeo:1 | 4.5/5 | Bunny: the film | 12:30 | vimeo:2",
    ],
)
def test_each_code_on_a_line_is_a_video(line: str) -> None:
    assert items(line) == coded("1", "2")


def test_links_and_codes_share_a_line() -> None:
    assert items("vimeo.com/1, vimeo.com/2") == [{"url": "https://vimeo.com/1"}, {"url": "https://vimeo.com/2"}]
    assert items(f"{FILM}, vimeo:1, youtu.be/aqz-KE-bpKQ") == [{"url": FILM}, *coded("1"), {"url": BUNNY}]
    assert items(f"vimeo:1, {FILM}") == [*coded("1"), {"url": FILM}]
    assert items("https://cdn.example/w_1,h_2/a.mp4, vimeo:1")[1:] == coded("1")


@pytest.mark.parametrize("beside", ["Bunny: the film", "12:30", "4.5/5", "AWS re:Invent", "a.b/c d"])
def test_what_stands_beside_a_link_is_no_second_video(beside: str) -> None:
    assert items(f"{FILM}, {beside}") == items(f"{beside} | {FILM}") == [{"url": FILM}]


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
    (entry,) = read("title,url\nx,nothing").entries

    assert entry.fault == "no link, and no platform:code"


def test_columns_that_name_no_video_are_told() -> None:
    assert read(f"title,url,by\nx,{BUNNY},me").unused == ("title", "by")


def test_each_entry_knows_its_line() -> None:
    table = f'vimeo:1\ntitle,url\n"a\nb",{BUNNY}\nx,{FILM}'

    assert [entry.line for entry in read(table).entries] == [1, 3, 5]


def test_an_object_on_a_line_that_is_broken_hides_no_other() -> None:
    first, broken, twice, last = read(
        '{"platform":"vimeo","code":"1"}\n{"code":\n{"code":"1","code":"2"}\nvimeo:2'
    ).entries

    assert [*coded("1", "2"), None, None] == [first.item, last.item, broken.item, twice.item]
    assert (2, 3) == (broken.line, twice.line)
    assert "begins like JSON and is broken" in (broken.fault or "")
    assert "says something twice: #/code" in (twice.fault or "")


@pytest.mark.parametrize(
    ("text", "faulty"),
    [
        ('{"url": "https://vimeo.com/1"\nvimeo:1\nvimeo:2', [1]),
        ('{"url": "https://vimeo.com/1"\n{"platform": "vimeo", "code": "1"}\nvimeo:2', [1]),
        ('{"platform": "vimeo", "code": "1"},\n{"code" "3"},\n{"platform": "vimeo", "code": "2"}', [2]),
    ],
)
def test_a_broken_object_among_lines_hides_no_other_wherever_it_stands(text: str, faulty: list[int]) -> None:
    entries = list(read(text).entries)

    assert coded("1", "2") == [entry.item for entry in entries if entry.item]
    assert faulty == [entry.line for entry in entries if entry.fault]


@pytest.mark.parametrize(
    "path", ["/films/a.mp4", "./a", "~/a.mkv", "file:///a.mp4", r"C:\films\a.mp4", "my film.MOV", "a.gif"]
)
def test_a_file_is_told_how_it_is_processed(path: str) -> None:
    (entry,) = read(path).entries

    assert "vxpipe run FILE" in (entry.fault or "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'["vimeo:1", {{"url": "{FILM}"}}]', [*coded("1"), {"url": FILM}]),
        ('{"platform":"vimeo","code":"1"}\n{"platform":"vimeo","code":"2"}', coded("1", "2")),
        (f'{{"url": "{FILM}", "options": {{"sheet": false}}}}', [{"url": FILM, "options": {"sheet": False}}]),
        ("[3, null]", [3, None]),
        ('[{"platform": "vimeo", "code": 76979871}]', coded("76979871")),
        ('{"platform": "vimeo", "code": 12345678901234567890123}', coded("12345678901234567890123")),
        ('[{"platform": "vimeo", "code": true}]', [{"platform": "vimeo", "code": True}]),
        ('{"platform":"vimeo","code":"1"}\n\nvimeo:2\n{"code": 3}\n', [*coded("1", "2"), {"code": "3"}]),
        ('{"platform":"vimeo","code":"1"},\n{"platform":"vimeo","code":"2"},\n', coded("1", "2")),
        ('  {\n  "platform": "vimeo",\n  "code": "1"\n  },\n  {"platform": "vimeo", "code": "2"},', coded("1", "2")),
        ('"vimeo:1",\n"vimeo:2"', coded("1", "2")),
        ('{"platform":"vimeo","code":"1"}, {"platform":"vimeo","code":"2"}', coded("1", "2")),
        ('{"platform":"vimeo","code":"1"}, "vimeo:2",\nvimeo:3', coded("1", "2", "3")),
        ('vimeo:1\n{"platform":"vimeo","code":"2"},{"platform":"vimeo","code":"3"}', coded("1", "2", "3")),
        ('["vimeo:1"],', coded("1")),
        ('\n{"items": ["vimeo:1", "vimeo:2"]},\n', coded("1", "2")),
    ],
)
def test_json_is_taken_as_the_api_takes_it(text: str, expected: list[Any]) -> None:
    assert items(text) == expected


def test_what_a_batch_in_json_says_besides_its_items_is_kept() -> None:
    listed = read('{"items": [\n"vimeo:1",\n"vimeo:1"],\n"labels": {"p": "x"}, "options": {"sheet": false}}')

    assert listed.besides == {"labels": {"p": "x"}, "options": {"sheet": False}}
    assert [(entry.line, entry.item) for entry in listed.entries] == [(2, coded("1")[0]), (3, coded("1")[0])]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ('{"items": [\n{"url": "x"},\n]}', 3, "line 3, column 1: a comma with nothing behind it"),
        ('{"items": 3}', 1, "`items` must be a list"),
        ('{"url": "a", "url": "b"}', 1, "says something twice"),
        (
            '{"items": [{"url": "x"},\n{"url": "y"}',
            2,
            "line 2, column 12: the text ends before a bracket or",
        ),
        ('{"url": "x"\n"code": "y"}', 2, "`,` or a closing bracket is missing"),
        ("[", 1, "the text ends"),
        ('[""]', 1, "empty"),
        ("hello", 1, "no link, and no platform:code"),
        ("ftp://x.example/y.mp4", 1, "a link has to begin with https:// or http://"),
        ("x" * 20_000, 1, "longer than any link"),
        (json.dumps(["x" * 200_000]), 1, "longer than any link"),
        ('["a\nb"]', 2, "a line break or another control character inside quotation marks"),
        ("[{'url': 1}, {\n\"a\": 1}]", 1, "a name has to stand in double quotation marks"),
        ('["a" "b"]', 1, "`,` or a closing bracket is missing"),
        ('["\\x"]', 1, "begins like JSON and is broken at line 1, column 4: invalid escape"),
        ('["a\\nb"]', 1, "no link, and no platform:code"),
        ('["a\\rb"]', 1, "no link, and no platform:code"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text: str, line: int, why: str) -> None:
    (entry,) = read(text).entries

    assert entry.line == line
    assert why in (entry.fault or "")


def test_a_broken_object_on_a_line_is_told_by_the_line_of_the_text() -> None:
    good, broken = read('https://vimeo.com/1\n{"url": "x"').entries

    assert good.fault is None
    assert "broken at line 2, column 11" in (broken.fault or "")


def test_a_text_that_is_shown_in_part_says_so() -> None:
    (entry,) = read('{"a": ' + "word " * 40).entries

    assert len(entry.text) == 80
    assert entry.text.endswith("...")
