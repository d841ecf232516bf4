"""What every handler has in common: login, errors, bodies, and calls that never hold up the event loop."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from jupyter_server.auth.identity import IdentityProvider, LegacyIdentityProvider, PasswordIdentityProvider, User
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from pydantic import BaseModel, ValidationError
from tornado import web

from patholearn_lab.client.wire import to_json
from patholearn_lab.errors import (
    CancelledError,
    ConflictError,
    InvalidInputError,
    MissingDependencyError,
    NotFoundError,
    PathoLearnError,
    PermissionDeniedError,
    TooLargeError,
    UnavailableError,
)

if TYPE_CHECKING:
    from patholearn_lab.client.local import LocalClient
    from patholearn_lab.server.app import PathoLearnApp

P = ParamSpec("P")
T = TypeVar("T")
Model = TypeVar("Model", bound=BaseModel)

STATUS: dict[type[PathoLearnError], int] = {
    InvalidInputError: 400,
    PermissionDeniedError: 403,
    NotFoundError: 404,
    ConflictError: 409,
    CancelledError: 409,
    TooLargeError: 413,
    MissingDependencyError: 501,
    UnavailableError: 503,
    PathoLearnError: 500,
}
"""The status of each error; one that is not named has its parent's."""

SINGLE_USER = (IdentityProvider, PasswordIdentityProvider, LegacyIdentityProvider)
"""Jupyter's own identity providers: they tell who may come in, and call everybody by an invented name."""

_PIECE = 2**20
"""Bytes of a file that are sent at a time."""

BODY_LIMIT = 16_000_000
"""The most bytes of a request that is read into memory."""

