"""PathoLearn's saved graphs: what its editor, built on rete.js, keeps of an experiment.

``{"nodes": [{"id", "type", "controls": [{"key", "value"}], …}], "connections": [{"source", "sourceOutput", "target",
"targetInput"}], "positions": […]}``, or an experiment's version that holds this as ``graph``. A layer has its
activation inside, Add and Concatenate take two inputs, dropout is in percent. A whole architecture is one node: those
for classification are torchvision's and end before their last layer, those for segmentation are of
segmentation-models-pytorch. Places are arranged anew: its graphs flow from left to right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from patholearn_lab.errors import DocumentError, TooLargeError
from patholearn_lab.graph.document import MAX_EDGES, MAX_NODES, ParamValue
from patholearn_lab.graph.formats.format import Format, Import, Imported, number, size
from patholearn_lab.graph.zoo import find

Controls: TypeAlias = Mapping[str, Any]

_METRICS = {
    "f1 score": "f1",
    "roc auc": "auroc",
    "average precision": "average_precision",
    "cohen kappa": "cohen_kappa",
}
_ALWAYS_SHOWN = ("Loss", "Epoch")
_MASK_LOSSES = {"jaccard": "jaccard", "dice": "dice"}
_LOSSES = {"cross-entropy": "cross_entropy", "nll": "cross_entropy", **_MASK_LOSSES}
_SEGMENTATION = {
    "unet": "Unet",
    "unet++": "UnetPlusPlus",
    "deeplab v3": "DeepLabV3",
    "deeplab v3 plus": "DeepLabV3Plus",
}
_PRETRAINED = {"general": "DEFAULT", "yes": "DEFAULT", "no": "", "none": ""}


def recognizes(raw: Mapping[str, Any]) -> bool:
    """Return whether it has nodes and connections as lists."""
    graph = _graph(raw)
    return isinstance(graph.get("nodes"), list) and isinstance(graph.get("connections"), list)


def read(raw: Mapping[str, Any]) -> Imported:
    """Return the document of a saved graph.

    Raises
    ------
    DocumentError
        When a node or connection has not the form that PathoLearn writes.
    TooLargeError
        When there are more than 2,000 nodes or 10,000 connections.
    """
    graph = _graph(raw)
    for part, limit in (("nodes", MAX_NODES), ("connections", MAX_EDGES)):
        if len(graph[part]) > limit:
            raise TooLargeError(
                f"The graph has {len(graph[part]):,} {part}; at most {limit:,} are read.",
                "Split it into several architectures.",
                limit=limit,
            )
    reader = _Reader(
        any(isinstance(item, Mapping) and item.get("type") == "SegmentationNode" for item in graph["nodes"])
    )
    for item in graph["nodes"]:
        reader.add(item)
    for item in graph["connections"]:
        reader.connect(item)
    name = raw.get("name")
    return reader.finished(name if isinstance(name, str) else "PathoLearn graph")


def _graph(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    inner = raw.get("graph")
    return inner if isinstance(inner, Mapping) else raw


def _list(item: Mapping[str, Any], name: str) -> list[Any]:
    """Return a list of a node, which may be missing."""
    found = item.get(name)
    if found is not None and not isinstance(found, list):
        raise DocumentError(
            f"The {name} of a node of the saved graph are {str(found)[:100]!r}, not a list.",
            "Save the graph in PathoLearn once more, and import that.",
        )
    return found or []


class _Reader(Import):
    """The import while it grows. A foreign node may be two of ours, so each has a beginning and an end."""

    def __init__(self, draws_masks: bool) -> None:
        super().__init__()
        self._draws_masks = draws_masks
        self._first: dict[str, str] = {}
        self._last: dict[str, str] = {}
        self._dropped: set[str] = set()

    def add(self, item: Any) -> None:
        key, kind = (item.get("id"), item.get("type")) if isinstance(item, Mapping) else (None, None)
        if not isinstance(key, str) or not isinstance(kind, str):
            raise DocumentError(
                f"A node of the saved graph has no id or no type: {str(item)[:100]}.",
                "Save the graph in PathoLearn once more, and import that.",
            )
        if key in self._first:
            raise DocumentError(f"Two nodes of the saved graph have the id {key!r}.", "Rename one of the two.")
        controls = {
            str(control.get("key")): control.get("value")
            for control in _list(item, "controls")
            if isinstance(control, Mapping)
        }
        write = _WRITERS.get(kind)
        made = write(self, controls) if write else self.add_unknown(kind, controls, f"PathoLearn's node {kind!r}")
        if made is None:
            self._dropped.add(key)
            return
        self._first[key], self._last[key] = (made, made) if isinstance(made, str) else made

    def connect(self, item: Any) -> None:
        source, target = (item.get("source"), item.get("target")) if isinstance(item, Mapping) else (None, None)
        if not isinstance(source, str) or not isinstance(target, str):
            raise DocumentError(
                f"A connection of the saved graph has no source or no target: {str(item)[:100]}.",
                "Save the graph in PathoLearn once more, and import that.",
            )
        if target in self._dropped:
            return
        if source not in self._last or target not in self._first:
            self.notes.append(f"The connection from {source[:40]!r} to {target[:40]!r} is left out: an end is missing.")
            return
        self.draft.connect(self._last[source], self._first[target])

    def conv(self, controls: Controls) -> tuple[str, str]:
        node = self.draft.add(
            "conv2d",
            {
                "out_channels": number(controls.get("filters")),
                "kernel_size": size(controls.get("kernel")),
                "stride": size(controls.get("stride")),
                "same_padding": controls.get("padding") == "same",
            },
        )
        return node, self.add_activation(node, controls.get("activation"), {}, "a Conv2D")

    def linear(self, controls: Controls) -> tuple[str, str]:
        node = self.draft.add("linear", {"out_features": number(controls.get("neurons"))})
        return node, self.add_activation(node, controls.get("activation"), {}, "a Linear")

    def pooling(self, controls: Controls) -> str:
        kind = "avg_pool2d" if controls.get("type") == "average" else "max_pool2d"
        params: dict[str, ParamValue] = {
            "kernel_size": size(controls.get("kernel")),
            "stride": size(controls.get("stride")),
        }
        if controls.get("padding") == "same":
            params["same_padding"] = True
        return self.draft.add(kind, params)

    def dropout(self, controls: Controls) -> str:
        percent = number(controls.get("amount"))
        return self.draft.add("dropout", {"p": percent / 100 if isinstance(percent, (int, float)) else percent})

    def network(self, model: str, controls: Controls) -> str:
        """Add a network of torchvision; `model` is the one without a version of its own."""
        wanted = controls.get("pretrained")
        weights = _PRETRAINED.get(str(wanted).lower())
        if weights is None and wanted is not None:
            self.notes.append(
                f"The network's weights were “{str(wanted)[:40]}”, which belong to PathoLearn's own server. It begins "
                "with random ones here: enter DEFAULT for torchvision's, or a file of your own."
            )
        return self.draft.add(
            "torchvision_model",
            {"model": str(controls.get("version") or model).lower()[:100], "weights": weights or None},
        )

    def segmentation(self, controls: Controls) -> str:
        model, encoder = str(controls.get("model") or "UNet"), str(controls.get("encoder") or "resnet18")[:100]
        architecture = _SEGMENTATION.get(model.lower(), model[:100])
        known = find("smp", f"{architecture}/{encoder}")
        # PathoLearn always lets the library take its usual weights for the encoder.
        weights = known.weights[0] if known and known.weights else None
        return self.draft.add("smp_model", {"architecture": architecture, "encoder": encoder, "weights": weights})

    def dataset(self, controls: Controls) -> str:
        chosen = controls.get("dataset")
        name = str(chosen.get("name") or chosen.get("id") or "") if isinstance(chosen, Mapping) else ""
        if name:
            self.notes.append(
                f"The graph learned from the data set “{name}”. Choose which one it shall learn from here."
            )
        return self.draft.add("dataset", note=name)

    def output(self, controls: Controls) -> str:
        masks = str(controls.get("loss")).lower() in _MASK_LOSSES
        kind = "segmentation_output" if masks or self._draws_masks else "classification_output"
        if str(controls.get("loss")).lower() == "nll":
            self.notes.append("The loss “NLL” became cross entropy, which is NLL with the log-softmax inside.")
        return self.draft.add(
            kind,
            {
                "loss": self.choice(kind, "loss", controls.get("loss"), _LOSSES),
                "optimizer": self.choice(kind, "optimizer", controls.get("optimizer"), {}),
                "learning_rate": number(controls.get("learningRate")),
                "epochs": number(controls.get("epochs")),
                "batch_size": number(controls.get("batchSize")),
            },
        )

    def metric(self, controls: Controls) -> str | None:
        wanted = controls.get("metric")
        if wanted in _ALWAYS_SHOWN:
            self.notes.append(f"The metric “{wanted}” needs no node here: it is shown for every training.")
            return None
        return self.draft.add("metric", {"name": self.choice("metric", "name", wanted, _METRICS)})


_Writer: TypeAlias = Callable[[_Reader, Controls], str | tuple[str, str] | None]

_WRITERS: dict[str, _Writer] = {
    "DatasetNode": _Reader.dataset,
    "Conv2DNode": _Reader.conv,
    "LinearNode": _Reader.linear,
    "PoolingNode": _Reader.pooling,
    "DropoutNode": _Reader.dropout,
    "BatchNormNode": lambda reader, controls: reader.draft.add(
        "batch_norm", {"momentum": number(controls.get("momentum"))}
    ),
    "FlattenNode": lambda reader, _controls: reader.draft.add("flatten"),
    "AddNode": lambda reader, _controls: reader.draft.add("add"),
    "ConcatenateNode": lambda reader, _controls: reader.draft.add("concatenate"),
    "ResNetNode": lambda reader, controls: reader.network("resnet18", controls),
    "VggNode": lambda reader, controls: reader.network("vgg11", controls),
    "VGGNode": lambda reader, controls: reader.network("vgg11", controls),
    "AlexnetNode": lambda reader, controls: reader.network("alexnet", controls),
    "GoogleNetNode": lambda reader, controls: reader.network("googlenet", controls),
    "SegmentationNode": _Reader.segmentation,
    "OutputNode": _Reader.output,
    "MetricNode": _Reader.metric,
}

FORMAT = Format("patholearn", "PathoLearn's saved graph", recognizes, read)
