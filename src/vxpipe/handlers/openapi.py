"""The OpenAPI 3.1 document, made of what the routes say of themselves. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from vxpipe.access import Scope
from vxpipe.handlers import bodies, headers, hook_messages, problems
from vxpipe.handlers.operations import JSON, Answer, Operation, Row

PROBLEM = "application/problem+json"

_TAGS = {
    "jobs": "Hand in videos, see how they do, end them.",
    "live": "The story while it happens, as server-sent events. EventSource works with the cookie of `POST /login`.",
    "files": "What came out.",
    "service": "What this service is and can do.",
    "page": "The web page, and the way in for browsers.",
}
_SECURITY = {
    "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "bearer": {"type": "http", "scheme": "bearer", "description": "The same keys."},
    "cookie": {
        "type": "apiKey",
        "in": "cookie",
        "name": "vxpipe_session",
        "description": "What `POST /login` gives a browser. Unsafe methods want a request from the service's own page.",
    },
}
_PATH_PARAMETERS = {
    "id": {"schema": {"type": "string"}, "description": "The id, as the service gave it out."},
    "n": {"schema": {"type": "integer", "minimum": 0}, "description": "The place of the item in the batch, from 0."},
    "place": {"schema": {"type": "integer", "minimum": 0, "maximum": 3}, "description": "Which of them, from 0."},
    "name": {"schema": {"type": "string"}, "description": "The name of the file."},
    "digest": {"schema": {"type": "string"}, "description": "The digest of the files, as the page names it."},
    "path": {"schema": {"type": "string"}, "description": "The file."},
}
_DESCRIPTION = """Codes and links of videos go in; clean, cropped, de-duplicated, exactly timed frames come out,
with a live log that can be resumed. Times are RFC 3339 in UTC with milliseconds. Errors are problem+json (RFC 9457)."""
_REF = "#/components/schemas/{model}"


class _Untitled(GenerateJsonSchema):
    """Without the titles that pydantic makes of names: they say nothing that the names do not.

    A default in the model of an answer says that the field may be absent, and no more.
    """

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False

    def default_schema(self, schema: Any) -> Any:
        return self.generate_inner(schema["schema"]) if self.mode == "serialization" else super().default_schema(schema)

    def _update_class_schema(self, json_schema: Any, cls: Any, config: Any) -> None:
        super()._update_class_schema(json_schema, cls, config)
        json_schema.pop("title", None)


def document(rows: Sequence[Row], *, version: str) -> dict[str, Any]:
    """The whole document; every route is in it."""
    schemas = _schemas(operation for _, _, operation, _ in rows)
    described: dict[str, dict[str, Any]] = {}
    for method, path, operation, scope in rows:
        described.setdefault(path, {})[method.lower()] = _operation(path, operation, scope)
    return {
        "openapi": "3.1.1",
        "info": {
            "title": "vxpipe",
            "summary": "From a list of videos to clean, cropped, de-duplicated, time-stamped frames.",
            "version": version,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": ".", "description": "This service"}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": described,
        "webhooks": hook_messages.described(_reference),
        "components": {"schemas": schemas, "headers": headers.GIVEN, "securitySchemes": _SECURITY},
    }


def _schemas(operations: Iterable[Operation]) -> dict[str, Any]:
    told = (bodies.Problem, *hook_messages.MESSAGES.values())
    wanted: dict[type[BaseModel], JsonSchemaMode] = dict.fromkeys(told, "serialization")
    for operation in operations:
        sent = chain.from_iterable(answer.content.values() for answer in operation.answers.values())
        wanted |= dict.fromkeys(filter(None, sent), "serialization")
        wanted |= {operation.body: "validation"} if operation.body else {}
    _, made = models_json_schema(list(wanted.items()), ref_template=_REF, schema_generator=_Untitled)
    return dict(sorted(made["$defs"].items()))


def _operation(path: str, operation: Operation, scope: Scope | None) -> dict[str, Any]:
    summary, _, rest = operation.text.partition("\n")
    codes = tuple(dict.fromkeys(operation.refusals + problems.EVERYWHERE + (problems.BEHIND_A_KEY if scope else ())))
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": summary,
        "parameters": [*_in_path(path), *_in_query(operation.query), *_in_headers(operation.headers)],
        "responses": _answers(operation.answers) | _refusals(codes, operation.answers),
        "security": [{name: [scope.value]} for name in _SECURITY] if scope else [],
    }
    if rest.strip():
        described["description"] = rest.strip()
    if operation.body:
        described["requestBody"] = _body(operation.body, operation.examples)
    return described


def _in_path(path: str) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", path)
    return [{"name": name, "in": "path", "required": True, **_PATH_PARAMETERS[name]} for name in names]


def _in_query(model: type[BaseModel] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    schema = model.model_json_schema(schema_generator=_Untitled)
    return [_in_query_one(name, value) for name, value in schema.get("properties", {}).items()]


def _in_query_one(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    shown = {key: value for key, value in schema.items() if key not in ("description", "anyOf", "default")}
    shown |= next((each for each in schema.get("anyOf", ()) if each.get("type") != "null"), {})
    if schema.get("default") is not None:
        shown["default"] = schema["default"]
    return {"name": name, "in": "query", "description": schema["description"], "schema": shown}


def _in_headers(names: Iterable[str]) -> list[dict[str, Any]]:
    return [{"name": name, "in": "header", **headers.ASKED[name]} for name in names]


def _body(model: type[BaseModel], examples: Mapping[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": _reference(model)}
    if examples:
        content["examples"] = {name: {"value": value} for name, value in examples.items()}
    return {"required": True, "content": {JSON: content}}


def _answers(answers: Mapping[int, Answer]) -> dict[str, Any]:
    return {str(status): _answer(answer) for status, answer in answers.items()}


def _answer(answer: Answer) -> dict[str, Any]:
    described: dict[str, Any] = {"description": answer.meaning, "headers": _given(*answer.headers, "X-Request-ID")}
    if answer.content:
        described["content"] = _contents(answer)
    if answer.leads_to:
        described["links"] = {name: _link(name) for name in answer.leads_to}
    return described


def _link(name: str) -> dict[str, Any]:
    return {"operationId": name, "parameters": {"id": "$response.body#/jobId"}}


def _contents(answer: Answer) -> dict[str, Any]:
    shown = {kind: {"schema": _reference(model)} if model else {} for kind, model in answer.content.items()}
    if answer.example is not None:
        shown[JSON] |= {"example": answer.example}
    return shown


def _refusals(codes: tuple[str, ...], answers: Mapping[int, Answer]) -> dict[str, Any]:
    return {
        str(status): _refusal(status, group, answers.get(status)) for status, group in problems.by_status(codes).items()
    }


_QUOTA = ("RateLimit", "RateLimit-Policy")
_REFUSAL_HEADERS = {401: ("WWW-Authenticate",), 405: ("Allow",), 429: ("Retry-After", *_QUOTA), 503: ("Retry-After",)}


def _refusal(status: int, codes: tuple[str, ...], besides: Answer | None) -> dict[str, Any]:
    lines = [f"- `{code}`: {problems.PROBLEMS[code][1]}" for code in codes]
    exact = {"properties": {"status": {"const": status}, "code": {"enum": list(codes)}}}
    content = {PROBLEM: {"schema": {"allOf": [_reference(bodies.Problem), exact]}}}
    if besides:
        lines.insert(0, besides.meaning)
        content |= _contents(besides)
    return {
        "description": "\n".join(lines),
        "headers": _given(*_REFUSAL_HEADERS.get(status, ()), "X-Request-ID"),
        "content": content,
    }


def _given(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}
