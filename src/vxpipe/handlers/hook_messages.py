"""The shapes of the messages that webhooks are sent, as the OpenAPI document shows them. Pure."""

from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel

from vxpipe.handlers import bodies
from vxpipe.handlers.bodies import Body, JobId, Percent, Time
from vxpipe.handlers.stream_events import Seq
from vxpipe.hooks import HookEvent
from vxpipe.model import JobStatus


class JobSaid(Body):
    """Where a job stands. `seq` grows with the story of the job."""

    job_id: JobId
    seq: Seq
    status: JobStatus
    progress: Percent


class ItemSaid(bodies.Item):
    """A video that has ended. `seq` grows with the story of the job."""

    job_id: JobId
    seq: Seq


class JobMessage(Body):
    """A job has ended, or its status has changed."""

    type: Literal[HookEvent.JOB_ENDED, HookEvent.JOB_STATUS]
    timestamp: Time
    data: JobSaid


class ItemMessage(Body):
    """A video of a job has ended."""

    type: Literal[HookEvent.ITEM_ENDED]
    timestamp: Time
    data: ItemSaid


MESSAGES: dict[HookEvent, type[JobMessage | ItemMessage]] = {
    HookEvent.JOB_ENDED: JobMessage,
    HookEvent.JOB_STATUS: JobMessage,
    HookEvent.ITEM_ENDED: ItemMessage,
}

_HEADERS = {
    "webhook-id": "The same for every try of a message.",
    "webhook-timestamp": "When it was sent, in seconds since 1970: refuse one that is off by more than five minutes.",
    "webhook-signature": "`v1,` and HMAC-SHA256 over `{id}.{timestamp}.{body}`, once for each secret in force.",
}
_ANSWERS = {
    "2XX": "Taken. Anything else is tried again, for about 14 hours.",
    "410": "The receiver is gone: the message is given up.",
}


def described(reference: Callable[[type[BaseModel]], dict[str, str]]) -> dict[str, Any]:
    """Each message as a path item; `reference` points to the schema of a model."""
    return {event.value: {"post": _message(event, reference(model))} for event, model in MESSAGES.items()}


def _message(event: HookEvent, schema: dict[str, str]) -> dict[str, Any]:
    return {
        "operationId": f"told{''.join(word.capitalize() for word in event.value.split('.'))}",
        "summary": f"Sent to a webhook that wants `{event.value}`, signed as Standard Webhooks says.",
        "parameters": [
            {"name": name, "in": "header", "required": True, "description": text, "schema": {"type": "string"}}
            for name, text in _HEADERS.items()
        ],
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {status: {"description": text} for status, text in _ANSWERS.items()},
        "security": [],
    }
