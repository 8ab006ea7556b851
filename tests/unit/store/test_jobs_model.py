"""Whatever is asked of the store in whatever order, with kills in between: it agrees with a model of a few lines."""

import asyncio
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from fakes import START, job
from vxpipe.errors import Invalid
from vxpipe.model import Artifact, Event, EventKind, Failure, ItemKey, ItemStatus, LogLine, Outcome
from vxpipe.ports import Entry
from vxpipe.store.database import Database
from vxpipe.store.jobs import SqlStore
from vxpipe.store.migrations import upgrade

MOST_DEATHS = 2
FAILURE = Failure(code="network", message="reset", retryable=True, hint="try again")
ENDED = ("success", "failed", "cancelled")
WHICH = st.integers(0, 30)


@dataclass
class ItemModel:
    status: str = "waiting"
    attempt: int = 1
    tries: int = 0
    deaths: int = 0
    files: int = 0


@dataclass
class JobModel:
    items: list[ItemModel]
    digest: str | None
    is_unwanted: bool = False
    ends: int = 0
    ended_at: datetime | None = None
    told: list[Event] = field(default_factory=list)

    @property
    def status(self) -> str:
        states = {item.status for item in self.items}
        if states <= set(ENDED):
            if states == {"success"}:
                return "completed"
            return "cancelled" if self.is_unwanted or states == {"cancelled"} else "failed"
        return "pending" if states == {"waiting"} else "running"


