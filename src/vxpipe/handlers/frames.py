"""Events as they go over the wire, each encoded once however many read it."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator

from vxpipe.handlers import schemas, sse
from vxpipe.model import Event

_WRITE_BYTES = 1 << 15
_KEPT = 2048


class Frames:
    """The frames of the newest events.

    A stored event never changes under its number. What has none (progress) is told apart as the object it is.
    """

    def __init__(self, *, numbered: bool, root: str = "") -> None:
        self._numbered = numbered
        self._root = root
        self._kept: OrderedDict[tuple[str, int], tuple[Event, bytes]] = OrderedDict()

    def joined(self, events: Iterable[Event]) -> Iterator[bytes]:
        """The frames of `events` in writes of a bounded size."""
        pending = bytearray()
        for event in events:
            pending += self._frame(event)
            if len(pending) >= _WRITE_BYTES:
                yield bytes(pending)
                pending.clear()
        if pending:
            yield bytes(pending)

    def _frame(self, event: Event) -> bytes:
        key = (event.job_id, event.seq or -1 - event.data["index"])
        kept = self._kept.get(key)
        if kept is not None and (event.seq or kept[0] is event):
            return kept[1]
        numbered = event.seq if self._numbered and event.seq else None
        frame = sse.frame(event.kind.value, schemas.event_body(event, root=self._root), seq=numbered)
        self._kept[key] = (event, frame)
        self._kept.move_to_end(key)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return frame
