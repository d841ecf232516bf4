"""Clusters that a Dask Gateway starts. Needs the package dask-gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from patholearn_lab.cluster.launcher import Launched
from patholearn_lab.errors import UnavailableError
from patholearn_lab.lazy import optional_import


@dataclass(frozen=True)
class GatewayLauncher:
    """Asks a gateway for a cluster.

    Parameters
    ----------
    address
        The gateway's; empty for the one of Dask's configuration (``gateway.address``).
    workers
        How many workers it begins with.
    options
        The cluster options that the gateway offers, such as ``{"worker_cores": 4}``.
    """

    address: str = ""
    workers: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)
    kind: str = "dask-gateway"
    gpus: int = 0
    places: int = 1
    on_this_machine: bool = False

    def launch(self) -> Launched:
        """Ask for it, and wait for the first workers.

        Raises
        ------
        UnavailableError
            When the gateway does not answer, or gives no cluster.
        MissingDependencyError
            When dask-gateway is not installed.
        """
        gateways = optional_import("dask_gateway", "gateway")
        try:
            gateway = gateways.Gateway(self.address or None)
            cluster = gateway.new_cluster(shutdown_on_close=True, **self.options)
        except Exception as error:
            # aiohttp's, the gateway's own and the configuration's errors have no root of their own.
            raise UnavailableError(
                f"The Dask Gateway {self.address or 'of the configuration'} gave no cluster: "
                f"{str(error) or type(error).__name__}.",
                "Look whether it runs, and whether you may start clusters there.",
            ) from error
        try:
            cluster.scale(self.workers)
            client = cluster.get_client(set_as_default=False)
        except BaseException:
            cluster.close()
            raise
        return Launched(client, cluster, cluster.close)
