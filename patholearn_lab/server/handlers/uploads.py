"""Uploads: in parts that are kept until the file is whole, or as one body that goes to the disk as it arrives."""

from __future__ import annotations

import tempfile
from asyncio import Future
from pathlib import Path
from typing import IO, Any

from pydantic import BaseModel, Field
from tornado import web
from tornado.http1connection import HTTP1Connection

from patholearn_lab.client.models import CheckRequest, ImportRequest, PartAnswer, UploadRequest
from patholearn_lab.errors import InvalidInputError, TooLargeError
from patholearn_lab.server.base import JsonHandler


class PartQuery(BaseModel):
    """The CRC-32 of the body."""

    checksum: int = Field(ge=0, lt=2**32)


class UploadsHandler(JsonHandler):
    """``/uploads``."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with the uploads of who asks that are not imported yet."""
        self.answer_list(await self.call(self.client.uploads.list))

    @web.authenticated
    async def post(self) -> None:
        """Begin an upload, or find the one of the same file."""
        wanted = self.read_body(UploadRequest)
        begin = self.client.uploads.begin
        self.answer(await self.call(begin, wanted.file_name, wanted.size, wanted.checksum), 201)


class UploadHandler(JsonHandler):
    """``/uploads/{id}``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with one upload as it is now."""
        self.answer(await self.call(self.client.uploads.get, id))

    @web.authenticated
    async def delete(self, id: str) -> None:
        """Give an upload up."""
        await self.call(self.client.uploads.forget, id)
        self.answer_nothing()


class PartHandler(JsonHandler):
    """``/uploads/{id}/parts/{number}``."""

    @web.authenticated
    async def post(self, id: str, number: str) -> None:
        """Keep one part."""
        if not (number.isascii() and number.isdecimal()) or len(number) > 9:
            raise InvalidInputError(f"There is no part {number!r}.", "Parts are numbered from 0.")
        wanted = self.read_query(PartQuery)
        part = self.client.uploads.part
        missing = await self.call(part, id, int(number), self.request.body, wanted.checksum)
        self.answer(PartAnswer(missing=missing))


class CheckHandler(JsonHandler):
    """``/uploads/{id}/check``."""

    @web.authenticated
    async def post(self, id: str) -> None:
        """Begin to look into a file."""
        table = self.read_body(CheckRequest).table
        chosen = None if table is None else table.model_dump(mode="json")
        self.answer(await self.call(self.client.uploads.check, id, chosen), 202)


class ImportHandler(JsonHandler):
    """``/uploads/{id}/import``."""

    @web.authenticated
    async def post(self, id: str) -> None:
        """Begin to import a file."""
        wanted = self.read_body(ImportRequest)
        import_as = self.client.uploads.import_as
        chosen = wanted.choices.model_dump(exclude_unset=True)
        self.answer(await self.call(import_as, id, wanted.dataset, **chosen), 202)


class StopHandler(JsonHandler):
    """``/uploads/{id}/stop``."""

    @web.authenticated
    async def post(self, id: str) -> None:
        """Stop what is done with a file."""
        self.answer(await self.call(self.client.uploads.stop, id))


class UploadQuery(BaseModel):
    """The new data set's id, what people call it, and what the file is called where the user has it."""

    id: str
    name: str | None = Field(None, max_length=200)
    file_name: str | None = Field(None, max_length=255)


@web.stream_request_body
class WholeFileHandler(JsonHandler):
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
