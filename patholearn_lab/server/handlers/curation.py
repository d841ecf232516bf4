"""Data sets that are looked after: changed, judged, mended."""

from __future__ import annotations

from pydantic import BaseModel, Field
from tornado import web

from patholearn_lab.errors import InvalidInputError
from patholearn_lab.server.base import JsonHandler


class VersionsHandler(JsonHandler):
    """``/datasets/{id}/versions``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with the cards of all versions."""
        self.answer_list(await self.call(self.client.datasets.versions, id))

    @web.authenticated
    async def post(self, id: str) -> None:
        """Make a further version by a change."""
        change = self.read_json()
        if not isinstance(change, dict):
            raise InvalidInputError("The change is no JSON object.", 'Send for example {"kind": "divide", "folds": 5}.')
        self.answer(await self.call(self.client.datasets.change, id, change), 201)


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
