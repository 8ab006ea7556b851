"""JSON in: what bodies must look like, and what is wrong with one that does not. Pure."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from vxpipe.errors import BadRequest, Fault, Invalid, Refused
from vxpipe.handlers import strictly
from vxpipe.hooks import LONGEST_URL, Hook, HookEvent, destination
from vxpipe.model import Batch, Target, Wish
from vxpipe.ports import Targets
from vxpipe.recipe import Recipe, faults

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
    value = strictly.parse(body)
    _check_count(value, max_items)
    try:
        request = _validated(ProcessIn, body)
    except Invalid as exc:
        wrong = _wishes(_items_in_shape(value), targets)[1]
        raise Invalid(str(exc), faults=(*exc.faults, *wrong)) from exc
    wishes, faults = _wishes(enumerate(request.items), targets)
    if request.webhook and not signs_webhooks:
        faults.append(Fault("#/webhook", "this service sends no webhooks: it has no VXPIPE_WEBHOOK_SECRETS"))
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


def _wishes(items: Iterable[tuple[int, ItemIn]], targets: Targets) -> tuple[list[Wish], list[Fault]]:
    """What the items of a batch, each with its place, stand for, and what is wrong with the others."""
    wishes: list[Wish] = []
    faults: list[Fault] = []
    for index, item in items:
        try:
            wishes.append(Wish(_target(item, targets), item.options))
        except Refused as exc:
            faults.append(Fault(f"#/items/{index}/{exc.field}", exc.message))
    return wishes, faults


def _items_in_shape(value: Any) -> Iterator[tuple[int, ItemIn]]:
    """The items, each with its place, that have the right shape in a batch that has not."""
    items = value.get("items") if isinstance(value, dict) else None
    for index, item in enumerate(items if isinstance(items, list) else ()):
        with suppress(Invalid):
            yield index, _validated(ItemIn, json.dumps(item).encode())


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
