"""The OpenAPI document: valid, complete, and true."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from openapi_spec_validator import OpenAPIV31SpecValidator
from typer.testing import CliRunner

import conformity
from house import house
from vxpipe import __version__, config, parts
from vxpipe.cli import cli
from vxpipe.handlers import examples, openapi, routes
from vxpipe.handlers.operations import Operation
from vxpipe.handlers.routes import ROUTES

DOCUMENT: dict[str, Any] = json.loads(routes.document("1.2.3"))
OPERATIONS = [(path, method, each) for path, methods in DOCUMENT["paths"].items() for method, each in methods.items()]


def test_the_document_is_valid() -> None:
    assert list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors()) == []


def test_every_route_is_in_it_once() -> None:
    assert sorted((method, path) for method, path, _, _ in ROUTES) == sorted(
        (method.upper(), path) for path, method, _ in OPERATIONS
    )


def test_a_route_without_a_description_is_not_taken() -> None:
    async def get_secret(_request: web.Request) -> web.Response:
        return web.Response()

    undescribed: Any = ("GET", "/secret", get_secret, None)

    with pytest.raises(AttributeError):
        openapi.document([undescribed], version="1")
    assert all(isinstance(operation, Operation) for _, _, operation, _ in ROUTES)


def test_operation_ids_are_unique_and_speak() -> None:
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]

    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch("(get|post|put|delete)[A-Z][A-Za-z]+", each) for each in ids)


def test_tags_and_components_have_plain_names() -> None:
    known = {tag["name"] for tag in DOCUMENT["tags"]}

    assert {tag for _, _, operation in OPERATIONS for tag in operation["tags"]} == known
    assert all(re.fullmatch("[A-Za-z]+", name) for name in DOCUMENT["components"]["schemas"])


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_everything_is_explained(path: str, method: str, operation: dict[str, Any]) -> None:
    assert operation["summary"].endswith(".")
    assert all(parameter["description"] for parameter in operation["parameters"])
    assert all(answer["description"] for answer in operation["responses"].values())
    assert "internal" in operation["responses"]["500"]["description"]


SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]


def options() -> list[Any]:
    parts = ("Recipe", "Frames", "Rectangle", "Aspect", "Dedupe", "Drop", "Image", "Clip")
    return [(part, name) for part in parts for name in SCHEMAS[part]["properties"]]


def choices(told: dict[str, Any]) -> set[str]:
    """The words that a value is one of, and the models that may stand in their place."""
    arms = told.get("oneOf", ())
    models = {arm["$ref"].rpartition("/")[2] for arm in arms if "$ref" in arm}
    named = SCHEMAS.get(told.get("$ref", "").rpartition("/")[2], {})
    return models.union(*(arm.get("enum", ()) for arm in (told, named, *arms)))


@pytest.mark.parametrize(("part", "name"), options())
def test_every_option_is_told_so_that_a_form_can_be_made_of_it(part: str, name: str) -> None:
    told = SCHEMAS[part]["properties"][name]

    assert told["title"]
    assert choices(told) == set(told.get("x-words", ()))
    assert "default" in told or told["examples"]
    assert told.get("x-when", {}).keys() <= SCHEMAS[part]["properties"].keys() - {name}
    assert told.get("x-meanings", [{}])[-1].get("most", told.get("maximum")) == told.get("maximum")
    assert part != "Recipe" or told["x-group"]


def test_each_route_tells_the_scope_that_a_key_needs() -> None:
    told = {(method.upper(), path): operation["security"] for path, method, operation in OPERATIONS}

    assert told == {
        (method, path): [{way: [scope]} for way in ("apiKey", "bearer", "cookie")] if scope else []
        for method, path, _, scope in ROUTES
    }


def test_where_a_redirect_leads_is_described() -> None:
    redirects = [answers["302"] for _, _, operation in OPERATIONS if "302" in (answers := operation["responses"])]

    assert redirects
    assert all({"Location", "Cache-Control"} <= answer["headers"].keys() for answer in redirects)


async def test_the_service_and_the_command_give_the_same(tmp_path: Path) -> None:
    async with house(tmp_path, api_keys=["key-one"]) as home:
        answer = await home.client.get("/openapi.json")
        served = await answer.read()
    printed = await asyncio.to_thread(CliRunner().invoke, cli, ["openapi"])

    assert (answer.status, answer.content_type) == (200, "application/json")
    assert json.loads(printed.stdout) == json.loads(served) | {
        "info": {**json.loads(served)["info"], "version": __version__}
    }


async def test_the_examples_of_batches_are_accepted(tmp_path: Path) -> None:
    registry = parts.build_registry(config.read())
    async with house(tmp_path, targets=registry) as home:
        answers = [await home.client.post("/process", json=batch) for batch in examples.BATCHES.values()]
        bodies = [await answer.json() for answer in answers]

    assert [answer.status for answer in answers] == [202] * len(examples.BATCHES)
    assert all(body.keys() == examples.ACCEPTED.keys() for body in bodies)


def answers_with_an_example() -> list[Any]:
    return [
        pytest.param(content["example"], content["schema"], id=f"{operation['operationId']}-{status}")
        for _, _, operation in OPERATIONS
        for status, answer in operation["responses"].items()
        for content in answer.get("content", {}).values()
        if "example" in content
    ]


@pytest.mark.parametrize(("example", "schema"), answers_with_an_example())
def test_the_examples_of_answers_are_such_answers(example: Any, schema: dict[str, Any]) -> None:
    assert conformity.faults(example, conformity.component(schema["$ref"].rpartition("/")[2])) == []


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({"jobId": 7}, "Accepted"),
        ({}, "Accepted"),
        ({"jobId": "a", "more": 1}, "Accepted"),
        ({"event": "status", "data": {}}, "JobStreamEvent"),
        ({"event": "strange", "data": "{}"}, "JobStreamEvent"),
        (examples.JOB | {"updatedAt": "2026-11-22 09:00:41"}, "Job"),
    ],
)
def test_what_deviates_is_noticed(value: Any, name: str) -> None:
    assert conformity.faults(value, conformity.component(name)) != []


@pytest.mark.parametrize(
    ("answer", "status", "is_true"),
    [
        ({"jobId": "a"}, 202, True),
        ({"jobId": "a"}, 201, False),
        ({"job": "a"}, 202, False),
        ({"code": "strange"}, 400, False),
    ],
)
def test_an_answer_that_is_not_described_is_noticed(answer: Any, status: int, is_true: bool) -> None:
    found = conformity.deviations("POST", "/process", web.json_response(answer, status=status))

    assert (found == []) is is_true
