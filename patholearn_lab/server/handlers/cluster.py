"""The cluster: looked at, scaled, closed."""

from __future__ import annotations

from tornado import web

from patholearn_lab.client.models import ScaleRequest
from patholearn_lab.server.base import JsonHandler


class ClusterHandler(JsonHandler):
    """``/cluster``."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with the cluster and its workers."""
        self.answer(await self.call(self.client.cluster.get))


class WorkersHandler(JsonHandler):
    """``/cluster/workers``."""

    @web.authenticated
    async def post(self) -> None:
        """Change the number of workers."""
        wanted = self.read_body(ScaleRequest)
        self.answer(await self.call(self.client.cluster.scale, wanted.workers))


class StopHandler(JsonHandler):
    """``/cluster/stop``."""

    @web.authenticated
    async def post(self) -> None:
        """Close the cluster until the next job comes."""
        self.answer(await self.call(self.client.cluster.stop))
