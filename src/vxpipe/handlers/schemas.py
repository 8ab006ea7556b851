"""JSON in and out: what bodies must look like, and how jobs, items and events are shown. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from vxpipe.errors import BadRequest, Fault, Invalid, Refused
from vxpipe.handlers import strictly
from vxpipe.hooks import LONGEST_URL, Delivery, Hook, HookEvent, destination
from vxpipe.model import Artifact, Batch, Event, EventKind, Item, ItemKey, Job, JobStatus, Target, Wish, instant
from vxpipe.ports import Ability, Capabilities, CredentialFacts, LaneState, PlatformFacts, Targets
from vxpipe.recipe import Recipe, faults, told

Body = TypeVar("Body", bound=BaseModel)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


# Either form, for the description: a rule between fields is told by no field.
_TEXT, _ABSENT = {"type": "string"}, {"type": "null"}
_FORMS: tuple[dict[str, Any], ...] = (
    {"required": ["platform", "code"], "properties": {"platform": _TEXT, "code": _TEXT, "url": _ABSENT}},
    {"required": ["url"], "properties": {"platform": _ABSENT, "code": _ABSENT, "url": _TEXT}},
)


def _as_two_forms(schema: dict[str, Any]) -> None:
    schema["properties"] |= {name: {} for name in ("platform", "code", "url")}
    schema["oneOf"] = list(_FORMS)


class ItemIn(_Body):
    """One video: `platform` and `code`, or `url`. A part of its `options` goes before that of the batch's."""

    model_config = ConfigDict(json_schema_extra=_as_two_forms)

    platform: str | None = None
    code: str | None = None
    url: str | None = None
    options: Recipe | None = None

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        by_code = self.platform is not None and self.code is not None
        named = self.platform is not None or self.code is not None
        if by_code == (self.url is not None) or (self.url is not None and named):
            raise ValueError("give either platform and code, or url")
        return self


LABEL_NAME = "[A-Za-z0-9][A-Za-z0-9._-]{0,62}"
LABEL_VALUE = r"[^\x00-\x1f\x7f]{0,200}"
LabelName = Annotated[str, Field(pattern=f"^{LABEL_NAME}$")]
LabelValue = Annotated[str, Field(pattern=f"^{LABEL_VALUE}$")]


class WebhookIn(_Body):
    """Who is told of the job: `events` are sent to `url`, signed as Standard Webhooks says."""

    url: Annotated[str, Field(max_length=LONGEST_URL, pattern="^https?://", examples=["https://hooks.example/vxpipe"])]
    events: Annotated[tuple[HookEvent, ...], Field(min_length=1, max_length=len(HookEvent))] = (HookEvent.JOB_ENDED,)

    @field_validator("url")
    @classmethod
    def _can_be_sent_to(cls, value: str) -> str:
        destination(value)
        return value


class ProcessIn(_Body):
    """A batch: at most MAX_VIDEOS_PER_REQUEST videos, and what to do with each of them.

    `labels` are the caller's own words to find it by; of what waits, a higher `priority` goes first.
    """

    items: Annotated[list[ItemIn], Field(json_schema_extra={"minItems": 1})]
    options: Recipe = Recipe()
    labels: Annotated[dict[LabelName, LabelValue], Field(max_length=16)] = {}
    priority: Annotated[int, Field(ge=-10, le=10)] = 0
    webhook: WebhookIn | None = None


