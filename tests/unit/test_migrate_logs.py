"""Old job records: what a line of their log becomes, and that nothing else changes."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from vxpipe import old_logs
from vxpipe.cli import cli
from vxpipe.errors import ConfigError
from vxpipe.migrate_logs import migrate
from vxpipe.model import instant

BEGUN = datetime(2024, 1, 1, tzinfo=UTC)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
records = st.dictionaries(st.text().filter(lambda key: key not in {"log", "logs"}), json_values, max_size=5)
texts = st.text(st.characters(blacklist_categories=("Cs",)))


@pytest.mark.parametrize(
    ("line", "ts", "level", "msg"),
    [
        ("2024-01-02 03:04:05,123 - vx.pipe - INFO - a: b", "2024-01-02T03:04:05.123Z", "INFO", "vx.pipe: a: b"),
        ("2024-01-02T03:04:05.123456+02:00 [warning  ] low", "2024-01-02T01:04:05.123Z", "WARNING", "low"),
        ("[2024-01-02 03:04:05] ERROR: it broke", "2024-01-02T03:04:05.000Z", "ERROR", "it broke"),
        ("2024-01-02 03:04:05.123 | CRITICAL | a:b:1 - c", "2024-01-02T03:04:05.123Z", "ERROR", "a:b:1 - c"),
        ("[INFO] 2024-01-02T03:04:05Z swapped", "2024-01-02T03:04:05.000Z", "INFO", "swapped"),
        ("2024/01/02 03:04:05 -5 degrees", "2024-01-02T03:04:05.000Z", "INFO", "-5 degrees"),
        ("2024-01-02 03:04:05 error opening", "2024-01-02T03:04:05.000Z", "INFO", "error opening"),
        ("2024-01-02 03:04:05 INFO   [download] 5%", "2024-01-02T03:04:05.000Z", "INFO", "[download] 5%"),
        ("[03:04:05] DEBUG x", "2024-01-01T03:04:05.000Z", "DEBUG", "x"),
        ("WARN:root:plain", "2024-01-01T00:00:00.000Z", "WARNING", "root:plain"),
        ("2024-01-02 03:04:05,678 [worker 1] ERROR - x", "2024-01-02T03:04:05.678Z", "ERROR", "[worker 1] x"),
        ("2024-01-02 03:04:05 [main] WARN  a.B - x [y]", "2024-01-02T03:04:05.000Z", "WARNING", "[main] a.B - x [y]"),
        ("2024-01-02 03:04:05 [download] to: x", "2024-01-02T03:04:05.000Z", "INFO", "[download] to: x"),
        ("[youtube] ERROR: gone", "2024-01-01T00:00:00.000Z", "ERROR", "[youtube] gone"),
        ("2024-01-02 03:04:05 ERROR", "2024-01-02T03:04:05.000Z", "ERROR", "ERROR"),
        ("Information, no level", "2024-01-01T00:00:00.000Z", "INFO", "Information, no level"),
        ("2024-13-45 01:02:03 no date", "2024-01-01T00:00:00.000Z", "INFO", "2024-13-45 01:02:03 no date"),
        ('{"ts":"2024-01-02T03:04:05Z","level":"error","msg":"hi"}', "2024-01-02T03:04:05.000Z", "ERROR", "hi"),
    ],
)  # fmt: skip
def test_time_and_level_are_read_out_of_the_usual_forms(line: str, ts: str, level: str, msg: str) -> None:
    assert [{"ts": ts, "level": level, "msg": msg}] == old_logs.entries(line, BEGUN)


def test_lines_without_a_time_belong_to_the_one_before_and_a_night_passes() -> None:
    log = "first\n2024-01-02 23:59:59 ERROR broken\n  File x\n\n00:00:01 next day\r\nlast"

    found = old_logs.entries(log)

    assert [(line["ts"], line["level"], line["msg"]) for line in found] == [
        (None, "INFO", "first"),
        ("2024-01-02T23:59:59.000Z", "ERROR", "broken"),
        ("2024-01-02T23:59:59.000Z", "ERROR", "  File x"),
        ("2024-01-03T00:00:01.000Z", "INFO", "next day"),
        ("2024-01-03T00:00:01.000Z", "INFO", "last"),
    ]


said = st.tuples(
    st.integers(0, 10**13).map(lambda passed: BEGUN + timedelta(milliseconds=passed)),
    st.sampled_from(["DEBUG", "INFO", "WARNING", "ERROR"]),
    st.text("abcäß 1", min_size=1).map(str.strip).filter(bool),
)


@given(st.lists(said))
def test_what_pythons_logging_wrote_comes_back(said: list[tuple[datetime, str, str]]) -> None:
    log = "\n".join(f"{ts:%Y-%m-%d %H:%M:%S},{ts.microsecond // 1000:03} {level} {msg}" for ts, level, msg in said)

    found = old_logs.entries(log)

    assert [(line["level"], line["msg"]) for line in found] == [(level, msg) for _, level, msg in said]
    assert [line["ts"] for line in found] == [instant(ts) for ts, _, _ in said]


@given(texts)
def test_no_word_of_a_log_is_lost_but_time_level_and_empty_lines(log: str) -> None:
    told = [line for line in old_logs.entries(log, BEGUN) if "fields" not in line]

    kept = sum(len(line["msg"].split()) for line in told)
    assert kept <= len(log.split())
    assert all(
        set(line) >= {"ts", "level", "msg"} and line["level"] in {"DEBUG", "INFO", "WARNING", "ERROR"} for line in told
    )


def logged(record: dict[str, Any], log: str, place: int) -> dict[str, Any]:
    """The record with a log at that place among its members."""
    members = list(record.items())
    return dict([*members[:place], ("log", log), *members[place:]])


@given(st.lists(st.tuples(records, texts, st.integers(0, 5))), st.sampled_from([None, 2]), st.booleans())
def test_all_but_the_log_stays_as_it_was_and_a_second_time_changes_nothing(
    parts: list[tuple[dict[str, Any], str, int]], indent: int | None, ascii_only: bool
) -> None:
    old = {f"job-{n}": logged(*part) for n, part in enumerate(parts)}
    text = json.dumps(old, indent=indent, ensure_ascii=ascii_only)

    done = old_logs.document(text)

    assert (done.records, done.changed) == (len(old), len(old))
    new = json.loads(done.text)
    assert list(new) == list(old)
    for job_id, record in new.items():
        assert ["logs" if name == "log" else name for name in old[job_id]] == list(record)
        assert record.pop("logs") == old_logs.entries(old[job_id]["log"])
        assert json.dumps(record) == json.dumps({k: v for k, v in old[job_id].items() if k != "log"})
    assert old_logs.document(done.text).text == done.text


NUMBERS = '{"a": {"n": 123456789012345678901234567890, "f": 1.10e+400, "log": "x", "u": "\\u00e4ä\\ud800", "s" : [ ]}}'


def test_numbers_escapes_and_spaces_keep_their_spelling() -> None:
    assert old_logs.document(NUMBERS).text == NUMBERS.replace(
        '"log": "x"', '"logs": [{"ts": null, "level": "INFO", "msg": "x"}]'
    )


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ('[{"log": "a"}, {"logs": []}, {"log": null}]', 2),
        ('{"jobId": "j", "log": "a\\nb", "meta": {"log": "stays"}}', 1),
        ('{"jobId": "j", "logs": [], "meta": {"log": "stays"}}', 0),
        ('{"j": {"log": ["no", "text"]}}', 0),
        ("{}", 0),
        ("\ufeff{}", 0),
        ('{"log": "a"}\n\n{"log": "b"}\r\n{"x": 1}', 2),
        ('{"log": "a"}\n', 1),
    ],
)
def test_documents_lists_and_ndjson_are_understood(tmp_path: Path, text: str, changed: int) -> None:
    path = tmp_path / "jobs.json"
    path.write_bytes(text.encode())

    done = migrate(path)

    assert done.changed == changed
    assert (tmp_path / "jobs.json.bak").exists() == bool(changed)
    assert migrate(path).changed == 0
    assert path.read_text().count("\n") == text.count("\n")


def test_numbers_in_a_json_line_that_json_does_not_know_stay_as_text() -> None:
    (line,) = old_logs.entries('{"msg": "x", "a": NaN, "b": -Infinity, "c": 1e999, "d": 1.5}')

    assert line["fields"] == {"a": "NaN", "b": "-Infinity", "c": "1e999", "d": 1.5}


BROKEN = {
    "cut": (b'{"a": {"log": "x"', "line 1"),
    "cut line": (b'{"log": "a"}\n{"log": "b"}\n{"log": ', "line 3"),
    "no record": (b'[{"log": "a"}, 7]', "record 2 is not"),
    "scalar": (b"7", "neither"),
    "both": (b'{"a": {"log": "x", "logs": [1]}}', "more than one"),
    "both in a line": (b'{"log": "x", "logs": [1]}\n{"log": "y"}', "line 1"),
    "no utf-8": (b'{"a": {"log": "\xff"}}', "UTF-8"),
    "empty": (b"", "not JSON"),
    "deep": (b"[" * 100_000, "deeply"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_named_and_left_alone(tmp_path: Path, name: str) -> None:
    content, said = BROKEN[name]
    path = tmp_path / f"{name}.json"
    path.write_bytes(content)

    with pytest.raises(ConfigError, match=said):
        migrate(path)

    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_the_old_file_is_kept_with_its_mode_and_an_earlier_one_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "jobs.json"
    (tmp_path / "jobs.json.bak").write_text("older")
    path.write_text('{"a": {"log": "x"}}')
    path.chmod(0o640)

    done = migrate(path)

    assert done.backup == tmp_path / "jobs.json.bak.2"
    assert done.backup.read_text() == '{"a": {"log": "x"}}'
    assert (tmp_path / "jobs.json.bak").read_text() == "older"
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_that_root_converts_stays_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "jobs.json"
    path.write_text('{"a": {"log": "x"}}')
    os.chown(path, 1234, 4321)

    migrate(path)

    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 4321)


def test_a_dry_run_writes_nothing_to_the_folder_not_even_for_a_moment(tmp_path: Path) -> None:
    path = tmp_path / "jobs.json"
    path.write_text('{"a": {"log": "x"}}')
    os.utime(tmp_path, (0, 0))

    assert migrate(path, dry_run=True).changed == 1

    assert tmp_path.stat().st_mtime == 0


def test_a_dry_run_says_what_it_would_do_and_does_nothing(tmp_path: Path) -> None:
    path = tmp_path / "jobs.json"
    path.write_text('{"a": {"log": "x\\ny"}}')

    said = CliRunner().invoke(cli, ["migrate-logs", str(path), "--dry-run"])

    assert (said.exit_code, said.output.strip()) == (0, f"{path}: 1 of 1 records would be converted, 2 log lines")
    assert [path] == list(tmp_path.iterdir())
    assert path.read_text() == '{"a": {"log": "x\\ny"}}'


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        migrate(tmp_path / "none.json")
