"""JSON out: how jobs, items, events and all else are shown. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import orjson

from vxpipe.errors import Fault
from vxpipe.facts import Ability, Capabilities, CredentialFacts, Gpu, GpuWork, PlatformFacts, System
from vxpipe.hooks import Delivery
from vxpipe.model import Artifact, Event, EventKind, Item, ItemKey, Job, JobStatus, TextLine, instant, instant_of
from vxpipe.ports import LaneState
from vxpipe.recipe import told


def job_body(job: Job) -> dict[str, Any]:
    """The status body without logs."""
    return {
        "jobId": job.id,
        "status": job.status.value,
        "progress": job.progress,
        "eta": job.eta,
        "createdAt": instant(job.created_at),
        "updatedAt": instant(job.updated_at),
        "finishedAt": instant(job.finished_at),
        "lastSeq": job.last_seq,
        "counts": job.counts,
        "labels": dict(job.labels),
        "priority": job.priority,
        "options": told(job.recipe),
        "items": [item.told() for item in job.items],
    }


def status_body(job: Job, logs: Sequence[TextLine], *, truncated: bool) -> dict[str, Any]:
    """The body of GET /status/{jobId}."""
    return job_body(job) | {"logs": [_log_fragment(line) for line in logs], "logsTruncated": truncated}


def item_detail(item: Item, *, root: str) -> dict[str, Any]:
    """The body of GET /jobs/{id}/items/{n}; its files are found below `root`."""
    return item.told() | {
        "jobId": item.key.job_id,
        "startedAt": instant(item.started_at),
        "finishedAt": instant(item.finished_at),
        "source": asdict(item.source) if item.source else None,
        "crop": asdict(item.crop) if item.crop else None,
        "artifacts": [artifact_body(artifact, root=root) for artifact in item.artifacts],
    }


def platform_body(facts: PlatformFacts, lane: LaneState, credentials: CredentialFacts, now: datetime) -> dict[str, Any]:
    """A platform with its code pattern, its pace, its circuit breaker, and whether it is signed in to."""
    return {
        "name": facts.name,
        "label": facts.label,
        "aliases": facts.aliases,
        "codePattern": facts.pattern,
        "example": facts.example,
        "hosts": facts.hosts,
        "links": facts.links,
        "concurrency": facts.concurrency,
        "interval": facts.interval_seconds,
        "enabled": facts.enabled,
        "breaker": breaker_body(lane, now),
        "credentials": asdict(credentials) | {"expires": instant(credentials.expires)},
    }


def breaker_body(lane: LaneState, now: datetime) -> dict[str, Any]:
    """Whether a lane is left alone, until when, and why."""
    until = None if lane.seconds is None else instant(now + timedelta(seconds=lane.seconds))
    return {"state": lane.state, "until": until, "reason": lane.reason}


def capabilities_body(found: Capabilities) -> dict[str, Any]:
    """What this installation can do; everything that it cannot do says why."""
    return {
        "tools": dict(found.tools),
        "ytdlp": {
            "version": found.ytdlp.version,
            "ageDays": found.ytdlp.age_days,
            "source": found.ytdlp.source,
            "warnings": list(found.ytdlp.warnings),
        },
        "sandbox": {"mode": found.sandbox_mode, "level": found.sandbox_level},
        "encoders": [_ability_body(each) for each in found.encoders],
        "decoders": [_ability_body(each) for each in found.decoders],
        "accel": found.accel,
        "gpus": [_gpu_body(each) for each in found.gpus],
        "workers": found.workers,
        "disk": {"freeBytes": found.disk.free_bytes, "totalBytes": found.disk.total_bytes},
    }


def system_body(system: System, *, version: str, now: datetime, obstacles: Sequence[str]) -> dict[str, Any]:
    """How long a service runs and whether it takes work."""
    return {
        "version": version,
        "startedAt": instant(system.started_at),
        "uptime": round((now - system.started_at).total_seconds()),
        "ready": not obstacles,
        "reasons": list(obstacles),
    }


def activity_body(system: System, *, queue: Mapping[str, int], readers: Mapping[str, int]) -> dict[str, Any]:
    """What a service does, and did in the last hour, for all its callers."""
    lines = [
        {"class": step, "lane": lane, "count": waiting.count, "oldest": round(waiting.oldest_seconds, 1)}
        for (step, lane), waiting in sorted(system.queue.items())
    ]
    hour = system.hour
    return {
        "workers": {"busy": system.busy, "total": system.workers, "fetching": system.fetching},
        "queue": {**queue, "lines": lines},
        "readers": dict(readers),
        "lastHour": {
            "jobs": list(hour.jobs),
            "attempts": hour.attempts,
            "failures": [{"code": code, "count": count} for code, count in hour.failures.items()],
            "stages": [asdict(times) for times in hour.stages],
        },
    }


def _ability_body(ability: Ability) -> dict[str, Any]:
    return {
        "name": ability.name,
        "available": ability.obstacle is None,
        "reason": ability.obstacle,
        "code": ability.code,
    }


def _gpu_body(gpu: Gpu) -> dict[str, Any]:
    return {
        **_ability_body(gpu.usable),
        "uuid": gpu.uuid,
        "driver": gpu.driver,
        "memoryBytes": gpu.memory_bytes,
        "contextSeconds": gpu.context_seconds,
        "abilities": [_ability_body(each) for each in gpu.abilities],
        "work": None if gpu.work is None else _work_body(gpu.work),
    }


def _work_body(work: GpuWork) -> dict[str, Any]:
    return {
        "decoding": work.decoding,
        "decodeSlots": work.decode_slots,
        "encoding": work.encoding,
        "encodeSlots": work.encode_slots,
        "breaker": work.breaker,
        "restsSeconds": work.rests_seconds,
        "done": dict(work.done),
        "told": _told_of_work(work),
    }


def _told_of_work(work: GpuWork) -> str:
    done = ", ".join(f"{count} on {rung}" for rung, count in work.done.items()) or "none"
    standing = {
        "open": f"; it failed and rests for {ceil(work.rests_seconds or 0)} s",
        "trial": "; it failed, rested and is on trial",
    }
    return f"{work.decoding} of {work.decode_slots} decodes now, {done} since the start{standing.get(work.breaker, '')}"


def artifact_body(artifact: Artifact, *, root: str) -> dict[str, Any]:
    """A file and where to get it."""
    shown = {name: value for name, value in asdict(artifact).items() if name != "path"}
    return {"url": artifact_url(artifact.id, artifact.name, root=root), **shown}


def artifact_url(artifact_id: str, name: str, *, root: str) -> str:
    """The address of a file; ids and names hold no character that needs escaping."""
    return f"{root}/artifacts/{artifact_id}/{name}"


def delivery_body(delivery: Delivery) -> dict[str, Any]:
    """A message to a webhook; of the address only the host is shown, the rest may be a secret."""
    return {
        "id": delivery.id,
        "event": delivery.event.value,
        "host": delivery.host,
        "state": delivery.state.value,
        "tries": delivery.tries,
        "createdAt": instant(delivery.created_at),
        "nextTryAt": instant(delivery.due_at),
        "lastError": delivery.last_error,
    }


def _log_fragment(line: TextLine) -> orjson.Fragment:
    """What `log_body` says, from the text of a stored line."""
    return orjson.Fragment(f'{{"seq":{line.seq},"ts":"{instant_of(line.ts)}",{line.text[1:]}')


def log_body(event: Event) -> dict[str, Any]:
    """A log line."""
    return {"seq": event.seq, "ts": instant(event.ts), **event.data}


def event_body(event: Event, *, root: str) -> dict[str, Any]:
    """The data of an event on a stream; files are found below `root`."""
    shown: dict[str, Any] = {"jobId": event.job_id, "ts": instant(event.ts), **event.data}
    if event.seq:
        shown["seq"] = event.seq
    if event.kind is EventKind.ARTIFACT:
        shown["url"] = artifact_url(event.data["id"], event.data["name"], root=root)
    if event.kind is EventKind.STATUS:
        shown["updatedAt"] = instant(event.ts)
        shown["finishedAt"] = instant(event.ts) if JobStatus(event.data["status"]).is_final else None
    return shown


def item_key(job_id: str, index: str) -> ItemKey:
    """The identity of an item in a path; an index that is no number names nothing."""
    return ItemKey(job_id, int(index) if index.isascii() and index.isdigit() and len(index) < 6 else -1)


def problem(
    status: int, title: str, code: str, *, detail: str, faults: Sequence[Fault], request_id: str
) -> Mapping[str, Any]:
    """An error body (RFC 9457)."""
    body = {
        "type": f"/problems/{code.replace('_', '-')}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "requestId": request_id,
    }
    return body | ({"errors": [asdict(fault) for fault in faults]} if faults else {})
