"""The manifest and the item.json of a run, read again. A program of the operator may have others under these names."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import orjson
from pydantic import BaseModel, Field

from vxpipe.errors import Conflict, NotFound
from vxpipe.handlers import bodies
from vxpipe.model import Item
from vxpipe.ports import ArtifactStore
from vxpipe.values import frozen

# 90,000 frames, an hour of every one, are 18 MB.
_MOST_BYTES = 32 << 20


@frozen(kw_only=False)
class Record:
    """Where a record lies; the digest tells it from the one that lay there before."""

    path: Path
    sha256: str


class _Frames(BaseModel):
    mode: str = ""
    threshold: float = 0
    min: int = 0
    max: int = 0


class _Dedupe(BaseModel):
    enabled: bool = False
    distance: int = 0


class _Options(BaseModel):
    frames: _Frames = _Frames()
    dedupe: _Dedupe = _Dedupe()


class _Cut(BaseModel):
    t: float
    score: float
    thresholds: list[Annotated[list[float], Field(min_length=2, max_length=2)]] = []


class _Facts(BaseModel):
    options: _Options = _Options()
    cuts: list[_Cut] = []


def found(store: ArtifactStore, item: Item, kind: str) -> Record:
    """The record of this kind; raises NotFound, and Conflict for one that is too large to be read for an answer."""
    artifact = next((each for each in item.artifacts if each.kind == kind), None)
    if artifact is None or not store.path(artifact).is_file():
        raise NotFound(f"the item has no file of the kind {kind!r}", code="artifact_not_found")
    if artifact.bytes > _MOST_BYTES:
        size, most = artifact.bytes >> 20, _MOST_BYTES >> 20
        raise Conflict(f"{artifact.name} has {size} MiB; up to {most} MiB are read here", code="record_too_large")
    return Record(store.path(artifact), artifact.sha256)


def rows(manifest: Record) -> Iterator[dict[str, Any]]:
    """The rows of a manifest, as they are asked for; raises NotFound, and Conflict at one of another form."""
    with _opened(manifest) as lines:
        for line in lines:
            yield _checked(line, bodies.Considered)


def facts(item: Record) -> dict[str, Any]:
    """What an item.json says; raises NotFound, and Conflict where it is of another form."""
    with _opened(item) as file:
        return _checked(file.read(), _Facts)


def _opened(record: Record) -> BinaryIO:
    try:
        return record.path.open("rb")
    except FileNotFoundError as exc:
        raise NotFound(f"{record.path.name} is not there any more", code="artifact_not_found") from exc


def _checked(text: bytes, shape: type[BaseModel]) -> dict[str, Any]:
    try:
        value: dict[str, Any] = orjson.loads(text)
        shape.model_validate(value, strict=True)
    except ValueError as exc:
        raise Conflict("what the item has stored is not of the form that vxpipe writes", code="foreign_record") from exc
    return value
