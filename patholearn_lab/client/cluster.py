"""What can be asked of the cluster that jobs run on: ``client.cluster``, near and far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from patholearn_lab.client.http_wire import Wire
from patholearn_lab.client.wire import from_json
from patholearn_lab.cluster.status import ClusterStatus

if TYPE_CHECKING:
    from patholearn_lab.services import Services


class Cluster(Protocol):
    """Where jobs run."""

    def get(self) -> ClusterStatus:
        """Return the cluster with its workers as they are now. It starts with its first job, not by being asked."""

    def scale(self, workers: int) -> ClusterStatus:
        """Change the number of workers, and return the cluster as it is then.

        Raises
        ------
        InvalidInputError
            When the number is out of range.
        ConflictError
            When it does not run, or is somebody else's.
        """

    def stop(self) -> ClusterStatus:
        """Close the cluster until the next job comes.

        Raises
        ------
        ConflictError
            When it has jobs.
        """


class LocalClusterCalls:
    """The cluster of this process' services."""

    def __init__(self, services: Services, owner: str) -> None:
        self._services = services
        self._owner = owner

    def get(self) -> ClusterStatus:
        """Return the cluster as it is now."""
        return self._services.cluster.status()

    def scale(self, workers: int) -> ClusterStatus:
        """Change the number of workers."""
        self._services.cluster.scale(workers)
        self._services.record("scale", who=self._owner, workers=workers)
        self._services.jobs.look()
        return self.get()

    def stop(self) -> ClusterStatus:
        """Close the cluster until the next job comes."""
        self._services.cluster.stop()
        self._services.record("stop cluster", who=self._owner)
        return self.get()


class HttpClusterCalls:
    """The cluster of the server."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def get(self) -> ClusterStatus:
        """Return the cluster as it is now."""
        return from_json(ClusterStatus, self._wire.get("cluster"))

    def scale(self, workers: int) -> ClusterStatus:
        """Change the number of workers."""
        return from_json(ClusterStatus, self._wire.post("cluster/workers", {"workers": workers}))

    def stop(self) -> ClusterStatus:
        """Close the cluster until the next job comes."""
        return from_json(ClusterStatus, self._wire.post("cluster/stop", {}))
