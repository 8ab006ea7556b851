"""What a route says of itself. Its parameters are read, and the OpenAPI document is made, from this description."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from inspect import getdoc
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from vxpipe.access import Scope
from vxpipe.values import frozen

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
JSON = "application/json"
STREAM = "text/event-stream"


@frozen(kw_only=False)
class Answer:
    """One way a request ends well: its meaning, the model of the body by media type (None: bytes), its headers.

    `leads_to` names the operations that take the body's `jobId` as their `id`.
    """

    meaning: str
    content: Mapping[str, type[BaseModel] | None] = field(default_factory=dict)
    headers: tuple[str, ...] = ()
    example: Any = None
    leads_to: tuple[str, ...] = ()


@frozen
class Operation:
    """A handler with its description. `refusals` are codes of `problems.PROBLEMS`, beside those any route has."""

    handler: Handler
    tag: str
    answers: Mapping[int, Answer]
    query: type[BaseModel] | None = None
    headers: tuple[str, ...] = ()
    body: type[BaseModel] | None = None
    examples: Mapping[str, Any] = field(default_factory=dict)
    refusals: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The operationId: the handler's name in camel case."""
        first, *others = str(getattr(self.handler, "__name__", "")).split("_")
        return first + "".join(word.capitalize() for word in others)

    @property
    def text(self) -> str:
        """What the route does, in the handler's own words."""
        return getdoc(self.handler) or ""


Row = tuple[str, str, Operation, Scope | None]
"""A route: method, path, what answers, and the scope a key needs (None: open to all)."""


def operation(
    tag: str,
    answers: Mapping[int, Answer],
    *,
    query: type[BaseModel] | None = None,
    headers: tuple[str, ...] = (),
    body: type[BaseModel] | None = None,
    examples: Mapping[str, Any] | None = None,
    refusals: tuple[str, ...] = (),
) -> Callable[[Handler], Operation]:
    """Describe the handler below: what `handlers/routes.py` takes is the described one."""

    def describe(handler: Handler) -> Operation:
        return Operation(
            handler=handler,
            tag=tag,
            answers=answers,
            query=query,
            headers=headers,
            body=body,
            examples=examples or {},
            refusals=refusals,
        )

    return describe
