"""What can be told about a data set by looking at its samples."""

from __future__ import annotations

from pydantic import BaseModel, Field
from tornado import web

from patholearn_lab.server.base import JsonHandler


class MeasuringHandler(JsonHandler):
    """``/datasets/{id}/measuring``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with how far the measuring of the images is."""
        self.answer(await self.call(self.client.datasets.measuring, id))

    @web.authenticated
    async def post(self, id: str) -> None:
        """Begin to measure the images."""
        self.answer(await self.call(self.client.datasets.measure, id), 202)


class StopMeasuringHandler(JsonHandler):
    """``/datasets/{id}/measuring/stop``."""

    @web.authenticated
    async def post(self, id: str) -> None:
        """Stop measuring the images."""
        self.answer(await self.call(self.client.datasets.stop_measuring, id))


class QualityHandler(JsonHandler):
    """``/datasets/{id}/quality``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with a report on the images."""
        self.answer(await self.call(self.client.datasets.quality, id))


class DuplicatesQuery(BaseModel):
    """In how many bits the hashes of two may differ."""

    distance: int = Field(4, ge=0, le=10)


class DuplicatesHandler(JsonHandler):
    """``/datasets/{id}/duplicates``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with the images that are equal or almost equal."""
        self.answer(await self.call(self.client.datasets.duplicates, id, self.read_query(DuplicatesQuery).distance))


class LeaksHandler(JsonHandler):
    """``/datasets/{id}/leaks``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with the patients or slides that are in more than one split."""
        self.answer(await self.call(self.client.datasets.leaks, id))
