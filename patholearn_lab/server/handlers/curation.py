"""Data sets that are looked after: changed, judged, mended."""

from __future__ import annotations

from tornado import web

from patholearn_lab.errors import InvalidInputError
from patholearn_lab.server.base import JsonHandler


class VersionsHandler(JsonHandler):
    """``/datasets/{id}/versions``."""

    @web.authenticated
    async def post(self, id: str) -> None:
        """Make a further version by a change."""
        change = self.read_json()
        if not isinstance(change, dict):
            raise InvalidInputError("The change is no JSON object.", 'Send for example {"kind": "divide", "folds": 5}.')
        self.answer(await self.call(self.client.datasets.change, id, change), 201)
