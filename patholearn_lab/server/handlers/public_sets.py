"""Public data sets that can be downloaded."""

from __future__ import annotations

from pydantic import BaseModel
from tornado import web

from patholearn_lab.server.base import JsonHandler


class DownloadRequest(BaseModel):
    """Which public set, and the id to store it as; its own where None."""

    public: str
    id: str | None = None


class PublicSetsHandler(JsonHandler):
    """``/datasets/public``."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with the public data sets: address, size, checksum, licence."""
        self.answer_list(await self.call(self.client.datasets.public))

    @web.authenticated
    async def post(self) -> None:
        """Begin a download, and answer with its job."""
        wanted = self.read_body(DownloadRequest)
        self.answer(await self.call(self.client.datasets.download, wanted.public, wanted.id), 201)
