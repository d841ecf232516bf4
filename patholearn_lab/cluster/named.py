"""Any cluster class of Dask's world (jobqueue, Kubernetes, cloud), by the name that the operator's configuration gives.

In Dask's configuration, for example ``~/.config/dask/patholearn.yaml``::

    patholearn:
      cluster:
        factory: dask_jobqueue.SLURMCluster
        kwargs: {queue: gpu, cores: 8, memory: 32GB}
        workers: 2

Where there is none, what dask-labextension is configured with (``labextension.factory``) is taken. Users cannot set it.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from patholearn_lab.cluster.launcher import Launched, connected
from patholearn_lab.errors import UnavailableError


@dataclass(frozen=True)
class NamedCluster:
    """A cluster class by its import string ``package.module.Class``, what it is called with, and its workers."""

    factory: str
    workers: int = 1
    kwargs: Mapping[str, Any] = field(default_factory=dict)


def configured() -> NamedCluster:
    """Return what Dask's configuration names.

    Raises
    ------
    UnavailableError
        When it names nothing.
    """
    import dask

    own = dask.config.get("patholearn.cluster", {})
    theirs = dask.config.get("labextension.factory", {})
    if factory := own.get("factory"):
        return NamedCluster(factory, int(own.get("workers", 1)), dict(own.get("kwargs", {})))
    if theirs.get("class"):
        workers = dask.config.get("labextension.default.workers", None) or 1
        return NamedCluster(f"{theirs['module']}.{theirs['class']}", int(workers), dict(theirs.get("kwargs", {})))
    raise UnavailableError(
        "Dask's configuration names no cluster.",
        "Set patholearn.cluster.factory there, for example to dask_jobqueue.SLURMCluster.",
    )


@dataclass(frozen=True)
class ConfiguredLauncher:
    """Starts what Dask's configuration names, which is read only then."""

    kind: str = "dask-configured"
    workers: int = 1
    gpus: int = 0
    places: int = 1
    on_this_machine: bool = False

    def launch(self) -> Launched:
        """Call the factory.

        Raises
        ------
        UnavailableError
            When nothing is configured, there is no such class, or it cannot start.
        """
        named = configured()
        module, _, name = named.factory.rpartition(".")
        try:
            cluster = getattr(importlib.import_module(module), name)(**named.kwargs)
        except Exception as error:
            # Whatever a class that we do not know raises.
            raise UnavailableError(
                f"The cluster {named.factory} could not be started: {type(error).__name__}: {error}",
                "Look at patholearn.cluster in Dask's configuration.",
            ) from error
        cluster.scale(named.workers)
        return Launched(connected(cluster), cluster, cluster.close)
