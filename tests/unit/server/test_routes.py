"""The table of endpoints, and what is made from it."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from http import HTTPStatus

import pytest
from tornado import web

from patholearn_lab.client.interface import Client
from patholearn_lab.errors import PathoLearnError
from patholearn_lab.server.base import STATUS, status_of
from patholearn_lab.server.openapi import openapi
from patholearn_lab.server.route import Operation, Route
from patholearn_lab.server.routes import ROUTES

OPERATIONS = [pytest.param(route, operation, id=operation.id) for route in ROUTES for operation in route.operations]
HTTP_METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


def subclasses(kind: type) -> list[type]:
    return [kind, *(leaf for child in kind.__subclasses__() for leaf in subclasses(child))]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_a_handler_takes_exactly_the_methods_of_the_table(route: Route) -> None:
    own = {method for method in HTTP_METHODS if getattr(route.handler, method.lower()) is not _unimplemented(method)}
    assert own == {operation.method for operation in route.operations}


def _unimplemented(method: str) -> object:
    return getattr(web.RequestHandler, method.lower())


@pytest.mark.parametrize(("route", "operation"), OPERATIONS)
def test_a_handler_takes_the_parts_of_its_address(route: Route, operation: Operation) -> None:
    parts = re.findall(r"\{(\w+)\}", route.path)
    parameters = list(inspect.signature(inspect.unwrap(getattr(route.handler, operation.method.lower()))).parameters)
    if operation.status != HTTPStatus.SWITCHING_PROTOCOLS:  # a websocket takes what tornado gives it
        assert parameters[1:] == parts


def test_an_address_leads_to_the_first_route_that_fits_and_that_is_the_right_one() -> None:
    for route in ROUTES:
        example = re.sub(r"\{\w+\}", "7", route.path)
        assert next(other for other in ROUTES if re.fullmatch(other.pattern, example)) is route


def test_every_call_of_the_client_has_an_endpoint_and_the_other_way_round() -> None:
    calls = {
        f"{group}.{name}"
        for group, interface in inspect.get_annotations(Client, eval_str=True).items()
        for name, member in inspect.getmembers(interface, inspect.isfunction)
        if not name.startswith("_")
    }
    # These have no endpoint of their own: what they make is uploaded, or they share one with another call.
    shared = {"datasets.ensure", "datasets.from_arrays", "datasets.from_samples", "models.predict_sample"}
    assert {operation.id for route in ROUTES for operation in route.operations} == (calls - shared) | {
        "status",
        "openapi",
        "architectures.live",  # spoken by LiveArchitecture, not by the client
    }


def test_the_description_has_exactly_the_routes() -> None:
    described = openapi(ROUTES, "1.0", "/user/ada/")
    assert described["servers"] == [{"url": "/user/ada/patholearn/api/v1"}]
    assert {path: set(methods) for path, methods in described["paths"].items()} == {
        route.path: {operation.method.lower() for operation in route.operations} for route in ROUTES
    }


def test_every_reference_of_the_description_leads_somewhere() -> None:
    described = openapi(ROUTES, "1.0", "/")
    names = set(described["components"]["schemas"])
    assert set(re.findall(r"'#/components/schemas/([^']+)'", str(described))) <= names


def test_the_description_is_valid_openapi() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    described = openapi(ROUTES, "1.0", "/")
    for schema in described["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    operations = [operation for methods in described["paths"].values() for operation in methods.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for operation in operations:
        assert operation["summary"].endswith(".") or operation["summary"].endswith("}.")
        assert all(answer["description"] for answer in operation["responses"].values())
    for path, methods in described["paths"].items():
        for operation in methods.values():
            given = {one["name"] for one in operation.get("parameters", []) if one["in"] == "path"}
            assert given == set(re.findall(r"\{(\w+)\}", path))


@pytest.mark.parametrize("kind", subclasses(PathoLearnError), ids=lambda kind: kind.__name__)
def test_every_error_has_a_status_and_a_mistake_of_the_user_is_no_500(kind: type[PathoLearnError]) -> None:
    status = status_of(kind("What happened."))
    assert status == next(STATUS[parent] for parent in kind.__mro__ if parent in STATUS)
    assert status != 500 or kind is PathoLearnError


def test_loading_the_extension_imports_nothing_heavy() -> None:
    code = """
import sys, patholearn_lab
patholearn_lab._jupyter_server_extension_points()
heavy = ("torch", "dask", "onnxruntime", "sqlalchemy", "zarr", "lightning", "numpy")
print([name for name in heavy if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
