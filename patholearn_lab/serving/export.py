"""A trained network written as ONNX, checked, and compared with the original.

Imports torch at the top: only the child process of a job loads this module.
"""

from __future__ import annotations

import contextlib
import io
import logging
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from patholearn_lab.errors import CodeError
from patholearn_lab.graph.learning.tasks import OBJECTIVES
from patholearn_lab.serving.models import ModelOutput, Parity
from patholearn_lab.serving.reading import scaled
from patholearn_lab.serving.sessions import open_session

OPSET = 20
PARITY_IMAGES = 1000
"""How many images are compared at most."""
_PARITY_BATCH = 100

_OPERATOR = re.compile(r"No ONNX function found for <OpOverload\(op='(?:\w+\.)?_?(?P<name>\w+)'")
_SOURCE_LINE = re.compile(r'File ".*?cell\.py", line (?P<line>\d+), in \w+\s*\n\s*(?P<code>.+)')


def export_onnx(
    model: torch.nn.Module,
    takes: Mapping[str, tuple[int, ...]],
    target: Path,
    outputs: Sequence[ModelOutput],
) -> None:
    """Write `model` to `target`: a named float32 tensor for each input in, one for each output out.

    The batch axis is free. Paths of this machine, which the exporter notes at every node, are taken out.

    Parameters
    ----------
    model
        In any mode; it is exported in eval mode, and left in it. Its forward gives a tensor, or a dictionary of tensors
        under the names of `outputs`.
    takes
        The shape of each input for one sample, by its name, in the order of forward's arguments.
    target
        The ONNX file.
    outputs
        What the network says.

    Raises
    ------
    CodeError
        When the network uses something that ONNX has no word for, or decides by the values of an image.
    """
    import onnx

    # Two samples: an axis of one would be taken for a constant.
    examples = tuple(torch.zeros(2, *shape) for shape in takes.values())
    batch = torch.export.Dim("batch", min=1)
    axes = tuple({0: batch} for _ in examples)
    model.eval()
    try:
        with _quiet_exporter(), torch.no_grad():
            gives_several = isinstance(model(*examples), Mapping)
            program = torch.onnx.export(
                _InOrder(model, outputs) if gives_several else model,
                examples,
                dynamo=True,
                opset_version=OPSET,
                input_names=list(takes),
                output_names=[output.tensor for output in outputs],
                dynamic_shapes=(axes,) if gives_several else axes,
                verbose=False,
            )
    except torch.onnx.OnnxExporterError as error:
        raise _export_error(error) from error
    assert program is not None  # with dynamo=True it always is
    network = program.model_proto
    _forget_paths(network)
    onnx.save_model(network, str(target))
    onnx.checker.check_model(str(target), full_check=True)


def measure_parity(
    model: torch.nn.Module,
    network: Path,
    samples: Mapping[str, NDArray[np.float32]],
    outputs: Sequence[ModelOutput],
) -> Parity:
    """Return how far the answers of the ONNX file are from those of `model` in eval mode, each on its own scale.

    Parameters
    ----------
    model
        The original, on the CPU.
    network
        The ONNX file.
    samples
        What goes in, by the names of the inputs, in the order of forward's arguments: ``float32[N,…]``, normalized. The
        first :data:`PARITY_IMAGES` samples are compared.
    outputs
        What the network says.
    """
    chosen = {name: values[:PARITY_IMAGES] for name, values in samples.items()}
    count = min(map(len, chosen.values()))
    session = open_session(network)
    model.eval()
    largest = dict.fromkeys((output.name for output in outputs), 0.0)
    with torch.inference_mode():
        for start in range(0, count, _PARITY_BATCH):
            batch = {name: values[start : start + _PARITY_BATCH] for name, values in chosen.items()}
            originals = _in_order(model(*map(torch.from_numpy, batch.values())), outputs)
            exported = session.run([output.tensor for output in outputs], batch)
            for output, original, found in zip(outputs, originals, exported, strict=True):
                scale = OBJECTIVES[output.task].scale
                difference = np.abs(scaled(found, scale) - scaled(original.numpy(), scale)).max()
                largest[output.name] = max(largest[output.name], float(difference))
    return Parity(max_abs_diff=max(largest.values()), images=count, outputs=largest)


class _InOrder(torch.nn.Module):
    """A network of several outputs, giving them in the order of the manifest: ONNX knows no dictionary."""

    def __init__(self, network: torch.nn.Module, outputs: Sequence[ModelOutput]) -> None:
        super().__init__()
        self.network = network
        self._outputs = tuple(outputs)

    def forward(self, *given: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Return one tensor for each output."""
        return _in_order(self.network(*given), self._outputs)


def _in_order(given: Any, outputs: Sequence[ModelOutput]) -> tuple[torch.Tensor, ...]:
    """Return what ``forward`` gave as one tensor for each output."""
    return tuple(given[output.name] for output in outputs) if isinstance(given, Mapping) else (given,)


def _forget_paths(network: object) -> None:
    """Remove the exporter's notes (stack traces with paths of this machine) from the graph and all its parts."""
    import onnx

    assert isinstance(network, onnx.ModelProto)
    network.ClearField("metadata_props")
    graphs = [network.graph, *network.functions]
    for graph in graphs:
        graph.ClearField("metadata_props")
        for node in graph.node:
            node.ClearField("metadata_props")
            node.ClearField("doc_string")
    for value in (*network.graph.input, *network.graph.output, *network.graph.value_info, *network.graph.initializer):
        value.ClearField("metadata_props")


def _export_error(error: torch.onnx.OnnxExporterError) -> CodeError:
    """Say which operation stands in the way, and where the exporter can tell, the line of the cell."""
    text = "\n".join(str(link) for link in _chain(error))
    source = _SOURCE_LINE.search(text)
    line = int(source["line"]) if source else None
    details = {"line": line, "traceback_tail": _reason(text)}
    operator = _OPERATOR.search(text)
    if operator:
        return CodeError(
            f"The network is trained, but cannot be exported: ONNX has no operation for torch's {operator['name']!r}.",
            f"Replace {operator['name']!r} in forward by something simpler, and train again.",
            operator=operator["name"],
            **details,
        )
    if "data-dependent" in text or "DataDependent" in text:
        where = f" (line {line}: {source['code'].strip()})" if source else ""
        return CodeError(
            f"The network is trained, but cannot be exported: forward decides by the values of an image{where}.",
            "Let forward do the same steps for every image; torch.where(condition, a, b) chooses without an if.",
            operator=None,
            **details,
        )
    return CodeError(
        f"The network is trained, but cannot be exported to ONNX: {_reason(text)[0]}",
        "Simplify what forward does besides calling layers, and train again.",
        operator=None,
        **details,
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _reason(text: str) -> list[str]:
    """Return the lines of the exporter's summary: the exception it met, without the advice to file issues."""
    summary = text.partition("## Exception summary")[2] or text
    lines = [line.strip() for line in summary.splitlines()]
    kept = [re.sub(r"<class '[\w.]*?(\w+)'>", r"\1", line) for line in lines if line and not line.startswith("(Refer")]
    return kept[:8] or ["no reason was given."]


@contextlib.contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Keep what the exporter prints (its steps, whole graphs on an error) and warns of out of the student's log."""
    logger = logging.getLogger("torch")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            # All of them are about torch's own insides: deprecations between torch, its exporter and copyreg.
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
