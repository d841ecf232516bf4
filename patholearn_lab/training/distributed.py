"""One training on several workers: each is a rank that learns from its share of the samples, and they share gradients.

Ranks meet by gloo on processors and nccl on GPUs. Lightning divides the samples; the figures of an epoch are the mean
of all ranks'. The weights are equal on all of them after each step, which is checked at the end.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Protocol

import lightning as L
import torch
from lightning.fabric.plugins.environments.cluster_environment import ClusterEnvironment
from lightning.pytorch.strategies import DDPStrategy


class Team(Protocol):
    """The processes that train together, as one of them sees them."""

    @property
    def rank(self) -> int:
        """Which one this is."""

    @property
    def workers(self) -> int:
        """How many there are."""

    def meet(self) -> tuple[str, int]:
        """Return the host and the port at which they find each other."""


class WorkersEnvironment(ClusterEnvironment):
    """Tells Lightning who is who: every rank is a process that was started already, on a node of its own.

    Parameters
    ----------
    team
        The processes.
    """

    def __init__(self, team: Team) -> None:
        super().__init__()
        self._team = team
        self._host, self._port = team.meet()

    @property
    def creates_processes_externally(self) -> bool:
        """True: Lightning starts none."""
        return True

    @property
    def main_address(self) -> str:
        """The host of rank 0."""
        return self._host

    @property
    def main_port(self) -> int:
        """The port of rank 0."""
        return self._port

    @staticmethod
    def detect() -> bool:
        """False: it is never chosen by itself."""
        return False

    def world_size(self) -> int:
        """How many ranks there are."""
        return self._team.workers

    def set_world_size(self, size: int) -> None:
        """Do nothing: the team has its size."""

    def global_rank(self) -> int:
        """Which rank this is."""
        return self._team.rank

    def set_global_rank(self, rank: int) -> None:
        """Do nothing: the rank is given."""

    def local_rank(self) -> int:
        """0: every rank has its own node, and sees its own GPU alone."""
        return 0

    def node_rank(self) -> int:
        """The node is the rank."""
        return self._team.rank


def trainer_settings(team: Team | None) -> dict[str, Any]:
    """Return what Lightning's trainer has to know of the team; of one process alone, nothing."""
    if team is None or team.workers == 1:
        return {}
    backend = "nccl" if torch.cuda.is_available() else "gloo"
    return {
        "strategy": DDPStrategy(process_group_backend=backend),
        "num_nodes": team.workers,
        "plugins": [WorkersEnvironment(team)],
    }


def part(model: L.LightningModule) -> bool:
    """Let the ranks go, each on its own from here on; return whether all had the same weights.

    Whoever measures the model afterwards does so alone: without this torchmetrics would wait for the others.
    """
    if not torch.distributed.is_initialized():
        return True
    digest = sha256()
    for parameter in model.parameters():
        digest.update(parameter.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    digests: list[Any] = [None] * torch.distributed.get_world_size()
    torch.distributed.all_gather_object(digests, digest.hexdigest())
    torch.distributed.destroy_process_group()
    return len(set(digests)) == 1


def mean_over_ranks(trainer: L.Trainer, value: torch.Tensor) -> torch.Tensor:
    """Return the mean of `value` over all ranks; itself where there is one. All ranks have to ask."""
    if trainer.world_size == 1:
        return value
    return trainer.strategy.reduce(value.detach().clone().float(), reduce_op="mean")
