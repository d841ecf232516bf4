"""The server at a glance, and the description of its interface."""

from __future__ import annotations

from tornado import web

import patholearn_lab
from patholearn_lab.server.base import JsonHandler


class StatusHandler(JsonHandler):
    """``/status``."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with versions, counts and limits."""
        self.answer(await self.call(self.client.status))


class OpenApiHandler(JsonHandler):
    """``/openapi.json``."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with the description that the table of routes gives."""
        from patholearn_lab.server.openapi import openapi
        from patholearn_lab.server.routes import ROUTES

        self.answer(await self.call(openapi, ROUTES, patholearn_lab.__version__, self.base_url))
