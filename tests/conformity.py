"""Holds what the service sends against its own OpenAPI document: status, media type, body, code of a refusal."""

import json
from collections.abc import Awaitable, Callable
from copy import deepcopy
from functools import cache
from typing import Any

from aiohttp import web
from openapi_schema_validator import OAS31Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from vxpipe.handlers import routes
from vxpipe.handlers.mount import pattern

PROBLEM = "application/problem+json"


@cache
def document() -> dict[str, Any]:
    """The document, stricter than it is published: an object has no field that it does not name."""
    whole: dict[str, Any] = json.loads(routes.document("1.2.3"))
    for schema in whole["components"]["schemas"].values():
        if schema.get("type") == "object":
            schema.setdefault("additionalProperties", False)
    return whole


def faults(value: Any, schema: dict[str, Any]) -> list[str]:
    """What is wrong with a value; `schema` may refer to the document."""
    place = f"{id(schema)}"
    whole = {**document(), "x": {place: deepcopy(schema)}}
    registry: Registry[Any] = Registry().with_resource("urn:api", Resource(whole, DRAFT202012))
    validator = OAS31Validator({"$ref": f"urn:api#/x/{place}"}, registry=registry)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def event_faults(event: dict[str, Any], stream: str) -> list[str]:
    """What is wrong with an event of a stream, its data as text; `stream` is the component that describes it."""
    schemas = document()["components"]["schemas"]
    name = schemas[stream]["discriminator"]["mapping"][event["event"]].rpartition("/")[2]
    inside = schemas[name]["properties"]["data"]["contentSchema"]["$ref"].rpartition("/")[2]
    return faults(event, component(stream)) + faults(json.loads(event["data"]), component(inside))


def component(name: str) -> dict[str, str]:
    return {"$ref": f"urn:api#/components/schemas/{name}"}


def deviations(method: str, path: str | None, response: web.StreamResponse) -> list[str]:
    """How an answer differs from what the document says of its route; `path` is the pattern, None for no route."""
    if path is None:
        return _of_body(response, component("Problem"))
    operation = document()["paths"].get(path, {}).get("get" if method == "HEAD" else method.lower())
    if operation is None:
        return []
    described = operation["responses"].get(str(response.status))
    if described is None:
        return [f"{response.status} is not described"]
    if "content" not in described:
        return [f"a body: {response.body!r}"] if isinstance(response, web.Response) and response.body else []
    content = described["content"].get(response.content_type)
    if content is None:
        return [f"{response.content_type} is not described for {response.status}"]
    return _of_body(response, content.get("schema", {}))


def _of_body(response: web.StreamResponse, schema: dict[str, Any]) -> list[str]:
    if not isinstance(response, web.Response) or not response.content_type.endswith("json"):
        return []
    assert isinstance(response.body, bytes)
    return faults(json.loads(response.body), json.loads(json.dumps(schema).replace('"#/', '"urn:api#/')))


def watcher(found: list[str]) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """For `on_response_prepare`: adds to `found` whatever deviates, in what is really sent."""

    async def watch(request: web.Request, response: web.StreamResponse) -> None:
        path = pattern(request)
        found.extend(f"{request.method} {request.path}: {text}" for text in deviations(request.method, path, response))

    return watch
