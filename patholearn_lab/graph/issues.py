"""What a check finds: issues with their mends, and the facts about every node."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from patholearn_lab.graph.operations import Operation

Severity = Literal["error", "warning", "advice"]
_ONLY_TRAINING = frozenset({"no_data_to_learn_from"})
"""The codes of errors that hinder training, but no drawing and no writing of the network."""


class Result(BaseModel):
    """What all parts of a result have in common: immutable; the operations in it are written camelCase."""

    model_config = ConfigDict(frozen=True, serialize_by_alias=True)


class Mend(Result):
    """A way out of an issue: what the button says, and the operations that it applies."""

    label: str
    operations: tuple[Operation, ...]


class Issue(Result):
    """Something that a person should look at.

    ``error`` means that the graph cannot be trained, ``warning`` that it can but hardly as meant, ``advice`` that
    there may be something better. It belongs to a node, an edge, both, or the whole graph. `other_mends` are further
    ways out, where there are several.
    Where it is inside a block, `path` has the node inside, and the one in the block in there, and so on; `node` is the
    block's own then.
    """

    code: str
    severity: Severity
    message: str
    node: str | None = None
    path: tuple[str, ...] = ()
    edge: str | None = None
    mend: Mend | None = None
    other_mends: tuple[Mend, ...] = ()


class Refusal(Result):
    """Why two ports cannot be connected, and what would help."""

    code: str
    message: str
    mend: Mend | None = None


class NodeFacts(Result):
    """What is known about one node, for one image (the batch axis is left out everywhere).

    `outputs` has the shape at each output port; it is empty where an issue upstream hides it. `memory_bytes` is the
    size in float32 of the outputs, and for whole networks of what their layers give out. `frozen_parameters` are those
    of `parameters` that do not change while training. `receptive_field` is the side, in pixels of
    the input image, of what one output value sees; None from the first vector on, where every value sees all of it.
    """

    outputs: dict[str, tuple[int, ...]] = {}
    parameters: int = 0
    frozen_parameters: int = 0
    multiply_adds: int = 0
    memory_bytes: int = 0
    receptive_field: int | None = None


class Totals(Result):
    """Sums over the graph; `layers` counts the nodes between data set and output."""

    parameters: int = 0
    frozen_parameters: int = 0
    multiply_adds: int = 0
    memory_bytes: int = 0
    layers: int = 0


class CheckResult(Result):
    """Everything the editor shows about a graph besides the graph. What is inside a block has the key ``use/inner``."""

    nodes: dict[str, NodeFacts] = {}
    issues: tuple[Issue, ...] = ()
    totals: Totals = Totals()
    runnable: bool = False

    @property
    def network_errors(self) -> tuple[Issue, ...]:
        """The errors of the network itself: without them it can be written, if not always trained."""
        return tuple(one for one in self.issues if one.severity == "error" and one.code not in _ONLY_TRAINING)
