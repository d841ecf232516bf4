"""How data sets are kept: whole or damaged, and their cards for other programs."""

from __future__ import annotations

from pydantic import BaseModel
from tornado import web

from patholearn_lab.server.base import JsonHandler


class VersionChoice(BaseModel):
    """Which version; the newest where None."""

    version: int | None = None


class IntegrityHandler(JsonHandler):
    """``/datasets/{id}/integrity``."""

    @web.authenticated
    async def post(self, id: str) -> None:
        """Read the whole set, and answer with what is damaged."""
        wanted = self.read_body(VersionChoice)
        self.answer(await self.call(self.client.datasets.check, id, wanted.version))


class CroissantHandler(JsonHandler):
    """``/datasets/{id}/croissant``."""

    @web.authenticated
    async def get(self, id: str) -> None:
        """Answer with the card as Croissant (JSON-LD)."""
        wanted = self.read_query(VersionChoice)
        self.answer(await self.call(self.client.datasets.croissant, id, wanted.version))
