"""Every endpoint stands in the one table, needs a login, and is documented with its address."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from jupyter_server.auth.decorator import ws_authenticated
from jupyter_server.base.handlers import JupyterHandler
from repository.documents import texts
from repository.project import python_files, tree
from tornado import web

from patholearn_lab.server.app import PathoLearnApp
from patholearn_lab.server.base import JsonHandler
from patholearn_lab.server.routes import ROUTES

METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
OPERATIONS = [(operation.method, route.path, route.handler) for route in ROUTES for operation in route.operations]
# The decorators of tornado and of Jupyter (for websockets) wrap every method in these two functions.
_AUTHENTICATED = {decorator(lambda handler: None).__code__ for decorator in (web.authenticated, ws_authenticated)}


def own_methods(handler: type) -> set[str]:
    """Return the HTTP methods that a handler answers beyond what tornado and Jupyter give every handler."""
    return {name.upper() for name in METHODS if getattr(handler, name).__module__.startswith("patholearn_lab")}


def needs_login(handler: type, method: str) -> bool:
    """Return whether a stranger's request cannot reach a method.

    Either the method is decorated with ``web.authenticated`` or ``ws_authenticated``, or the class comes from
    `JsonHandler`, whose ``prepare`` refuses strangers before any method is called (tests of the server prove that for
    every address), and no class in between has a ``prepare`` of its own that forgets to call it.
    """
    function = getattr(handler, method.lower())
    if getattr(function, "__allow_unauthenticated", False):
        return False
    while function is not None:
        if function.__code__ in _AUTHENTICATED:
            return True
        function = getattr(function, "__wrapped__", None)
    return handler.prepare is JsonHandler.prepare  # type: ignore[attr-defined]


@pytest.mark.parametrize(("method", "path", "handler"), OPERATIONS, ids=lambda value: str(value))
def test_an_endpoint_needs_a_login(method: str, path: str, handler: type) -> None:
    assert needs_login(handler, method), f"{method} {path} ({handler.__name__}) answers strangers"


def test_an_endpoint_without_login_is_found() -> None:
    class Open(JupyterHandler):  # type: ignore[misc]
        def get(self) -> None:
            self.finish("for everybody")

        @web.authenticated
        def post(self) -> None:
            self.finish("for us")

    class Forgetful(JsonHandler):
        async def prepare(self) -> None:
            """Let everybody in."""

        def get(self) -> None:
            self.finish("for everybody")

    assert not needs_login(Open, "GET")
    assert needs_login(Open, "POST")
    assert not needs_login(Forgetful, "GET")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_the_table_lists_what_the_handler_answers(route: object) -> None:
    listed = {operation.method for operation in route.operations}  # type: ignore[attr-defined]
    assert own_methods(route.handler) == listed  # type: ignore[attr-defined]


def test_no_handler_is_reachable_beside_the_table() -> None:
    """Nobody else hands addresses to tornado."""
    beside = [
        f"{file}:{node.lineno}"
        for file in python_files("patholearn_lab")
        for node in ast.walk(tree(file))
        if getattr(node, "attr", "") in {"add_handlers", "add_handler"}
    ]
    assert beside == []


def plain(path: str) -> str:
    """Return an address with its variable parts made alike: documentation may call them otherwise."""
    return re.sub(r"\{\w+\}|<\w+>", "{}", path.partition("?")[0].rstrip("/"))


def documented(text: str) -> set[tuple[str, str]]:
    """Return the addresses that a text names, as (method, path)."""
    found = re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (?:/patholearn/api/v1)?(/[^\s`]*)", text)
    return {(method, plain(path)) for method, path in found}


def test_every_address_is_documented() -> None:
    page = documented(texts()[Path("docs/reference/rest.md")])
    assert {(method, plain(path)) for method, path, _ in OPERATIONS} - page == set()


@pytest.mark.parametrize("page", texts(), ids=str)
def test_every_documented_address_exists(page: Path) -> None:
    assert documented(texts()[page]) - {(method, plain(path)) for method, path, _ in OPERATIONS} == set()


def test_an_address_that_does_not_exist_is_found() -> None:
    assert documented("`GET /nonsense/{id}?after=` and `POST /patholearn/api/v1/jobs`") == {
        ("GET", "/nonsense/{}"),
        ("POST", "/jobs"),
    }


def own_settings() -> dict[str, object]:
    """Return the settings that the extension adds to those of every Jupyter application."""
    return {
        name: trait for name, trait in PathoLearnApp.class_own_traits(config=True).items() if not name.startswith("_")
    }


def test_there_are_settings() -> None:
    assert {"data_dir", "max_upload_mb", "jobs_at_once"} <= set(own_settings())


@pytest.mark.parametrize("name", own_settings())
def test_every_setting_is_documented_with_its_default_and_has_a_help_text(name: str) -> None:
    trait = own_settings()[name]
    rows = [
        row
        for row in texts()[Path("docs/operators/running.md")].splitlines()
        if row.startswith(f"| `PathoLearnApp.{name}`")
    ]
    assert len(rows) == 1, f"{name} has {len(rows)} rows in the table of settings"
    default = trait.default_value  # type: ignore[attr-defined]
    if isinstance(default, int):
        assert f"| {default} |" in rows[0]
    assert trait.help, f"{name} has no help text"  # type: ignore[attr-defined]


def test_every_documented_setting_exists() -> None:
    named = {name for text in texts().values() for name in re.findall(r"PathoLearnApp\.([a-z]\w*)", text)}
    assert named <= set(PathoLearnApp.class_traits(config=True))
