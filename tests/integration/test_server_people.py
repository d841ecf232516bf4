"""A server that several people share: what is private to one is refused to the others, and their kernels still work."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.archives import sound
from support.jupyter_server import JupyterServer

from patholearn_lab.client.connection import find_connections
from patholearn_lab.client.http import HttpClient
from patholearn_lab.testing.waiting import eventually

pytestmark = pytest.mark.server

READ = ["", "/versions", "/samples", "/samples/0/image", "/quality", "/leaks", "/measuring", "/folder", "/export"]


def test_what_is_private_to_somebody_else_is_refused(tmp_path: Path) -> None:
    tests = Path(__file__).parents[1]
    options = ("--ServerApp.identity_provider_class=support.people.NamedPeople",)
    environment = {"PYTHONPATH": f"{tests}:{tests.parent}"}
    with JupyterServer.started(tmp_path / "work", tmp_path / "data", env=environment, options=options) as server:
        http, ada, bob = server.http, {"X-Person": "ada"}, {"X-Person": "bob"}
        made = http.post("datasets/uploads", params={"id": "adas"}, content=sound(), headers=ada)
        assert (made.status_code, made.json()["owner"], made.json()["visibility"]) == (201, "ada", "private")
        for path in READ:
            answer = http.get(f"datasets/adas{path}", headers=bob)
            assert (answer.status_code, answer.json()["error"]) == (403, "permission_denied"), path
            assert "private to 'ada'" in answer.json()["message"]
        changes = {"versions": {"kind": "divide"}, "card": {"name": "Mine"}, "measuring": {}, "previews": {}}
        for path, body in changes.items():
            body = {"augmentation": "gentle"} if path == "previews" else body
            assert http.post(f"datasets/adas/{path}", json=body, headers=bob).status_code == 403, path
        assert http.delete("datasets/adas", headers=bob).status_code == 403
        job = {"kind": "training", "payload": {"code": 'DATASET = "adas"'}}
        assert http.post("jobs", json=job, headers=bob).status_code == 403
        assert [one["id"] for one in http.get("datasets", headers=bob).json()["items"]] == []

        assert http.post("datasets/adas/card", json={"visibility": "public"}, headers=ada).status_code == 200
        assert http.get("datasets/adas/samples", headers=bob).status_code == 200
        assert http.post("datasets/adas/versions", json={"kind": "divide"}, headers=bob).status_code == 403
        assert http.delete("datasets/adas", headers=bob).status_code == 403

        [connection] = eventually(lambda: find_connections(server.runtime_dir), 30, what="the connection file")
        with HttpClient(connection.url, connection.token) as kernel:
            assert kernel.datasets.change("adas", {"kind": "divide"}).version == 2
        assert http.delete("datasets/adas", headers=ada).status_code == 204
