"""Telling another program that a job has ended, and never waiting for it."""

from __future__ import annotations

import json
import logging
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from patholearn_lab.services.webhook import Webhook, told
from patholearn_lab.testing.waiting import eventually

JOB: dict[str, Any] = {
    "id": "j1",
    "kind": "training",
    "name": "LeNet",
    "owner": "ada",
    "state": "failed",
    "started_at": None,
    "ended_at": "2026-05-01T12:00:00+00:00",
    "labels": {},
    "result": None,
    "error": {"traceback": "secret"},
    "transitions": [{"state": "failed", "at": "2026-05-01T12:00:00+00:00", "reason": "It diverged."}],
}


def test_a_job_that_ended_is_told_without_its_traceback() -> None:
    heard: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        webhook = Webhook(f"http://127.0.0.1:{server.server_port}/hook")
        webhook.job_ended(JOB)
        eventually(lambda: heard)
        webhook.close()
    assert heard == [told(JOB)]
    assert heard[0]["reason"] == "It diverged."
    assert "secret" not in json.dumps(heard)


def test_an_address_that_hangs_is_given_up_and_its_secret_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, caplog.at_level(logging.WARNING):
        webhook = Webhook(f"http://127.0.0.1:{silent.getsockname()[1]}/hook?token=hunter2", timeout_s=0.2)
        webhook.job_ended(JOB)
        eventually(lambda: "no answer within 0.2 s" in caplog.text)
        webhook.close()
    assert "127.0.0.1" in caplog.text
    assert "hunter2" not in caplog.text


def test_nobody_waits_for_a_webhook_that_is_slow(caplog: pytest.LogCaptureFixture) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        webhook = Webhook(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.2)
        for _ in range(1100):
            webhook.job_ended(JOB)
        webhook.close()
    assert "is too slow: it is not told of job j1" in caplog.text
