"""What must hold of a service at any moment, whatever was done to it: the ten invariants, one function each.

`audit` reads the database and the folders themselves, not what the service says of them.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from records import Records, Row, faults_of_file, read
from vxpipe.errors import FAILURES

_ENDED = {"success", "failed", "cancelled"}
_JOB_ENDED = {"completed", "failed", "cancelled"}
_RANK = {"waiting": 0, "processing": 1, "success": 2, "failed": 2, "cancelled": 2}


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A data folder, and what the test has seen from outside.

    `accepted` are jobs answered with 2xx and not deleted, `heard` the event numbers of each reader of a job over all
    its connections, `named` the jobs that an idempotency key was answered with, `answers` HTTP statuses, `processes`
    those that outlived the service, `said` its log. `idle`: nothing was left to do. `is_ours`: no other program wrote
    the pictures.
    """

    data: Path
    idle: bool = False
    is_ours: bool = True
    accepted: Collection[str] = ()
    heard: Mapping[str, Sequence[Sequence[int]]] = field(default_factory=dict)
    named: Mapping[str, Collection[str]] = field(default_factory=dict)
    answers: Collection[int] = ()
    processes: Collection[str] = ()
    secrets: Collection[str] = ()
    said: str = ""
    max_attempts: int = 5


def audit(scene: Scene) -> list[str]:
    """Every violation in words, an empty list when all is well."""
    found = read(scene.data)
    return [f"{name}: {fault}" for name, check in INVARIANTS.items() for fault in check(scene, found)]


def accepted_items_end(scene: Scene, records: Records) -> Iterator[str]:
    """I1: what was accepted is there and, once nothing is left to do, has ended; what has ended never changes."""
    for job_id in scene.accepted:
        if job_id not in records.jobs:
            yield f"job {job_id} was accepted and is not there"
    if scene.idle:
        yield from (
            f"item {key} is {row['status']}" for key, row in records.items.items() if row["status"] not in _ENDED
        )
        yield from (
            f"job {key} is {row['status']}" for key, row in records.jobs.items() if row["status"] not in _JOB_ENDED
        )
    for key, told in records.of_items():
        row = records.items.get(key)
        if row is None:
            yield f"item {key} was told of and is not there"
        elif told[-1]["status"] in _ENDED and (told[-1]["status"], told[-1]["attempt"]) != (
            row["status"],
            row["attempt"],
        ):
            yield f"item {key} was told to be {told[-1]['status']} and is {row['status']}"


def ends_are_told_once(_scene: Scene, records: Records) -> Iterator[str]:
    """I2: one end of each attempt and of each run of a job; the job is what its items make of it."""
    for key, told in records.of_items():
        ends = [said["attempt"] for said in told if said["status"] in _ENDED]
        if len(set(ends)) < len(ends):
            yield f"item {key} ended {len(ends)} times in attempts {ends}"
        if records.items[key]["status"] in _ENDED and told[-1]["status"] not in _ENDED:
            yield f"the end of item {key} was not told"
    for job_id, job in records.jobs.items():
        said = [event["data"]["status"] for event in records.events.get(job_id, []) if event["kind"] == "status"]
        if any(one in _JOB_ENDED and other in _JOB_ENDED for one, other in pairwise(said)):
            yield f"job {job_id} ended twice: {said}"
        if said[-1:] != [job["status"]]:
            yield f"job {job_id} is {job['status']}, told was {said[-1:]}"
        states = {row["status"] for (owner, _), row in records.items.items() if owner == job_id}
        if job["status"] != _of_items(states, is_unwanted=bool(job["cancel_requested"])):
            yield f"job {job_id} is {job['status']}, its items are {sorted(states)}"


def numbers_have_no_gap(scene: Scene, records: Records) -> Iterator[str]:
    """I3: the events of a job are 1..n; every reader heard them in order, none missing, none twice."""
    for job_id, job in records.jobs.items():
        numbers = [event["seq"] for event in records.events.get(job_id, [])]
        if numbers != list(range(1, job["last_seq"] + 1)):
            yield f"job {job_id} has events {_spans(numbers)}, its last is {job['last_seq']}"
        for heard in scene.heard.get(job_id, ()):
            whole = list(range(1, job["last_seq"] + 1)) if scene.idle else list(range(1, len(heard) + 1))
            if list(heard) != whole:
                yield f"a reader of job {job_id} heard {_spans(heard)} of 1..{job['last_seq']}"


def states_only_rise(scene: Scene, records: Records) -> Iterator[str]:
    """I4: within an attempt an item's state and progress never fall; attempts only grow, and within their bound."""
    for key, told in records.of_items():
        for one, other in pairwise(told):
            if other["attempt"] < one["attempt"]:
                yield f"item {key} went from attempt {one['attempt']} back to {other['attempt']}"
            if other["attempt"] > one["attempt"]:
                continue
            if _RANK[other["status"]] < _RANK[one["status"]] or other["progress"] < one["progress"]:
                yield f"item {key} fell from {_shown(one)} to {_shown(other)}"
    for key, row in records.items.items():
        if row["attempt"] - row["attempts_before"] - row["tries"] > scene.max_attempts:
            yield f"item {key} was begun {row['attempt']} times"


