"""JSON in: what bodies must look like, and what is wrong with one that does not. Pure."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import pairwise
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from vxpipe.addresses import Exceptions, excepts, is_address, is_public
from vxpipe.errors import BadRequest, Fault, Invalid, Refused
from vxpipe.faults import OBJECTS, faults
from vxpipe.handlers import strictly
from vxpipe.hooks import LONGEST_URL, Hook, HookEvent, destination
from vxpipe.model import Batch, Target, Wish
from vxpipe.ports import Targets
from vxpipe.recipe import Recipe
from vxpipe.values import frozen

Body = TypeVar("Body", bound=BaseModel)


class BodyIn(BaseModel):
    """What is sent to us: nothing that is not asked for, and no text for a number."""

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


class ItemIn(BodyIn):
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


class WebhookIn(BodyIn):
    """Who is told of the job: `events` are sent to `url`, signed as Standard Webhooks says."""

    url: Annotated[str, Field(max_length=LONGEST_URL, pattern="^https?://", examples=["https://hooks.example/vxpipe"])]
    events: Annotated[tuple[HookEvent, ...], Field(min_length=1, max_length=len(HookEvent))] = (HookEvent.JOB_ENDED,)

    @field_validator("url")
    @classmethod
    def _can_be_sent_to(cls, value: str) -> str:
        destination(value)
        return value


class ProcessIn(BodyIn):
    """A batch: at most MAX_VIDEOS_PER_REQUEST videos, and what to do with each of them.

    `labels` are the caller's own words to find it by; of what waits, a higher `priority` goes first.
    """

    items: Annotated[list[ItemIn], Field(json_schema_extra={"minItems": 1})]
    options: Recipe = Recipe()
    labels: Annotated[dict[LabelName, LabelValue], Field(max_length=16)] = {}
    priority: Annotated[int, Field(ge=-10, le=10)] = 0
    webhook: WebhookIn | None = None


class BesidesIn(ProcessIn):
    """What a batch says besides its videos."""

    items: Annotated[list[ItemIn], Field(max_length=0)] = []


class LoginIn(BaseModel):
    """A key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    apiKey: str  # noqa: N815 - the name on the wire


@frozen
class Bounds:
    """What one request may ask for. Webhooks go to public hosts, and to those of `allow_hosts`."""

    max_items: int
    signs_webhooks: bool = False
    allow_hosts: Exceptions = frozenset()


def parse_process(body: bytes, targets: Targets, bounds: Bounds) -> Batch:
    """The batch of a POST /process.

    Raises BadRequest for something that is not JSON, no items or too many; Invalid with a pointer for each fault.
    """
    value = strictly.parse(body)
    _check_count(value, bounds.max_items)
    try:
        request = validated(ProcessIn, body)
    except Invalid as exc:
        wrong = _wishes(_items_in_shape(value), targets)[1]
        raise Invalid(str(exc), faults=(*exc.faults, *wrong)) from exc
    wishes, faults = _wishes(enumerate(request.items), targets)
    faults += hook_faults(request.webhook, bounds)
    if faults:
        raise Invalid("the request names what cannot be taken", faults=tuple(faults))
    return Batch(
        wishes=tuple(wishes),
        recipe=request.options,
        labels=request.labels,
        priority=request.priority,
        hook=Hook(request.webhook.url, request.webhook.events) if request.webhook else None,
    )


def hook_faults(webhook: WebhookIn | None, bounds: Bounds) -> Iterator[Fault]:
    """Why a webhook cannot be sent from here, as far as that is known before its name is resolved."""
    if webhook is None:
        return
    if not bounds.signs_webhooks:
        yield Fault("#/webhook", "this service sends no webhooks: it has no VXPIPE_WEBHOOK_SECRETS")
    host, port = destination(webhook.url)
    if is_address(host) and not is_public(host) and not excepts(bounds.allow_hosts, host, port):
        yield Fault("#/webhook/url", f"the address {host} is not public, nor one of VXPIPE_ALLOW_HOSTS")


def named_encoders(batch: Batch) -> Iterator[tuple[str, str]]:
    """The encoder of each clip that the batch asks for, with the pointer to it."""
    own = ((f"#/items/{index}", wish.options) for index, wish in enumerate(batch.wishes))
    return (
        (f"{place}/options/clip/encoder", recipe.clip.encoder)
        for place, recipe in (("#", batch.recipe), *own)
        if recipe and recipe.clip
    )


def encoder_faults(batch: Batch, refused: Mapping[str, str]) -> tuple[Fault, ...]:
    """What is wrong with a batch where some encoders are not to be had, each for its reason."""
    return tuple(Fault(place, refused[encoder]) for place, encoder in named_encoders(batch) if encoder in refused)


def parse_login(body: bytes) -> str:
    """The key of a POST /login."""
    strictly.parse(body)
    return validated(LoginIn, body).apiKey


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
            wishes.append(Wish(target_of(item, targets), item.options))
        except Refused as exc:
            faults.append(Fault(f"#/items/{index}/{exc.field}", refusal(exc)))
    return wishes, faults


def refusal(exc: Refused) -> str:
    """Why something was refused; of a platform with where to read of all."""
    return f"{exc.message} (GET /platforms tells of all)" if exc.field == "platform" else exc.message


def _items_in_shape(value: Any) -> Iterator[tuple[int, ItemIn]]:
    """The items, each with its place, that have the right shape in a batch that has not."""
    items = value.get("items") if isinstance(value, dict) else None
    for index, item in enumerate(items if isinstance(items, list) else ()):
        with suppress(Invalid):
            yield index, validated(ItemIn, json.dumps(item).encode())


def validated(model: type[Body], body: bytes) -> Body:
    """The body as such a model; raises Invalid."""
    try:
        return model.model_validate_json(body, by_alias=True, by_name=False)
    except ValidationError as exc:
        raise Invalid("the request has the wrong shape", faults=_faults(exc)) from exc


_LINK = '{"url": "https://youtu.be/aqz-KE-bpKQ"}'
_OBJECTS = {
    **OBJECTS,
    "ItemIn": f'{_LINK} or {{"platform": "youtube", "code": "aqz-KE-bpKQ"}}',
    "ProcessIn": f'{{"items": [{_LINK}]}}',
    "WebhookIn": '{"url": "https://hooks.example/vxpipe"}',
    "DraftIn": '{"text": "https://youtu.be/aqz-KE-bpKQ"}',
    "LoginIn": '{"apiKey": "..."}',
}


def _faults(exc: ValidationError) -> tuple[Fault, ...]:
    found: dict[str, str] = {}
    for place, text in faults(exc, _OBJECTS, {"items": tuple(ItemIn.model_fields)}):
        found.setdefault("#" + "".join(f"/{strictly.escaped(part)}" for part in _written(place)), text)
    return tuple(Fault(pointer, detail) for pointer, detail in found.items())


def _written(place: Sequence[int | str]) -> list[int | str]:
    """The place without what a caller never wrote: pydantic names the arm of a union, and that a key is meant."""
    pairs = pairwise(("", *place))
    return [part for last, part in pairs if (last, part) not in _UNWRITTEN and part != "[key]"]


_UNWRITTEN = frozenset(("crop", arm) for arm in ("word", "rectangle", "ratio"))


def target_of(item: ItemIn, targets: Targets) -> Target:
    """What an item stands for; raises Refused."""
    if item.url is not None:
        return targets.link(item.url)
    assert item.platform is not None
    assert item.code is not None
    return targets.target(item.platform, item.code)
