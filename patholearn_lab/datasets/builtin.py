"""The data sets that come with the package and work offline: what they are called, and what can be chosen about them.

Light: a built-in set is declared here and in :mod:`patholearn_lab.datasets.builtins`; what draws or reads it is
imported when it is made.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from patholearn_lab.errors import InvalidInputError
from patholearn_lab.registry import Registry

if TYPE_CHECKING:
    from patholearn_lab.datasets.contents import Contents
    from patholearn_lab.graph.inputs import DatasetShape
    from patholearn_lab.progress import Progress


class BuiltinParameter(BaseModel):
    """One thing that can be chosen about a built-in set."""

    model_config = ConfigDict(frozen=True)

    name: str
    label: str
    type: Literal["int", "float"]
    default: float
    minimum: float
    maximum: float
    help: str = ""
    step: float = 1

    def check(self, value: Any) -> int | float:
        """Return `value` as this parameter's number.

        Raises
        ------
        InvalidInputError
            When it is no number, out of range, or between two steps.
        """
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
        whole = self.type == "float" or (number % self.step == 0 if math.isfinite(number) else False)
        if not (self.minimum <= number <= self.maximum and whole):
            kind = "a number" if self.type == "float" else "a whole number"
            steps = f", a multiple of {self.step:g}" if self.type == "int" and self.step != 1 else ""
            raise InvalidInputError(
                f"{self.label} ({self.name}) cannot be {value!r}.",
                f"Give {kind} from {self.minimum:g} to {self.maximum:g}{steps}.",
                parameter=self.name,
            )
        return int(number) if self.type == "int" else float(number)


class BuiltinCard(BaseModel):
    """A built-in set as people choose it. `stored` says whether it was made already."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    description: str
    parameters: tuple[BuiltinParameter, ...]
    stored: bool = False


@dataclass(frozen=True)
class Builtin:
    """A data set that code can make.

    Parameters
    ----------
    id, name, description
        As on its card.
    parameters
        What can be chosen.
    shape
        From checked parameters, what a graph needs to know, without making the set.
    contents
        From checked parameters, the data set.
    """

    id: str
    name: str
    description: str
    parameters: tuple[BuiltinParameter, ...]
    shape: Callable[[Mapping[str, Any]], DatasetShape]
    contents: Callable[[Mapping[str, Any], Progress], Contents]

    def card(self, *, stored: bool) -> BuiltinCard:
        """Return its card."""
        return BuiltinCard(
            id=self.id, name=self.name, description=self.description, parameters=self.parameters, stored=stored
        )

    def check(self, parameters: Mapping[str, Any]) -> dict[str, int | float]:
        """Return `parameters` checked, with the defaults of those that were left out.

        Raises
        ------
        InvalidInputError
            When one is unknown or has a value that it cannot have.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        unknown = sorted(set(parameters) - set(known))
        if unknown:
            raise InvalidInputError(
                f"The built-in data set {self.id!r} has no parameter {unknown[0]!r}.",
                f"It has: {', '.join(known)}." if known else "It has none.",
                parameter=unknown[0],
            )
        return {name: parameter.check(parameters.get(name, parameter.default)) for name, parameter in known.items()}

    def shape_as(self, dataset_id: str) -> DatasetShape:
        """Return the shape of the set with its default parameters, under the id that it has or would have."""
        return replace(self.shape(self.check({})), id=dataset_id)


BUILTINS: Registry[Builtin] = Registry("built-in data set", "patholearn_lab.builtin_datasets")
"""Filled by :mod:`patholearn_lab.datasets.builtins`."""
