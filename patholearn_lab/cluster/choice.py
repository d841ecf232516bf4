"""Which cluster an operator chose, and the backend that it becomes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from patholearn_lab.cluster.address import AddressLauncher, Certificates
from patholearn_lab.errors import StartupError

if TYPE_CHECKING:
    from patholearn_lab.cluster.backend import ClusterBackend

KINDS = ("local", "cuda", "gateway", "configured", "threads")
"""What may be chosen besides an address."""


@dataclass(frozen=True)
class ClusterChoice:
    """What an operator chose.

    Parameters
    ----------
    kind
        ``"local"`` (Dask on this machine), ``"cuda"`` (one worker for each of its GPUs), ``"gateway"`` (a Dask
        Gateway), ``"configured"`` (what Dask's configuration names), ``"threads"`` (no Dask at all), or the address of
        a running scheduler.
    workers
        How many workers it begins with: with ``local`` and ``threads`` so many jobs run at once.
    certificates
        Of a scheduler with TLS.
    gateway
        The gateway's address; empty for the one of Dask's configuration.
    dashboard
        Where the dashboard of a cluster on this machine listens, such as ``127.0.0.1:8787``; empty for none. It has no
        login.
    idle_close_s
        After how many seconds without a job it is closed; None for never.
    """

    kind: str = "local"
    workers: int = 1
    certificates: Certificates = field(default_factory=Certificates)
    gateway: str = ""
    dashboard: str = ""
    idle_close_s: float | None = None


def backend_of(choice: ClusterChoice, data_folder: Path) -> ClusterBackend:
    """Return the backend of a choice. Starts nothing, and imports neither Dask nor what a kind needs besides.

    Raises
    ------
    StartupError
        When there is no such kind.
    """
    from patholearn_lab.cluster.dask_backend import DaskBackend

    if choice.kind == "threads":
        from patholearn_lab.cluster.threads import ThreadBackend

        return ThreadBackend(choice.workers)
    if choice.kind == "local":
        from patholearn_lab.cluster.local import LocalLauncher

        return DaskBackend(LocalLauncher(choice.workers, choice.dashboard or None), data_folder, choice.idle_close_s)
    if choice.kind == "cuda":
        from patholearn_lab.cluster.cuda import CudaLauncher

        return DaskBackend(CudaLauncher(), data_folder, choice.idle_close_s)
    if choice.kind == "gateway":
        from patholearn_lab.cluster.gateway import GatewayLauncher

        return DaskBackend(GatewayLauncher(choice.gateway, choice.workers), data_folder, choice.idle_close_s)
    if choice.kind == "configured":
        from patholearn_lab.cluster.named import ConfiguredLauncher

        return DaskBackend(ConfiguredLauncher(), data_folder, choice.idle_close_s)
    if "://" in choice.kind:
        return DaskBackend(AddressLauncher(choice.kind, choice.certificates), data_folder)
    raise StartupError(
        f"There is no cluster {choice.kind!r}.",
        f"Set PathoLearnApp.cluster to {', '.join(KINDS)}, or to an address such as tcp://scheduler:8786.",
        cluster=choice.kind,
    )
