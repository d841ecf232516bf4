"""WebML's layer lists, and the lists of Keras and TensorFlow.js that they come from.

``{"model": {"name", "size": [64, 64, 3], "optimizer", "loss", "layers": [{"type": "Conv2D", "layer": {"filters": 64,
"kernel_size": "3", "padding": "valid", "activation": "relu"}}, …]}}``; numbers may be texts. Keras names a layer
``class_name`` and its settings ``config``, TensorFlow.js writes them in camelCase.

Two things are Keras' own: `momentum` of a batch norm is the share that is kept (torch's is the share that is new), and
its categorical cross entropy takes probabilities, so the last softmax belongs to the loss; torch's has it inside.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from patholearn_lab.errors import DocumentError, TooLargeError
from patholearn_lab.graph.catalog import spec_of
from patholearn_lab.graph.document import MAX_NODES, ParamValue
from patholearn_lab.graph.formats.format import Format, Import, Imported, number, size

Settings: TypeAlias = Mapping[str, Any]

_LOSSES = {
    "categorical_crossentropy": "cross_entropy",
    "sparse_categorical_crossentropy": "cross_entropy",
    "categoricalcrossentropy": "cross_entropy",
}
_ACTIVATIONS = {"leakyrelu": "leaky_relu", "leaky_relu": "leaky_relu", "swish": "silu", "hard_swish": "hardswish"}


def recognizes(raw: Mapping[str, Any]) -> bool:
    """Return whether it has layers as a list of things with a type."""
    layers = _model(raw).get("layers")
    return (
        isinstance(layers, list) and all(isinstance(item, Mapping) and _type(item) for item in layers) and bool(layers)
    )


def read(raw: Mapping[str, Any]) -> Imported:
    """Return the document of a layer list. Raises TooLargeError where it has more than 2,000 layers."""
    model = _model(raw)
    layers = model["layers"]
    if len(layers) > MAX_NODES:
        raise TooLargeError(
            f"The list has {len(layers):,} layers; at most {MAX_NODES:,} are read.", "Split it.", limit=MAX_NODES
        )
    reader = _Reader(model)
    for item in layers:
        reader.add(_type(item), _settings(item))
    name = model.get("name")
    return reader.closed(name if isinstance(name, str) else "Layer list")


def _model(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in ("model", "modelTopology", "model_config", "config"):
        inner = raw.get(name)
        if isinstance(inner, Mapping):
            return _model(inner)
    return raw


def _type(item: Mapping[str, Any]) -> str:
    return str(item.get("type") or item.get("class_name") or item.get("className") or "")


def _settings(item: Mapping[str, Any]) -> Settings:
    inner = item.get("layer", item.get("config", item))
    if not isinstance(inner, Mapping):
        raise DocumentError(
            f"The settings of the layer {_type(item)!r} are {str(inner)[:100]!r}, not an object.",
            "Save the model once more, and import that.",
        )
    # TensorFlow.js: kernelSize for kernel_size.
    return {re.sub(r"(?<=[a-z])([A-Z])", r"_\1", str(name)).lower(): value for name, value in inner.items()}


class _Reader(Import):
    """The import while it grows: one layer below the other."""

    def __init__(self, model: Mapping[str, Any]) -> None:
        super().__init__()
        self._model = model
        self._above = self.draft.add("dataset", note=self._size())

    def add(self, kind: str, settings: Settings) -> None:
        write = _WRITERS.get(kind.replace("_", "").lower())
        if write is None:
            node = self.add_unknown(kind, settings, f"The layer {kind!r}")
            self._put(node)
        else:
            write(self, settings)

    def closed(self, name: str) -> Imported:
        """Add the output, and leave the softmax to the loss."""
        wanted = self._model.get("loss")
        kind = "classification_output"
        if str(wanted).lower().replace("_", "") in ("mse", "meansquarederror"):
            kind = "regression_output"
        loss = self.choice(kind, "loss", wanted, {**_LOSSES, "mean_squared_error": "mse", "meansquarederror": "mse"})
        if self.draft.nodes[self._above].kind == "softmax" and loss == "cross_entropy":
            self._drop_last()
        output = self.draft.add(
            kind, {"loss": loss, "optimizer": self.choice(kind, "optimizer", self._model.get("optimizer"), {})}
        )
        self.draft.connect(self._above, output)
        return self.finished(name)

    def conv(self, settings: Settings) -> None:
        params: dict[str, ParamValue] = {
            "out_channels": number(settings.get("filters")),
            "kernel_size": size(settings.get("kernel_size")),
            "stride": size(settings.get("strides")),
            "same_padding": settings.get("padding") == "same",
        }
        self._layer("conv2d", params, settings)

    def pool(self, kind: str, settings: Settings) -> None:
        params: dict[str, ParamValue] = {
            "kernel_size": size(settings.get("pool_size")),
            "stride": size(settings.get("strides")),
        }
        if settings.get("padding") == "same":
            params["same_padding"] = True
        self._layer(kind, params, settings)

    def batch_norm(self, settings: Settings) -> None:
        kept = number(settings.get("momentum", 0.99))
        params: dict[str, ParamValue] = {
            "momentum": round(1 - kept, 10) if isinstance(kept, (int, float)) else kept,
            "eps": number(settings.get("epsilon", 0.001)),
        }
        self._layer("batch_norm", params, settings)

    def dense(self, settings: Settings) -> None:
        units = number(settings.get("units"))
        if units is None:
            self.notes.append("A Dense layer had no number of units: it had as many as the data set has classes.")
        self._layer("linear", {"out_features": units}, settings)

    def activation(self, settings: Settings) -> None:
        self._above = self.add_activation(self._above, settings.get("activation"), _ACTIVATIONS, "an Activation layer")

    def plain(self, kind: str, settings: Settings) -> None:
        self._layer(kind, {"p": number(settings.get("rate"))} if kind == "dropout" else {}, settings)

    def start(self, _settings: Settings) -> None:
        """Pass over an input layer: the data set decides what comes in."""

    def _layer(self, kind: str, params: Mapping[str, ParamValue], settings: Settings) -> None:
        spec = spec_of(kind)
        assert spec is not None
        self._put(self.draft.add(kind, {name: value for name, value in params.items() if spec.param(name)}))
        self._above = self.add_activation(self._above, settings.get("activation"), _ACTIVATIONS, f"a {spec.label}")

    def _put(self, node: str) -> None:
        self.draft.connect(self._above, node)
        self._above = node

    def _drop_last(self) -> None:
        edge, above = next((key, edge.source) for key, edge in self.draft.edges.items() if edge.target == self._above)
        del self.draft.edges[edge], self.draft.nodes[self._above]
        self._above = above
        self.notes.append("The softmax at the end is left out: the cross entropy here applies it itself.")

    def _size(self) -> str:
        sizes = self._model.get("size")
        if not isinstance(sizes, list) or not sizes:
            return ""
        text = " × ".join(str(side) for side in sizes)
        self.notes.append(f"The model was made for inputs of {text}. Choose a data set; its size decides here.")
        return f"made for {text}"


_WRITERS: dict[str, Callable[[_Reader, Settings], None]] = {
    "conv2d": _Reader.conv,
    "maxpooling2d": lambda reader, settings: reader.pool("max_pool2d", settings),
    "averagepooling2d": lambda reader, settings: reader.pool("avg_pool2d", settings),
    "batchnormalization": _Reader.batch_norm,
    "dense": _Reader.dense,
    "activation": _Reader.activation,
    "dropout": lambda reader, settings: reader.plain("dropout", settings),
    "flatten": lambda reader, settings: reader.plain("flatten", settings),
    "inputlayer": _Reader.start,
}

FORMAT = Format("layer_list", "A layer list of WebML or Keras", recognizes, read)