WORDS = {
    400: ("bad_request", "The request cannot be read."),
    401: ("not_logged_in", "Nobody is logged in."),
    403: ("forbidden", "This needs a login, or the login is not enough for it."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that kind of request."),
    413: ("too_large", "The request is too large."),
}


def status_of(error: PathoLearnError) -> int:
    """Return the HTTP status that stands for `error`."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


class PathoLearnHandler(JupyterHandler):
    """Knows the extension, and waits for its start."""

    def initialize(self, app: PathoLearnApp) -> None:
        """Take the extension, which the table of routes hands to every handler."""
        self.app = app

    async def prepare(self, **options: Any) -> None:
        """Let in who has the kernels' token; everybody else as Jupyter does."""
        if not self._has_kernel_token():
            await super().prepare(**options)
            return
        if not self.check_host():
            raise web.HTTPError(403)
        # No XSRF check, as for Jupyter's own token: no browser adds this header by itself.
        self.current_user = User(self.app.services.settings.owner)
        self.set_cors_headers()

    def log_exception(self, kind: Any, error: Any, trace: Any) -> None:
        """Keep a person's mistakes out of the server's log, and log what nobody expected with its traceback."""
        if isinstance(error, PathoLearnError):
            self.log.debug("%s: %s", self.request.path, error.message)
        else:
            super().log_exception(kind, error, trace)

    def _has_kernel_token(self) -> bool:
        kind, _, given = self.request.headers.get("Authorization", "").partition(" ")
        return kind == "token" and secrets.compare_digest(given.encode(), self.app.kernel_token.encode())

    @property
    def client(self) -> LocalClient:
        """The client that does the work, in the name of who asks."""
        from patholearn_lab.client.local import LocalClient

        # Kernels run as the server's own account, which can read its folder anyway: they are one person alone.
        known = type(self.identity_provider) not in SINGLE_USER and not self._has_kernel_token()
        return LocalClient(self.app.services, self.current_user.username if known else None)

    async def ensure_started(self) -> None:
        """Wait until the extension has started.

        Raises
        ------
        PathoLearnError
            When it could not be started: the same error for everybody, until the server is started anew.
        """
        await asyncio.shield(self.app.ready)
        if self.app.startup_error is not None:
            raise self.app.startup_error

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `function` in a thread, so that the event loop goes on meanwhile."""
        work = partial(function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self.app.pool, work)


class JsonHandler(PathoLearnHandler, APIHandler):
    """JSON in, JSON out, and one shape for everything that goes wrong."""

    async def prepare(self) -> None:  # type: ignore[override]  # APIHandler itself narrows it so
        """Let only those in who are logged in, and nobody before the extension has started."""
        await super().prepare()
        if self.current_user is None:
            raise web.HTTPError(403)
        await self.ensure_started()

    def read_query(self, model: type[Model]) -> Model:
        """Return the query of the address as `model`.

        Raises
        ------
        InvalidInputError
            When a parameter is missing or out of its range; names it.
        """
        given: dict[str, Any] = {}
        for name, field in model.model_fields.items():
            values = self.get_query_arguments(name)
            if values:
                given[name] = values if "list" in str(field.annotation) else values[-1]
        return _read(model, given, "the address")

    def read_body(self, model: type[Model]) -> Model:
        """Return the JSON body as `model`.

        Raises
        ------
        InvalidInputError
            When it is no JSON, or does not fit; names the field.
        """
        return _read(model, self.read_json(), "the request")

    def read_json(self) -> Any:
        """Return the JSON body; an empty dictionary where there is none."""
        try:
            return json.loads(self.request.body or b"{}")
        except ValueError as error:
            raise InvalidInputError(f"The request is no JSON: {error}.", "Send a JSON object.") from error

    def answer(self, value: Any, status: int = 200) -> None:
        """Finish with a model, a dataclass or plain data."""
        self.set_status(status)
        self.set_header("Cache-Control", "no-store")
        self.finish(json.dumps(to_json(value), allow_nan=False))

    def answer_list(self, values: Any, next: str | None = None) -> None:
        """Finish with one page of a list."""
        self.answer({"items": [to_json(value) for value in values], "next": next})

    async def answer_file(self, path: Path, media: str) -> None:
        """Finish with a file, a piece at a time."""
        with path.open("rb") as file:
            self.set_header("Content-Type", media)
            while piece := await self.call(file.read, _PIECE):
                self.write(piece)
                await self.flush()
        self.finish(set_content_type=media)

    def answer_nothing(self) -> None:
        """Finish with the status 204."""
        self.set_status(204)
        self.finish()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write any error in the one shape, with the status of the table."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, PathoLearnError):
            self.set_status(status_of(error))
            body = error.to_dict()
        else:
            body = _stranger(status_code, error)
        self.finish(json.dumps(body))


class NothingHandler(JsonHandler):
    """Every address that is not in the table."""

    async def prepare(self) -> None:  # type: ignore[override]  # APIHandler itself narrows it so
        """Say that nothing is here; to nobody who is not logged in."""
        await super().prepare()
        raise web.HTTPError(404)


def _read(model: type[Model], given: Any, where: str) -> Model:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or where
        raise InvalidInputError(
            f"{field!r} in {where} cannot be used: {first['msg']} (it is {first['input']!r:.100}).",
            "The description of the interface is at patholearn/api/v1/openapi.json.",
            field=field,
        ) from error


def _stranger(status: int, error: BaseException | None) -> dict[str, Any]:
    """Return the one shape for what is not an error of ours: tornado's, Jupyter's, or a mistake in the program."""
    if isinstance(error, web.HTTPError) and status < 500:
        code, message = WORDS.get(status, (f"http_{status}", error.reason or "The request was refused."))
        if error.log_message:
            message = f"{message} {error.log_message}"
        hint = "Log in to Jupyter, or send its token." if status in {401, 403} else "Look at the address again."
        return {"error": code, "message": message, "hint": hint, "details": {}}
    return {
        "error": "internal",
        "message": f"Something unexpected went wrong ({type(error).__name__ if error else status}).",
        "hint": "The log of the Jupyter server has the details; please report them.",
        "details": {},
    }