def files_are_what_rows_say(scene: Scene, records: Records) -> Iterator[str]:
    """I5: every listed file is there with its size and digest, and whole; what is not listed belongs to open work."""
    root = scene.data / "artifacts"
    for row in records.files:
        yield from faults_of_file(root / row["path"], row, is_ours=scene.is_ours)
    listed = {row["path"] for row in records.files}
    for path in (path for path in root.glob("*/*/**/*") if path.is_file()):
        name = path.relative_to(root)
        item = records.items.get((name.parts[0], _index(name.parts[1])))
        is_of_nobody = item["status"] in _ENDED if item else scene.idle  # a deleted job's files go a little later
        if name.as_posix() not in listed and is_of_nobody:
            yield f"nobody lists {name}"


def no_process_is_left(scene: Scene, _records: Records) -> Iterator[str]:
    """I6: nothing that the service started outlives it."""
    yield from (f"still runs: {line}" for line in scene.processes)


def work_folders_are_of_open_items(scene: Scene, records: Records) -> Iterator[str]:
    """I7: `work/` holds files of items that are being worked on, none otherwise."""
    work = scene.data / "work"
    for path in (path for path in work.rglob("*") if path.is_file()):
        job_id, index, *_ = path.relative_to(work).parts
        row = records.items.get((job_id, int(index))) if index.isdigit() else None
        if scene.idle or row is None or row["status"] in _ENDED:
            yield f"{path.relative_to(scene.data)} is left"


def only_the_last_attempt_counts(_scene: Scene, records: Records) -> Iterator[str]:
    """I8: no write of an attempt that was taken over: files are those of the success that is told, and of no other."""
    counted: dict[tuple[str, int], int] = {}
    for row in records.files:
        key = (row["job_id"], row["item"])
        counted[key] = counted.get(key, 0) + (row["kind"] == "frame")
        if key not in records.items or records.items[key]["status"] != "success":
            yield f"file {row['path']} is of an item that did not succeed"
    for key, row in records.items.items():
        if row["status"] == "success" and key in counted and counted[key] != row["frames"]:
            yield f"item {key} has {row['frames']} frames, {counted[key]} are listed"


def a_key_names_one_job(scene: Scene, records: Records) -> Iterator[str]:
    """I9: the same Idempotency-Key, the same answer, and no second job."""
    for key, answers in scene.named.items():
        if len(set(answers)) > 1:
            yield f"{key} was answered with {sorted(set(answers))}"
    names = [row["idempotency_key"] for row in records.jobs.values() if row["idempotency_key"]]
    yield from (f"{name} names two jobs" for name in {name for name in names if names.count(name) > 1})


def failures_have_names(scene: Scene, records: Records) -> Iterator[str]:
    """I10: a failed item has a code of the table, the service breaks no answer, and nobody hears a secret."""
    for key, row in records.items.items():
        code = json.loads(row["error"] or "{}").get("code")
        if (row["status"] == "failed") != (code in FAILURES):
            yield f"item {key} is {row['status']} with the code {code}"
    yield from (f"an answer was {status}" for status in scene.answers if status >= 500 and status not in {503, 507})
    for secret in scene.secrets:
        if secret in scene.said:
            yield f"the log tells {secret!r}"
        for job_id, story in records.events.items():
            yield from (
                f"event {event['seq']} of {job_id} tells {secret!r}" for event in story if secret in event["text"]
            )


INVARIANTS: Mapping[str, Callable[[Scene, Records], Iterator[str]]] = {
    "I1": accepted_items_end,
    "I2": ends_are_told_once,
    "I3": numbers_have_no_gap,
    "I4": states_only_rise,
    "I5": files_are_what_rows_say,
    "I6": no_process_is_left,
    "I7": work_folders_are_of_open_items,
    "I8": only_the_last_attempt_counts,
    "I9": a_key_names_one_job,
    "I10": failures_have_names,
}


def _of_items(states: Collection[str], *, is_unwanted: bool) -> str:
    """What a job with items in these states has to be: the promise once more in other words, not the code's own."""
    if states == {"waiting"}:
        return "pending"
    if not states <= _ENDED:
        return "running"
    if states == {"success"}:
        return "completed"
    return "failed" if "failed" in states and not is_unwanted else "cancelled"


def _shown(told: Row) -> str:
    return f"{told['status']} {told['progress']} %"


def _index(folder: str) -> int:
    """The item whose results lie in a folder; one that is being replaced is hidden."""
    number = folder.lstrip(".").partition("-")[0]
    return int(number) if number.isdigit() else -1


def _spans(numbers: Sequence[int]) -> str:
    """Numbers in short: 1..5, 7, 7..9."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"{first}..{last}" if first < last else str(first) for first, last in spans[:20])
