"""The operator's folder: wrong things in it are named at the start, and changes are taken up later."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from unit.engine.fetch.test_cookies import line
from vxpipe.engine.fetch.credentials import NO_CREDENTIALS, Credentials
from vxpipe.engine.fetch.platforms import Platform
from vxpipe.engine.fetch.registry import Registry
from vxpipe.engine.fetch.vault import Vault
from vxpipe.errors import ConfigError

REGISTRY = Registry()
LATER = "2000000000"


def vault(folder: Path | None, *, now: datetime = datetime(2026, 11, 22, tzinfo=UTC)) -> Vault:
    return Vault(folder, REGISTRY, now=lambda: now)


def row(name: str) -> Platform:
    found = REGISTRY.platform(name)
    assert found is not None
    return found


def values(credentials: Credentials) -> list[str]:
    return [cookie.value for cookie in credentials.cookies or ()]


def youtube(folder: Path, value: str = "s3cret-value", *, expires: str = LATER, domain: str = ".youtube.com") -> Path:
    path = folder / "youtube.cookies.txt"
    path.write_text(line(domain=domain, value=value, expires=expires) + "\n")
    path.chmod(0o600)
    return path


# At the start


def test_a_folder_of_right_files_passes_without_doubts_and_what_is_hidden_counts_for_nothing(tmp_path: Path) -> None:
    youtube(tmp_path)
    (tmp_path / "x.keys.json").write_text('{"twitter": {"api": ["graphql"]}}')
    (tmp_path / "x.keys.json").chmod(0o600)
    (tmp_path / "..data").mkdir()  # as Kubernetes mounts a secret
    (tmp_path / ".DS_Store").write_text("")
    checked = vault(tmp_path)

    checked.check()

    assert checked.doubts() == []


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("youtube.cookies.txt", "s3cret-value", "youtube.cookies.txt: line 1: 7 fields"),
        (
            "youtube.cookies.txt",
            line(domain=".youtube.com") + "\ns3cret-value",
            "youtube.cookies.txt: line 2: 7 fields",
        ),
        ("youtube.cookies.txt", "", "it holds no cookie of youtube.com"),
        ("youtube.cookies.txt", line(domain=".google.com"), "it holds no cookie of youtube.com"),
        ("x.cookies.txt", line(domain=".youtube.com"), "it holds no cookie of x.com or twitter.com"),
        ("youtube.cookies.txt", "#" * (1 << 20) + "\n", "larger than 1 MiB"),
        ("youtube.cookies.txt", "# bytes\n\udcff", "line 2: this is not UTF-8"),
        ("youtube.keys.json", "s3cret-value", "youtube.keys.json: this is not JSON"),
        ("atlantis.cookies.txt", line(), "no platform has this name"),
        ("youtube_shorts.cookies.txt", line(), "what is for YouTube Shorts is looked for in youtube.cookies.txt"),
        ("twitter.keys.json", "{}", "what is for X (Twitter) is looked for in x.keys.json"),
        ("YouTube.cookies.txt", line(), "what is for YouTube is looked for in youtube.cookies.txt"),
        ("youtube.cookie.txt", line(), "is neither PLATFORM.cookies.txt nor PLATFORM.keys.json"),
        ("cookies.txt", line(), "is neither PLATFORM.cookies.txt nor PLATFORM.keys.json"),
    ],
)
def test_what_is_wrong_is_named_by_file_and_line_and_not_quoted(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8", errors="surrogateescape")

    with pytest.raises(ConfigError, match=r"^VXPIPE_CREDENTIALS_DIR: ") as refused:
        vault(tmp_path).check()

    assert f"{tmp_path}/" in str(refused.value)
    assert said in str(refused.value)
    assert "s3cret-value" not in str(refused.value)


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"VXPIPE_CREDENTIALS_DIR: .*/nowhere cannot be read: No such file"):
        vault(tmp_path / "nowhere").check()


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "youtube.cookies.txt").symlink_to("youtube.cookies.txt")  # root may read everything else

    with pytest.raises(ConfigError, match="cannot be read: Too many levels of symbolic links"):
        vault(tmp_path).check()


def test_something_that_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "youtube.cookies.txt")

    with pytest.raises(ConfigError, match="this is not a file"):
        vault(tmp_path).check()


def test_a_file_for_everybody_to_read_and_one_that_has_expired_are_doubted(tmp_path: Path) -> None:
    youtube(tmp_path, expires="1000000000").chmod(0o644)
    checked = vault(tmp_path)

    checked.check()

    open_to_all, expired = checked.doubts()
    assert "can be read by every user" in open_to_all
    assert "every cookie in" in expired
    assert "has expired" in expired


async def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path: Path) -> None:
    path = youtube(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert values(await vault(tmp_path).open(row("youtube"))) == ["s3cret-value"]


# For a download


async def test_cookies_are_for_their_site_alone_whichever_row_of_it(tmp_path: Path) -> None:
    youtube(tmp_path)
    opened = vault(tmp_path)

    got = {name: values(await opened.open(row(name))) for name in ("youtube", "youtube_shorts", "youtube_clip", "x")}

    assert got == {name: ["s3cret-value"] if "youtube" in name else [] for name in got}


async def test_without_a_folder_there_is_nothing_for_anyone() -> None:
    assert await vault(None).open(row("youtube")) == NO_CREDENTIALS


async def test_expired_cookies_are_left_at_home_with_a_warning(tmp_path: Path) -> None:
    youtube(tmp_path, expires="1000000000")

    with capture_logs() as logs:
        credentials = await vault(tmp_path).open(row("youtube"))

    assert credentials.cookies == ()
    assert [each["event"] for each in logs] == ["cookies.expired"]


async def test_a_changed_file_is_taken_up_by_the_next_download(tmp_path: Path) -> None:
    opened = vault(tmp_path)
    before = await opened.open(row("youtube"))
    youtube(tmp_path, "first")
    first = await opened.open(row("youtube"))
    (tmp_path / "new").write_text(line(domain=".youtube.com", value="second"))
    (tmp_path / "new").replace(tmp_path / "youtube.cookies.txt")
    second = await opened.open(row("youtube"))

    assert [values(each) for each in (before, first, second)] == [[], ["first"], ["second"]]


async def test_a_secret_that_kubernetes_replaces_is_taken_up(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / f"..{name}").mkdir()
        youtube(tmp_path / f"..{name}", name)
    (tmp_path / "..data").symlink_to("..first")
    (tmp_path / "youtube.cookies.txt").symlink_to("..data/youtube.cookies.txt")
    opened = vault(tmp_path)
    opened.check()
    first = await opened.open(row("youtube"))
    (tmp_path / "..data_tmp").symlink_to("..second")
    (tmp_path / "..data_tmp").replace(tmp_path / "..data")

    assert [values(first), values(await opened.open(row("youtube")))] == [["first"], ["second"]]


async def test_a_file_that_has_become_wrong_leaves_in_force_what_was_read_before_until_it_is_right_again(
    tmp_path: Path,
) -> None:
    opened = vault(tmp_path)
    path = youtube(tmp_path, "before")
    await opened.open(row("youtube"))

    path.write_text("half of a s3cret-value")
    with capture_logs() as logs:
        meanwhile = await opened.open(row("youtube"))
    youtube(tmp_path, "after")
    with capture_logs() as later:
        after = await opened.open(row("youtube"))

    assert [values(each) for each in (meanwhile, after)] == [["before"], ["after"]]
    assert [(each["event"], each["text"]) for each in logs] == [
        ("credentials.refused", "youtube.cookies.txt: line 1: 7 fields with tabs between them are wanted, not 1")
    ]
    assert later == []


async def test_a_file_that_is_gone_takes_its_cookies_away(tmp_path: Path) -> None:
    opened = vault(tmp_path)
    path = youtube(tmp_path)
    await opened.open(row("youtube"))
    path.unlink()

    assert await opened.open(row("youtube")) == NO_CREDENTIALS


async def test_of_every_platform_it_is_told_whether_there_is_something_and_when_it_ends(tmp_path: Path) -> None:
    youtube(tmp_path)
    (tmp_path / "x.keys.json").write_text('{"twitter": {"api": ["graphql"]}}')

    facts = await vault(tmp_path).facts()

    assert {name for name, each in facts.items() if each.cookies} == {"youtube", "youtube_shorts", "youtube_clip"}
    assert {name for name, each in facts.items() if each.keys} == {"x"}
    assert facts["youtube"].expires == datetime.fromtimestamp(int(LATER), UTC)
    assert set(facts) == {each.name for each in REGISTRY.platforms}
