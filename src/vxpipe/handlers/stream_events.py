"""The shapes of what the live streams tell: the data of each event, and an event as a whole. Pure."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, RootModel

from vxpipe.handlers import bodies
from vxpipe.handlers.bodies import Body, Count, JobId, Percent, Time
from vxpipe.model import JobStatus

Seq = Annotated[int, Field(ge=1)]


class Unfinished(Body):
    """Every job that has not ended, and how many there are in each state: what the feed of all jobs begins with."""

    jobs: list[bodies.Job]
    counts: bodies.JobCounts


class StatusTold(Body):
    """The state of a job has changed."""

    job_id: JobId
    ts: Time
    seq: Seq
    status: JobStatus
    progress: Percent
    updated_at: Time
    finished_at: Time | None


class ItemTold(bodies.Item):
    """The state of an item has changed."""

    job_id: JobId
    ts: Time
    seq: Seq


class LogTold(bodies.LogLine):
    """A line was logged."""

    job_id: JobId


class ArtifactTold(bodies.Artifact):
    """A file was published."""

    job_id: JobId
    ts: Time
    seq: Seq
    item: Count


class ProgressTold(Body):
    """How far an item is; not stored, without an id, and only the newest is passed on. Further fields are figures."""

    model_config = ConfigDict(extra="allow")

    job_id: JobId
    ts: Time
    index: Count
    attempt: Annotated[int, Field(ge=1)]
    stage: str
    progress: Percent
    eta: bodies.Seconds | None
    elapsed: Annotated[float, Field(ge=0, description="How long the stage has been at work, in seconds.")]


class Bye(Body):
    """The stream ends: the job has ended, the service stops, or the reader should connect again."""

    reason: Literal["done", "shutdown", "rotate"]


def _as_text(schema: dict[str, Any]) -> None:
    """On the wire the data of an event is text, which holds JSON."""
    inside = schema["properties"]["data"]
    schema["properties"]["data"] = {"type": "string", "contentMediaType": "application/json", "contentSchema": inside}


class _Unnumbered(Body):
    model_config = ConfigDict(json_schema_extra=_as_text)


class _Event(_Unnumbered):
    id: Annotated[str, Field(pattern="^[0-9]+$")] = ""


class Snapshot(_Event):
    """The first event of a new reader: where the job stands."""

    event: Literal["snapshot"]
    data: bodies.Job


class FeedSnapshot(_Unnumbered):
    """The first event of the feed."""

    event: Literal["snapshot"]
    data: Unfinished


class StatusEvent(_Event):
    """A job has moved on."""

    event: Literal["status"]
    data: StatusTold


class ItemEvent(_Event):
    """An item has moved on."""

    event: Literal["item"]
    data: ItemTold


class LogEvent(_Event):
    """A line of the log."""

    event: Literal["log"]
    data: LogTold


class ArtifactEvent(_Event):
    """A file is there."""

    event: Literal["artifact"]
    data: ArtifactTold


class ProgressEvent(_Unnumbered):
    """How far an item is."""

    event: Literal["progress"]
    data: ProgressTold


class ByeEvent(_Unnumbered):
    """The last event of a connection."""

    event: Literal["bye"]
    data: Bye


JobEvents = Snapshot | StatusEvent | ItemEvent | LogEvent | ArtifactEvent | ProgressEvent | ByeEvent
FeedEvents = FeedSnapshot | StatusEvent | ItemEvent | ProgressEvent | ByeEvent


class JobStreamEvent(RootModel[Annotated[JobEvents, Field(discriminator="event")]]):
    """An event on the stream of one job."""


class FeedStreamEvent(RootModel[Annotated[FeedEvents, Field(discriminator="event")]]):
    """An event on the feed of all jobs."""
