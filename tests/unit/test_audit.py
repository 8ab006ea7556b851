"""The audit itself: a sound service passes, and each invariant is missed where it is broken."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from audit import INVARIANTS, Scene, audit
from fakes import START, CountingIds, SteppingClock, job
from vxpipe.model import Failure, ItemKey, ItemStatus, LogLine, Outcome
from vxpipe.ports import Entry, OutputFile
from vxpipe.store.artifacts import FolderArtifacts
from vxpipe.store.database import Database
from vxpipe.store.jobs import SqlStore
from vxpipe.store.migrations import upgrade

SECRET = "hunter2-of-the-operator"
GONE = Failure(code="removed", message="gone", retryable=False, hint="")
PICTURE = b"\xff\xd8\xff picture \xff\xd9"


@dataclass(kw_only=True)
class Ground:
    """A data folder after two items, one that succeeded at the second attempt and one that failed."""

    data: Path
    scene: Scene

    def sql(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.data / "vxpipe.db")) as database, database:
            for statement in statements:
                database.execute(statement)

    def file(self, name: str, content: bytes) -> None:
        path = self.data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


@pytest.fixture
async def ground(tmp_path: Path) -> Ground:
    upgrade(tmp_path / "vxpipe.db")
    database = Database(tmp_path / "vxpipe.db", told=lambda _: None)
    store = SqlStore(database, now=SteppingClock())
    artifacts = FolderArtifacts(tmp_path / "artifacts", new_id=CountingIds())
    await store.create_job(job("j", "abc", "def"), idempotency=("k", "digest"))
    first, second = ItemKey("j", 0), ItemKey("j", 1)
    await store.start_item(Entry(first, 1, "fake"))
    await store.note_progress(first, 1, progress=40, stage="analyse")
    await store.append_logs([LogLine(job_id="j", ts=START, level="INFO", msg="hello", event="test.said", item=0)])
    await store.retry_item(first, 1, at=START, failure=GONE)
    await store.start_item(Entry(first, 2, "fake"))
    out = tmp_path / "work" / "out"
    (out / "frames").mkdir(parents=True)
    (out / "frames" / "1.jpg").write_bytes(PICTURE)
    files = await artifacts.publish(out, "j/0-fake-abc", [OutputFile(kind="frame", name="frames/1.jpg", t=0.0)])
    await store.conclude_item(first, 2, Outcome(status=ItemStatus.SUCCESS, frames=1, artifacts=files))
    await store.start_item(Entry(second, 1, "fake"))
    await store.conclude_item(second, 1, Outcome(status=ItemStatus.FAILED, error=GONE))
    last = await store.head("j")
    await database.close()
    assert last is not None
    heard = list(range(1, last.last_seq + 1))
    scene = Scene(
        data=tmp_path, idle=True, accepted=["j"], heard={"j": [heard]}, named={"k": ["j", "j"]}, secrets=[SECRET]
    )
    return Ground(data=tmp_path, scene=scene)


def test_a_service_that_did_all_it_promised_passes(ground: Ground) -> None:
    assert audit(ground.scene) == []


Plant = Callable[[Ground], Scene | None]
END = "(SELECT max(seq) FROM events WHERE kind = 'item' AND data LIKE '%\"index\":0,%')"


def told_again(data: str) -> str:
    """One more event at the end of the story."""
    return (
        "INSERT INTO events (job_id, seq, kind, ts, data) "
        f"SELECT 'j', last_seq + 1, 'item', 0, {data} FROM jobs WHERE id = 'j'"
    )


GROW = "UPDATE jobs SET last_seq = last_seq + 1"
SAME = f"(SELECT data FROM events WHERE seq = {END})"
FALLEN = f"replace({SAME}, '\"progress\":100', '\"progress\":9')"
EARLIER = f"replace({SAME}, '\"attempt\":2', '\"attempt\":1')"

PLANTS: list[tuple[str, str, Plant]] = [
    ("I1", "a job is lost", lambda g: replace(g.scene, accepted=["j", "k"])),
    ("I1", "an item never ends", lambda g: g.sql('UPDATE items SET status = \'waiting\' WHERE "index" = 1')),
    ("I1", "an ended item changes", lambda g: g.sql("UPDATE items SET status = 'failed' WHERE \"index\" = 0")),
    ("I2", "an item ends twice", lambda g: g.sql(told_again(SAME), GROW)),
    ("I2", "a job is not what its items are", lambda g: g.sql("UPDATE jobs SET status = 'completed'")),
    ("I3", "an event is missing", lambda g: g.sql("DELETE FROM events WHERE seq = 3")),
    ("I3", "a reader missed one", lambda g: replace(g.scene, heard={"j": [[1, 2, 4]]})),
    ("I3", "a reader heard one twice", lambda g: replace(g.scene, heard={"j": [[*g.scene.heard["j"][0], 5]]})),
    ("I4", "progress falls", lambda g: g.sql(told_again(FALLEN), GROW)),
    ("I4", "an attempt comes back", lambda g: g.sql(told_again(EARLIER), GROW)),
    ("I4", "an item is begun for ever", lambda g: g.sql("UPDATE items SET attempt = 9")),
    ("I5", "a file is gone", lambda g: (g.data / "artifacts/j/0-fake-abc/frames/1.jpg").unlink()),
    ("I5", "a file is another", lambda g: g.file("artifacts/j/0-fake-abc/frames/1.jpg", b"\xff\xd8\xff\xff\xd9")),
    ("I5", "a picture is none", lambda g: g.sql("UPDATE artifacts SET path = path || '.png'")),
    ("I5", "nobody lists a file", lambda g: g.file("artifacts/j/1-fake-def/frames/1.jpg", PICTURE)),
    ("I6", "a child lives on", lambda g: replace(g.scene, processes=["ffmpeg"])),
    ("I7", "work is left", lambda g: g.file("work/j/0/2/src", b"video")),
    ("I8", "a file of another attempt", lambda g: g.sql("UPDATE artifacts SET item = 1")),
    ("I8", "fewer frames than told", lambda g: g.sql("UPDATE items SET frames = 2 WHERE frames = 1")),
    ("I9", "a key makes two jobs", lambda g: replace(g.scene, named={"k": ["j", "i"]})),
    ("I10", "a failure without a name", lambda g: g.sql("UPDATE items SET error = NULL")),
    ("I10", "an answer breaks", lambda g: replace(g.scene, answers=[200, 500, 503])),
    ("I10", "a secret in the log", lambda g: replace(g.scene, said=f"cookie {SECRET}")),
    ("I10", "a secret in an event", lambda g: g.sql(f"UPDATE events SET data = replace(data, 'hello', '{SECRET}')")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "plant"), [(name, plant) for name, _, plant in PLANTS], ids=[f"{n} {t}" for n, t, _ in PLANTS]
)
def test_a_planted_violation_is_found(ground: Ground, name: str, plant: Plant) -> None:
    scene = plant(ground) or ground.scene

    assert name in {fault.partition(":")[0] for fault in audit(scene)}


def test_every_invariant_is_shown_to_fail() -> None:
    assert {name for name, _, _ in PLANTS} == set(INVARIANTS)


def test_work_in_progress_is_no_violation(ground: Ground) -> None:
    ground.sql(
        "UPDATE items SET status = 'processing', error = NULL WHERE \"index\" = 1", "UPDATE jobs SET status = 'running'"
    )
    ground.sql("DELETE FROM events WHERE seq > (SELECT max(seq) - 2 FROM events)")
    ground.sql("UPDATE jobs SET last_seq = last_seq - 2")
    ground.file("work/j/1/1/src", b"video")
    ground.file("artifacts/j/1-fake-def/frames/1.jpg", PICTURE)

    assert audit(replace(ground.scene, idle=False, heard={"j": [[1, 2, 3]]})) == []
