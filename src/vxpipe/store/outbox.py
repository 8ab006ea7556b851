"""Which messages the events of a job give rise to. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from vxpipe.hooks import Delivery, HookEvent, destination
from vxpipe.model import Event, EventKind, ItemStatus, JobStatus, instant
from vxpipe.store.schema import as_text


def deliveries(story: Iterable[Event], hooks: Sequence[Mapping[str, Any]]) -> list[Delivery]:
    """A message for each event that a hook wants; its id is the same whenever it is made."""
    return [
        Delivery(
            id=f"msg_{event.job_id.replace('-', '')}_{event.seq}_{number}_{place}",
            job_id=event.job_id,
            event=kind,
            url=hook["url"],
            host=destination(hook["url"])[0],
            body=_body(event, kind),
            created_at=event.ts,
            due_at=event.ts,
        )
        for event in story
        for place, kind in enumerate(_meanings(event))
        for number, hook in enumerate(hooks)
        if kind in hook["events"]
    ]


def _meanings(event: Event) -> Iterator[HookEvent]:
    if event.kind is EventKind.STATUS:
        yield HookEvent.JOB_STATUS
        if JobStatus(event.data["status"]).is_final:
            yield HookEvent.JOB_ENDED
    elif event.kind is EventKind.ITEM and ItemStatus(event.data["status"]).is_final:
        yield HookEvent.ITEM_ENDED


def _body(event: Event, kind: HookEvent) -> str:
    data = {"jobId": event.job_id, "seq": event.seq, **event.data}
    return as_text({"type": kind.value, "timestamp": instant(event.ts), "data": data})
