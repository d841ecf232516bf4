"""Graphs with kinds that only the notebook knows: then the notebook answers for the graph, not the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from patholearn_lab.errors import DatasetNotFoundError
from patholearn_lab.graph.limits import NO_LIMITS
from patholearn_lab.graph.own_nodes import own_kinds

if TYPE_CHECKING:
    from patholearn_lab.client.interface import Architectures, Client
    from patholearn_lab.graph.inputs import DatasetShape


class OwnKinds:
    """Chooses who answers calls about graphs.

    Parameters
    ----------
    client
        Gives the client: it answers where the notebook has no kinds of its own, and tells about data sets otherwise.
    """

    def __init__(self, client: Callable[[], Client]) -> None:
        self._client = client
        self._shapes: dict[str, DatasetShape] = {}

    def architectures(self) -> Architectures:
        """Return the client's part for graphs, or one of this process where a class was decorated with ``node``."""
        if not own_kinds():
            return self._client().architectures
        from patholearn_lab.client.local_architectures import LocalArchitectures

        return LocalArchitectures(self._shape, NO_LIMITS)

    def _shape(self, dataset: str) -> DatasetShape | None:
        """Find a data set. What was found is remembered: a check runs with every keystroke."""
        if dataset not in self._shapes:
            try:
                self._shapes[dataset] = self._client().datasets.get(dataset).shape()
            except DatasetNotFoundError:
                from patholearn_lab.datasets.builtins import builtin_shape

                return builtin_shape(dataset)
        return self._shapes[dataset]
