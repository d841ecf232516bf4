"""What one job needs of a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from patholearn_lab.errors import JobSpecError


class Resources(BaseModel):
    """What a job needs. What is None is decided by the cluster.

    Parameters
    ----------
    gpus
        How many GPUs. None is one where the cluster has GPUs, and none where it has not.
    share_gpu
        Whether the job may have its GPU together with others that may: several small jobs fit on one.
    threads
        CPU threads; an equal share of the machine where None.
    workers
        How many workers do the job together, each with the rest of this: the ranks of one training.
    memory_mb
        Free memory that the worker's machine must have, in MB of 1,000,000 bytes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    gpus: int | None = Field(default=None, ge=0, le=64, strict=True)
    share_gpu: bool = False
    threads: int | None = Field(default=None, ge=1, le=1024, strict=True)
    workers: int = Field(default=1, ge=1, le=64, strict=True)
    memory_mb: int | None = Field(default=None, ge=1, strict=True)

    def gpus_of(self, available: int) -> int:
        """Return how many GPUs that is on a cluster with `available` ones."""
        return min(1, available) if self.gpus is None else self.gpus


ANY = Resources()
"""Whatever there is."""


def read_resources(given: Mapping[str, Any]) -> Resources:
    """Return what a job needs from what somebody wrote.

    Raises
    ------
    JobSpecError
        When a key is unknown or a value out of its range; names both.
    """
    try:
        return Resources.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise JobSpecError(
            f"The resource {key!r} of the job is {first['input']!r}: {first['msg'][:1].lower()}{first['msg'][1:]}.",
            f"A job may ask for {', '.join(Resources.model_fields)}.",
            key=key,
        ) from error
