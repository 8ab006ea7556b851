"""Between rows and the model. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from vxpipe.hooks import Hook
from vxpipe.model import (
    Artifact,
    Crop,
    Event,
    EventKind,
    Failure,
    Item,
    ItemKey,
    ItemStatus,
    Job,
    JobStatus,
    LogLine,
    Outcome,
    Source,
    Target,
)
from vxpipe.recipe import Recipe
from vxpipe.store.schema import PLATFORM, items

Row = Mapping[str, Any] | sa.RowMapping

_KINDS = {kind.value: kind for kind in EventKind}


def job_values(job: Job) -> dict[str, Any]:
    """The columns of a new job."""
    return {
        "id": job.id,
        "status": job.status.value,
        "recipe": recipe_text(job.recipe),
        "created_at": job.created_at,
        "updated_at": job.updated_at,
        "labels": dict(job.labels),
        "priority": job.priority,
        "owner": job.owner,
        "hooks": [asdict(hook) for hook in job.hooks] or None,
    }


def item_values(item: Item) -> dict[str, Any]:
    """The columns of a new item."""
    return {
        "job_id": item.key.job_id,
        "index": item.key.index,
        "platform": item.target.platform,
        "code": item.target.code,
        "url": item.target.url,
        "status": item.status.value,
        "attempt": item.attempt,
        "warnings": [],
        "options": recipe_text(item.options) if item.options else None,
    }


def mark_values(job: Job) -> list[dict[str, Any]]:
    """The rows by which a job is found: its labels, and under no name its platforms."""
    marks = sorted(job.labels.items()) + [(PLATFORM, name) for name in sorted({i.target.platform for i in job.items})]
    return [{"name": name, "value": value, "created_at": job.created_at, "job_id": job.id} for name, value in marks]


def outcome_values(outcome: Outcome) -> dict[str, Any]:
    """The columns that the end of an attempt sets.

    `progress` is left as it was unless the item succeeded, `stage` where it was cancelled: they say how far it came, as
    `last_failure` says of what was cancelled what went wrong before.
    """
    values = {
        "eta": None,
        "retry_at": None,
        "status": outcome.status.value,
        "frames": outcome.frames,
        "warnings": list(outcome.warnings),
        "error": asdict(outcome.error) if outcome.error else None,
        "source": asdict(outcome.source) if outcome.source else None,
        "crop": asdict(outcome.crop) if outcome.crop else None,
    }
    if outcome.status is not ItemStatus.CANCELLED:
        values |= {"stage": outcome.stage, "last_failure": None}
    return values | ({"progress": 100} if outcome.status is ItemStatus.SUCCESS else {})


def again_values(attempt: Any) -> dict[str, Any]:
    """The columns of an item that starts over, under this attempt."""
    return {"status": ItemStatus.WAITING.value, "attempt": attempt, "progress": 0, "stage": None, "eta": None}


def rerun_values() -> dict[str, Any]:
    """The columns of an item that had ended and is to be run again: nothing but its last error is left of its end."""
    ended = dict.fromkeys(("error", "frames", "crop", "started_at", "finished_at", "retry_at"))
    failure = sa.func.coalesce(items.c.error, items.c.last_failure)
    counted = {"tries": 0, "attempts_before": items.c.attempt, "last_failure": failure, "warnings": []}
    return again_values(items.c.attempt + 1) | ended | counted


def artifact_values(key: ItemKey, artifacts: Iterable[Artifact]) -> list[dict[str, Any]]:
    """The rows of an item's files, in their order."""
    return [
        {"job_id": key.job_id, "item": key.index, "place": place, **asdict(artifact)}
        for place, artifact in enumerate(artifacts)
    ]


def job(row: Row, items: Iterable[Item]) -> Job:
    """A job with its items."""
    return Job(
        id=row["id"],
        status=JobStatus(row["status"]),
        recipe=recipe(row["recipe"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        finished_at=row["finished_at"],
        last_seq=row["last_seq"],
        cancel_requested=row["cancel_requested"],
        labels=row["labels"],
        priority=row["priority"],
        owner=row["owner"],
        hooks=tuple(Hook(hook["url"], tuple(hook["events"])) for hook in row["hooks"] or ()),
        items=tuple(items),
    )


def item(row: Row, artifacts: Iterable[Artifact] = ()) -> Item:
    """An item, with its files where the caller has them."""
    return Item(
        key=ItemKey(row["job_id"], row["index"]),
        target=Target(platform=row["platform"], code=row["code"], url=row["url"]),
        status=ItemStatus(row["status"]),
        attempt=row["attempt"],
        progress=row["progress"],
        stage=row["stage"],
        eta=row["eta"],
        frames=row["frames"],
        warnings=tuple(row["warnings"]),
        error=Failure(**row["error"]) if row["error"] else None,
        source=Source(**row["source"]) if row["source"] else None,
        crop=Crop(**row["crop"]) if row["crop"] else None,
        artifacts=tuple(artifacts),
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        tries=row["tries"],
        retry_at=row["retry_at"],
        last_failure=Failure(**row["last_failure"]) if row["last_failure"] else None,
        attempts_before=row["attempts_before"],
        options=options(row["options"]),
    )


@lru_cache(maxsize=256)
def recipe(text: str) -> Recipe:
    """A recipe; of many items most have the same."""
    return Recipe.model_validate_json(text)


def options(text: str | None) -> Recipe | None:
    """An item's own options."""
    return recipe(text) if text else None


def artifact(row: Row) -> Artifact:
    """A published file."""
    return Artifact(**{name: row[name] for name in Artifact.__dataclass_fields__})


def event(row: Sequence[Any]) -> Event:
    """A stored event. A log is read by the thousand: the row is taken apart by place, the kind looked up."""
    job_id, seq, kind, ts, data = row
    return Event(job_id=job_id, seq=seq, kind=_KINDS[kind], ts=ts, data=data)


def recipe_text(recipe: Recipe) -> str:
    """A recipe as stored: what was asked for, as a default beside it may contradict it when it is read again."""
    return recipe.model_dump_json(by_alias=True, exclude_unset=True)


def artifact_told(key: ItemKey, artifact: Artifact) -> dict[str, Any]:
    """What an `artifact` event says: all but where the file lies on the disk."""
    return {"item": key.index, **{name: value for name, value in asdict(artifact).items() if name != "path"}}


def log_told(line: LogLine) -> dict[str, Any]:
    """What a `log` event says."""
    said: dict[str, Any] = {"level": line.level, "msg": line.msg, "event": line.event}
    if line.item is not None:
        said["item"] = line.item
    if line.stage is not None:
        said["stage"] = line.stage
    return said | ({"fields": dict(line.fields)} if line.fields else {})