class LoginIn(BaseModel):
    """A key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    apiKey: str  # noqa: N815 - the name on the wire


def parse_process(body: bytes, targets: Targets, *, max_items: int, signs_webhooks: bool = False) -> Batch:
    """The batch of a POST /process.

    Raises BadRequest for something that is not JSON, no items or too many; Invalid with a pointer for each fault.
    """
    _check_count(strictly.parse(body), max_items)
    request = _validated(ProcessIn, body)
    wishes: list[Wish] = []
    faults: list[Fault] = []
    if request.webhook and not signs_webhooks:
        faults.append(Fault("#/webhook", "this service sends no webhooks: it has no VXPIPE_WEBHOOK_SECRETS"))
    for index, item in enumerate(request.items):
        try:
            wishes.append(Wish(_target(item, targets), item.options))
        except Refused as exc:
            faults.append(Fault(f"#/items/{index}/{exc.field}", exc.message))
    if faults:
        raise Invalid("the request names what cannot be taken", faults=tuple(faults))
    return Batch(
        wishes=tuple(wishes),
        recipe=request.options,
        labels=request.labels,
        priority=request.priority,
        hook=Hook(request.webhook.url, request.webhook.events) if request.webhook else None,
    )


def parse_login(body: bytes) -> str:
    """The key of a POST /login."""
    strictly.parse(body)
    return _validated(LoginIn, body).apiKey


def _check_count(value: Any, max_items: int) -> None:
    items = value.get("items") if isinstance(value, dict) else None
    if items == []:
        raise BadRequest("the request must contain at least one item", code="no_items")
    if isinstance(items, list) and len(items) > max_items:
        raise BadRequest(f"{len(items)} items, but one request may hold {max_items}", code="too_many_items")


def _validated(model: type[Body], body: bytes) -> Body:
    try:
        return model.model_validate_json(body, by_alias=True, by_name=False)
    except ValidationError as exc:
        raise Invalid("the request has the wrong shape", faults=_faults(exc)) from exc


def _faults(exc: ValidationError) -> tuple[Fault, ...]:
    found: dict[str, str] = {}
    for place, text in faults(exc):
        found.setdefault("#" + "".join(f"/{strictly.escaped(part)}" for part in _written(place)), text)
    return tuple(Fault(pointer, detail) for pointer, detail in found.items())


def _written(place: Sequence[int | str]) -> list[int | str]:
    """The place without what a caller never wrote: pydantic names the arm of a union, and that a key is meant."""
    pairs = pairwise(("", *place))
    return [part for last, part in pairs if (last, part) not in _UNWRITTEN and part != "[key]"]


_UNWRITTEN = frozenset(("crop", arm) for arm in ("word", "rectangle", "ratio"))


def _target(item: ItemIn, targets: Targets) -> Target:
    if item.url is not None:
        return targets.link(item.url)
    assert item.platform is not None
    assert item.code is not None
    return targets.target(item.platform, item.code)


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


def status_body(job: Job, logs: Sequence[Event], *, truncated: bool) -> dict[str, Any]:
    """The body of GET /status/{jobId}."""
    return job_body(job) | {"logs": [log_body(event) for event in logs], "logsTruncated": truncated}


def item_detail(item: Item) -> dict[str, Any]:
    """The body of GET /jobs/{id}/items/{n}."""
    return item.told() | {
        "jobId": item.key.job_id,
        "startedAt": instant(item.started_at),
        "finishedAt": instant(item.finished_at),
        "source": asdict(item.source) if item.source else None,
        "crop": asdict(item.crop) if item.crop else None,
        "artifacts": [artifact_body(artifact) for artifact in item.artifacts],
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
        "gpus": [_ability_body(each) for each in found.gpus],
        "workers": found.workers,
        "disk": {"freeBytes": found.disk.free_bytes, "totalBytes": found.disk.total_bytes},
    }


def _ability_body(ability: Ability) -> dict[str, Any]:
    return {"name": ability.name, "available": ability.obstacle is None, "reason": ability.obstacle}


def artifact_body(artifact: Artifact) -> dict[str, Any]:
    """A file and where to get it."""
    shown = {name: value for name, value in asdict(artifact).items() if name != "path"}
    return {"url": artifact_url(artifact.id, artifact.name), **shown}


def artifact_url(artifact_id: str, name: str) -> str:
    """The address of a file; ids and names hold no character that needs escaping."""
    return f"/artifacts/{artifact_id}/{name}"


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


def log_body(event: Event) -> dict[str, Any]:
    """A log line."""
    return {"seq": event.seq, "ts": instant(event.ts), **event.data}


def event_body(event: Event) -> dict[str, Any]:
    """The data of an event on a stream."""
    shown: dict[str, Any] = {"jobId": event.job_id, "ts": instant(event.ts), **event.data}
    if event.seq:
        shown["seq"] = event.seq
    if event.kind is EventKind.ARTIFACT:
        shown["url"] = artifact_url(event.data["id"], event.data["name"])
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
