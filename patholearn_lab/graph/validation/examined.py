"""What the rules look at, computed once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from patholearn_lab.graph.block import block_of_kind
from patholearn_lab.graph.connections import name_of
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.inference import Inferred, infer
from patholearn_lab.graph.inputs import DatasetLookup, DatasetShape
from patholearn_lab.graph.issues import Issue
from patholearn_lab.graph.kinds import MAX_EXPANDED, Kinds, kinds_of
from patholearn_lab.graph.settings import SettingProblem, values_of
from patholearn_lab.graph.spec import NodeSpec, Values
from patholearn_lab.graph.topology import Topology, edge_order

_ALWAYS_ERRORS = frozenset(
    {"two_datasets", "two_tables", "too_many_outputs", "unknown_dataset", "no_dataset_chosen", "no_data_to_learn_from"}
)


@dataclass(frozen=True)
class Examined:
    """A document with everything that follows from it.

    Parameters
    ----------
    kinds
        Looks up kinds, with the document's blocks among them.
    specs
        The kind of every node whose kind is known.
    values
        The parameters of those of them that have no problem.
    setting_problems
        What is wrong with the parameters of the others.
    dataset_id, dataset
        What the first data set node names, and that data set where it is known.
    """

    document: Document
    kinds: Kinds
    topology: Topology
    specs: Mapping[str, NodeSpec]
    values: Mapping[str, Values]
    setting_problems: Mapping[str, list[SettingProblem]]
    dataset_id: str
    dataset: DatasetShape | None
    inferred: Inferred

    @classmethod
    def of(cls, document: Document, lookup: DatasetLookup) -> Examined:
        """Examine a document."""
        topology = Topology.of(document)
        kinds = kinds_of(document)
        # Blocks in blocks, used many times, multiply: beyond the limit nobody looks into them.
        is_small = kinds.expanded(document.nodes) <= MAX_EXPANDED
        specs: dict[str, NodeSpec] = {}
        values: dict[str, Values] = {}
        problems: dict[str, list[SettingProblem]] = {}
        for key, node in document.nodes.items():
            spec = kinds.get(node.kind) if is_small or block_of_kind(node.kind) is None else None
            if spec is None:
                continue
            specs[key] = spec
            found, wrong = values_of(spec, node.params)
            if wrong:
                problems[key] = wrong
            else:
                values[key] = found
        first = min((key for key in values if specs[key].kind == "dataset"), default=None)
        dataset_id = str(values[first]["dataset"]) if first is not None else ""
        dataset = lookup(dataset_id) if dataset_id else None
        inferred = infer(document, topology, specs, values, dataset)
        return cls(document, kinds, topology, specs, values, problems, dataset_id, dataset, inferred)

    @cached_property
    def starts(self) -> list[str]:
        """The nodes where the network begins: data sets and constant inputs. A sound graph has one."""
        return sorted(key for key, spec in self.specs.items() if spec.role == "input")

    @cached_property
    def tables(self) -> list[str]:
        """The nodes that give the features of the samples. A sound graph has one at most."""
        return sorted(key for key, spec in self.specs.items() if spec.role == "second_input")

    @cached_property
    def outputs(self) -> list[str]:
        """The output nodes, in the order of their ids: shorter first, then alphabetically. The first one leads."""
        return sorted((key for key, spec in self.specs.items() if spec.role == "output"), key=edge_order)

    @cached_property
    def used(self) -> set[str]:
        """The nodes that the output needs, and what follows from it. All, as long as there is no output."""
        if not self.outputs:
            return set(self.document.nodes)
        return self.topology.leading_to(self.outputs) | self.topology.reached_from(self.outputs)

    def above(self, node: str) -> Iterator[str]:
        """Yield the nodes above one, nearest first, as long as each is fed by just one node of a known kind."""
        seen = {node}
        while True:
            sources = self.topology.sources(node)
            if len(sources) != 1 or sources[0] in seen or sources[0] not in self.specs:
                return
            node = sources[0]
            seen.add(node)
            yield node

    @property
    def batch_size(self) -> int:
        """How many images go through the network at once; 1 where the output does not say."""
        sizes = (self.values[output].get("batch_size", 1) for output in self.outputs if output in self.values)
        return max(sizes, default=1)

    def as_it_matters(self, issue: Issue) -> Issue:
        """Return an issue with its severity: an error at a node that the output does not need is a warning."""
        spared = issue.node is not None and issue.node not in self.used and issue.code not in _ALWAYS_ERRORS
        if spared and issue.severity == "error":
            return issue.model_copy(update={"severity": "warning"})
        return issue

    def name(self, node: str) -> str:
        """Return what people call a node."""
        return name_of(self.document, node)
