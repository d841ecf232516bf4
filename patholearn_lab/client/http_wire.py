"""Requests to the server extension: sent with the token, and every failure made the error that it stands for."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from patholearn_lab.client.wire import API
from patholearn_lab.errors import PathoLearnError, PermissionDeniedError, UnavailableError, error_from_dict

QUICK_S = 30.0


class Wire:
    """Sends requests, and makes of every failure the error that it stands for."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        # No proxy of the environment stands between a kernel and its own server.
        self._http = httpx.Client(
            base_url=f"{url}{API}/",
            headers={"Authorization": f"token {token}"},
            timeout=QUICK_S,
            trust_env=False,
        )
        self._lock = threading.Lock()
        self._under_way = 0
        self._closed = False

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON at an address."""
        return self.request("GET", path, query).json()

    def post(self, path: str, body: Any, *, timeout_s: float = QUICK_S) -> Any:
        """Send JSON, and return the JSON that comes back."""
        return self.request("POST", path, json=body, timeout=timeout_s).json()

    def delete(self, path: str) -> None:
        """Delete what is at an address."""
        self.request("DELETE", path)

    def request(self, method: str, path: str, query: Mapping[str, Any] | None = None, **options: Any) -> httpx.Response:
        """Send a request and return the answer; `options` are httpx's own, what is None in `query` is left out."""
        given = {key: value for key, value in (query or {}).items() if value is not None}
        with self._failures_named(), self._open():
            answer = self._http.request(method, path, params=given, **options)
        if answer.is_success:
            return answer
        raise _error_of(answer, self._url)

    def download(self, path: str, query: Mapping[str, Any], target: Path, *, timeout_s: float) -> None:
        """Write what is at an address into the file `target`, whole or not at all."""
        part = target.with_name(f"{target.name}.part")
        try:
            with (
                self._failures_named(),
                self._open(),
                self._http.stream("GET", path, params=query, timeout=timeout_s) as answer,
            ):
                if not answer.is_success:
                    answer.read()
                    raise _error_of(answer, self._url)
                with part.open("wb") as file:
                    for chunk in answer.iter_bytes():
                        file.write(chunk)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)

    @contextmanager
    def _failures_named(self) -> Iterator[None]:
        try:
            yield
        except httpx.TimeoutException as error:
            raise UnavailableError(
                f"The PathoLearn server at {self._url} did not answer in time.",
                "It may be busy: try again in a moment.",
            ) from error
        except httpx.TransportError as error:
            raise UnavailableError(
                f"The PathoLearn server at {self._url} cannot be reached: {error}.",
                "Is JupyterLab still running? Start it again, then restart this kernel.",
            ) from error

    def close(self) -> None:
        """Close the connections, the last one when its request is answered."""
        with self._lock:
            self._closed = True
            is_idle = self._under_way == 0
        if is_idle:
            self._http.close()

    @contextmanager
    def _open(self) -> Iterator[None]:
        """Count a request. httpx must not be closed under one of another thread, so the last one to end does it."""
        with self._lock:
            if self._closed:
                raise UnavailableError("This client was closed.", "Call patholearn_lab.client.connect() for a new one.")
            self._under_way += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1
                is_last = self._closed and self._under_way == 0
            if is_last:
                self._http.close()


def _error_of(answer: httpx.Response, url: str) -> PathoLearnError:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if isinstance(body, dict) and "error" in body:
        return error_from_dict(body)
    if answer.status_code in {401, 403}:
        return PermissionDeniedError(
            f"The server at {url} refused the token.", "Restart this kernel: the server may have been started anew."
        )
    return UnavailableError(
        f"The server at {url} answered {answer.status_code} {answer.reason_phrase}.",
        "Is the PathoLearn Lab server extension enabled? 'jupyter server extension list' tells.",
    )


def at(*parts: object) -> str:
    """Return an address below the API, each part quoted."""
    return "/".join(quote(str(part), safe="") for part in parts)
