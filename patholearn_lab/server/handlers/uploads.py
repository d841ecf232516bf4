"""Uploads: the body goes to the disk as it arrives, and never into memory."""

from __future__ import annotations

import tempfile
from asyncio import Future
from pathlib import Path
from typing import IO, Any

from pydantic import BaseModel, Field
from tornado import web
from tornado.http1connection import HTTP1Connection

from patholearn_lab.errors import InvalidInputError, TooLargeError
from patholearn_lab.server.base import JsonHandler


class UploadQuery(BaseModel):
    """The new data set's id, what people call it, and what the file is called where the user has it."""

    id: str
    name: str | None = Field(None, max_length=200)
    file_name: str | None = Field(None, max_length=255)


@web.stream_request_body
class UploadsHandler(JsonHandler):
    """``/datasets/uploads``."""

    _file: IO[bytes] | None = None
    _received = 0

    async def prepare(self) -> None:  # type: ignore[override]  # APIHandler itself narrows it so
        """Let the body in; only from somebody who is logged in, and only into scratch."""
        await super().prepare()
        # A body over the limit is let in too, and dropped: a sender that is cut off in the middle of sending
        # would see a broken line instead of the answer that names the limit.
        assert isinstance(self.request.connection, HTTP1Connection)
        self.request.connection.set_max_body_size(1 << 62)
        self._query = self.read_query(UploadQuery)
        self._limit = self.app.services.settings.max_upload_bytes
        self._file = tempfile.NamedTemporaryFile(  # noqa: SIM115  (closed and removed in finish)
            dir=self.app.services.paths.scratch, prefix="upload-"
        )

    async def data_received(self, chunk: bytes) -> None:
        """Keep one part of the body."""
        if self._file is None:
            return  # refused already, before the first part
        self._received += len(chunk)
        if self._received <= self._limit:
            await self.call(self._file.write, chunk)

    @web.authenticated
    async def post(self) -> None:
        """Import what was uploaded."""
        assert self._file is not None
        shown = self._query.file_name or f"{self._query.id}.zip"
        if self._received > self._limit:
            limit_mb = self.app.services.settings.max_upload_mb
            raise TooLargeError(
                f"{shown!r} has {self._received / 1e6:,.1f} MB; {limit_mb:,} MB may be uploaded at most.",
                "Leave out some images, or ask for a higher PathoLearnApp.max_upload_mb.",
                limit_mb=limit_mb,
            )
        if self._received == 0:
            raise InvalidInputError(f"{shown!r} arrived empty.", "Send the file as the body of the request.")
        self._file.flush()
        upload = self.client.datasets.upload
        path = Path(self._file.name)
        self.answer(await self.call(upload, path, self._query.id, self._query.name, file_name=shown), 201)

    def finish(self, chunk: Any = None) -> Future[None]:
        """Remove the file before the answer goes out, be it an error: who has the answer finds nothing left."""
        self._discard()
        return super().finish(chunk)

    def on_connection_close(self) -> None:
        """Remove the file of a sender that went away."""
        self._discard()
        super().on_connection_close()

    def _discard(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