@cache
def empty() -> bytes:
    """A database without jobs: to make one takes as long as many steps."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.db"
        upgrade(path)
        return path.read_bytes()


class StoreModel(RuleBasedStateMachine):
    """The store against the model."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(prefix="vxpipe-model-")
        self.path = Path(self.folder.name) / "x.db"
        self.path.write_bytes(empty())
        self.moment = START
        self.jobs: dict[str, JobModel] = {}
        self.keys: dict[str, str] = {}
        self.count = 0
        self.open()

    def open(self) -> None:
        self.database = Database(self.path, told=self.hear)
        self.store = SqlStore(self.database, now=self.now)

    def now(self) -> datetime:
        self.moment += timedelta(milliseconds=1)
        return self.moment

    def hear(self, events: Any) -> None:
        for event in events:
            if event.job_id in self.jobs:
                self.jobs[event.job_id].told.append(event)

    def run(self, question: Any) -> Any:
        return self.runner.run(question)

    def pick(self, which: int, status: str) -> tuple[ItemKey, ItemModel, JobModel] | None:
        found = [
            (ItemKey(name, index), item, made)
            for name, made in self.jobs.items()
            for index, item in enumerate(made.items)
            if item.status == status
        ]
        return found[which % len(found)] if found else None

    def job_at(self, which: int) -> tuple[str, JobModel]:
        return list(self.jobs.items())[which % len(self.jobs)]

    def settle(self) -> None:
        """Note the jobs that have ended by what was just done."""
        for made in self.jobs.values():
            if made.status in ("completed", "failed", "cancelled") and made.ended_at is None:
                made.ends += 1
                made.ended_at = self.moment

    @precondition(lambda self: len(self.jobs) < 3)
    @rule(size=st.integers(1, 2), key=st.sampled_from(["k", None]), digest=st.sampled_from("de"))
    def submit(self, size: int, key: str | None, digest: str) -> None:
        self.count += 1
        name, earlier = f"job-{self.count:03}", self.keys.get(key or "")
        self.jobs[name] = JobModel([ItemModel() for _ in range(size)], digest if key else None)
        asked = self.store.create_job(job(name, *["abc"] * size), idempotency=(key, digest) if key else None)
        if earlier is None:
            assert self.run(asked) == name
            if key:
                self.keys[key] = name
            return
        del self.jobs[name]
        try:
            assert (self.run(asked), self.jobs[earlier].digest) == (earlier, digest)
        except Invalid:
            assert self.jobs[earlier].digest != digest

    @rule(which=WHICH, is_late=st.booleans())
    def start(self, which: int, is_late: bool) -> None:
        if found := self.pick(which, "waiting"):
            key, item, _ = found
            begun = self.run(self.store.start_item(Entry(key, item.attempt - is_late, "fake")))
            assert (begun is None) == is_late
            if not is_late:
                item.status = "processing"

    @rule(which=WHICH, is_late=st.booleans(), is_good=st.booleans())
    def conclude(self, which: int, is_late: bool, is_good: bool) -> None:
        if found := self.pick(which, "processing"):
            key, item, _ = found
            file = Artifact(
                id=f"{key.job_id}-{key.index}", kind="frame", name="x.jpg", path="p", bytes=1, sha256="0" * 64
            )
            good = Outcome(status=ItemStatus.SUCCESS, frames=1, artifacts=(file,))
            outcome = good if is_good else Outcome(status=ItemStatus.FAILED, error=FAILURE)
            done = self.run(self.store.conclude_item(key, item.attempt - is_late, outcome))
            assert done != is_late
            if done:
                item.status, item.tries, item.files = outcome.status.value, item.tries + (not is_good), int(is_good)
                self.settle()

    @rule(which=WHICH, is_good=st.booleans())
    def work(self, which: int, is_good: bool) -> None:
        self.start(which, is_late=False)
        self.conclude(which, is_late=False, is_good=is_good)

    @rule(which=WHICH)
    def postpone(self, which: int) -> None:
        if found := self.pick(which, "processing"):
            key, item, made = found
            again = self.run(self.store.retry_item(key, item.attempt, at=self.moment, failure=FAILURE))
            assert again != made.is_unwanted
            if again:
                item.status, item.attempt, item.tries = "waiting", item.attempt + 1, item.tries + 1
            else:
                item.status = "cancelled"
                self.settle()

    @rule(which=WHICH)
    def release(self, which: int) -> None:
        if found := self.pick(which, "processing"):
            key, item, _ = found
            assert self.run(self.store.release_item(key, item.attempt))
            item.status, item.attempt = "waiting", item.attempt + 1

    @precondition(lambda self: self.jobs)
    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        name, made = self.job_at(which)
        running = self.run(self.store.cancel_job(name))
        if made.ended_at is not None:
            assert running is None
            return
        made.is_unwanted = True
        for item in made.items:
            item.status = "cancelled" if item.status == "waiting" else item.status
        at_work = [index for index, item in enumerate(made.items) if item.status == "processing"]
        assert [key.index for key in running] == at_work
        self.settle()

    @precondition(lambda self: self.jobs)
    @rule(which=WHICH)
    def retry(self, which: int) -> None:
        name, made = self.job_at(which)
        entries = self.run(self.store.retry_job(name))
        again = [item for item in made.items if item.status in ("failed", "cancelled")] if made.ended_at else []
        for item in again:
            item.status, item.attempt, item.tries, item.deaths = "waiting", item.attempt + 1, 0, 0
        assert [entry.attempt for entry in entries] == [item.attempt for item in again]
        if again:
            made.is_unwanted, made.ended_at = False, None

    @precondition(lambda self: self.jobs)
    @rule(which=WHICH, is_sweep=st.booleans(), is_purged=st.booleans())
    def delete(self, which: int, is_sweep: bool, is_purged: bool) -> None:
        name, made = self.job_at(which)
        by = self.moment - timedelta(milliseconds=30) if is_sweep else None
        gone = self.run(self.store.delete_job(name, ended_by=by))
        assert gone == (made.ended_at is not None and (by is None or made.ended_at <= by))
        if gone:
            del self.jobs[name]
            self.keys = {key: other for key, other in self.keys.items() if other != name}
        if is_purged:
            self.run(self.store.purge())

    @rule(which=WHICH)
    def log(self, which: int) -> None:
        names = [*self.jobs, "nobody"]
        line = LogLine(job_id=names[which % len(names)], ts=self.moment, level="INFO", msg="x", event="test.said")
        self.run(self.store.append_logs([line]))

    @rule()
    def kill_and_start(self) -> None:
        self.run(self.database.close())
        self.open()
        entries = self.run(self.store.requeue_unfinished(max_attempts=MOST_DEATHS))
        for made in self.jobs.values():
            for item in made.items:
                self.pick_up(item, made)
        waiting = {
            (name, index, item.attempt)
            for name, made in self.jobs.items()
            for index, item in enumerate(made.items)
            if item.status == "waiting"
        }
        assert {(entry.key.job_id, entry.key.index, entry.attempt) for entry in entries} == waiting
        assert len(entries) == len(waiting)
        self.settle()

    @staticmethod
    def pick_up(item: ItemModel, made: JobModel) -> None:
        if made.is_unwanted and item.status in ("waiting", "processing"):
            item.status = "cancelled"
        elif item.status == "processing":
            item.deaths += 1
            item.status = "failed" if item.deaths >= MOST_DEATHS else "waiting"
            item.attempt += item.status == "waiting"

    @invariant()
    def jobs_and_items_stand_where_the_model_says(self) -> None:
        assert {found.id for found in self.run(self.store.unfinished())} == {
            name for name, made in self.jobs.items() if made.ended_at is None
        }
        for name, made in self.jobs.items():
            found = self.run(self.store.job(name))
            stands = [(item.status.value, item.attempt, item.tries) for item in found.items]
            assert stands == [(item.status, item.attempt, item.tries) for item in made.items]
            assert (found.status.value, found.finished_at is not None) == (made.status, made.ended_at is not None)
            assert len(self.run(self.store.artifacts(name, limit=1000))) == sum(item.files for item in made.items)

    @invariant()
    def the_story_of_a_job_has_no_gap_and_ends_where_it_ended(self) -> None:
        for name, made in self.jobs.items():
            story = list(self.run(self.store.events(name, after=0, limit=10_000)))
            states = [event.data["status"] for event in story if event.kind is EventKind.STATUS]
            assert [event.seq for event in story] == list(range(1, len(story) + 1))
            assert story == made.told
            assert sum(state in ("completed", "failed", "cancelled") for state in states) == made.ends
            assert states[-1] == made.status
            if made.ended_at is not None:
                assert story[-1].kind is EventKind.STATUS

    def teardown(self) -> None:
        self.run(self.store.purge())
        for name in self.jobs:
            assert self.run(self.store.head(name)) is not None
        self.run(self.database.close())
        self.runner.close()
        self.folder.cleanup()


TestStoreModel = StoreModel.TestCase
TestStoreModel.settings = settings(max_examples=10, stateful_step_count=50, deadline=None)
