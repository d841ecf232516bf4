"""Nobody comes in without a login, and a browser's cookie alone changes nothing."""

from __future__ import annotations

import json
import os
import re
from http import HTTPStatus
from pathlib import Path

import httpx
import pytest
import websocket
from support.jupyter_server import API, JupyterServer

from patholearn_lab.client.connection import find_connections
from patholearn_lab.client.http import HttpClient
from patholearn_lab.errors import DatasetNotFoundError
from patholearn_lab.server.route import Operation, Route
from patholearn_lab.server.routes import ROUTES
from patholearn_lab.services.events import Event
from patholearn_lab.testing.waiting import eventually

pytestmark = pytest.mark.server

OPERATIONS = [
    pytest.param(route, operation, id=f"{operation.method} {route.path}")
    for route in ROUTES
    for operation in route.operations
]


@pytest.mark.parametrize(("route", "operation"), OPERATIONS)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "token wrong"}], ids=["no token", "a wrong token"])
def test_an_endpoint_refuses_who_is_not_logged_in(
    jupyter_server: JupyterServer, route: Route, operation: Operation, headers: dict[str, str]
) -> None:
    address = f"{jupyter_server.url}{API}" + re.sub(r"\{\w+\}", "7", route.path)
    answer = httpx.request(operation.method, address, headers=headers, trust_env=False)
    assert answer.status_code in {401, 403}
    if operation.status != HTTPStatus.SWITCHING_PROTOCOLS:  # a websocket is refused before it has a body
        assert set(answer.json()) == {"error", "message", "hint", "details"}


def test_an_unknown_address_does_not_tell_strangers_that_it_is_unknown(jupyter_server: JupyterServer) -> None:
    address = f"{jupyter_server.url}{API}/nothing"
    assert httpx.get(address, trust_env=False).status_code == 403
    answer = jupyter_server.http.get("nothing")
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")


def test_the_events_refuse_who_is_not_logged_in(jupyter_server: JupyterServer) -> None:
    address = f"{jupyter_server.url.replace('http', 'ws', 1)}{API}/events"
    with pytest.raises(websocket.WebSocketBadStatusException) as caught:
        websocket.create_connection(address, timeout=10)
    assert caught.value.status_code == 403


def test_the_events_refuse_another_sites_page(jupyter_server: JupyterServer) -> None:
    address = f"{jupyter_server.url.replace('http', 'ws', 1)}{API}/events"
    with httpx.Client(base_url=jupyter_server.url, follow_redirects=True, trust_env=False) as browser:
        browser.get("tree", params={"token": jupyter_server.token})
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies.jar)
    with pytest.raises(websocket.WebSocketBadStatusException) as caught:
        websocket.create_connection(address, timeout=10, cookie=cookies, origin="http://elsewhere.example")
    assert caught.value.status_code == 403


def test_a_browsers_cookie_without_the_xsrf_token_reads_but_changes_nothing(jupyter_server: JupyterServer) -> None:
    with httpx.Client(base_url=jupyter_server.url, follow_redirects=True, trust_env=False) as browser:
        browser.get("lab", params={"token": jupyter_server.token})
        assert browser.get(f"{API}/status", headers={"Referer": jupyter_server.url}).status_code == 200
        refused = browser.post(f"{API}/datasets", json={"builtin": "no_such_set"})
        assert refused.status_code == 403
        taken = browser.post(
            f"{API}/datasets", json={"builtin": "no_such_set"}, headers={"X-XSRFToken": browser.cookies["_xsrf"]}
        )
        assert (taken.status_code, taken.json()["error"]) == (404, "dataset_not_found")


def test_a_kernel_comes_in_where_people_log_in_with_a_password(tmp_path: Path) -> None:
    password = (
        "argon2:$argon2id$v=19$m=10240,t=10,p=8$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    )
    options = (f"--PasswordIdentityProvider.hashed_password={password}",)
    with JupyterServer.started(tmp_path / "work", tmp_path / "data", options=options, token="") as server:
        assert server.http.get("status").status_code == 403
        [connection] = eventually(lambda: find_connections(server.runtime_dir), 30, what="the connection file")
        with HttpClient(connection.url, connection.token) as client:
            seen: list[Event] = []
            client.events.subscribe(seen.append, ["datasets"])
            with pytest.raises(DatasetNotFoundError):
                client.datasets.delete("no_such")
            client.datasets.ensure("digits")
            eventually(lambda: seen, what="the event of the new data set")


def test_the_connection_file_is_for_its_owner_only_and_gone_with_the_server(tmp_path: Path) -> None:
    with JupyterServer.started(tmp_path / "work", tmp_path / "data") as server:
        path = server.runtime_dir / f"patholearn-{server.process.pid}.json"
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.stat().st_uid == os.getuid()
        connection = json.loads(path.read_text())
        assert (connection["url"], connection["pid"]) == (server.url, server.process.pid)
        kernel = {"Authorization": f"token {connection['token']}"}
        assert httpx.get(f"{server.url}{API}/status", headers=kernel, trust_env=False).status_code == 200
        assert httpx.get(f"{server.url}api/contents", headers=kernel, trust_env=False).status_code == 403
    assert not path.exists()
