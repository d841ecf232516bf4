"""An exported network that answers in the place of the one that it was made from. Imports torch at the top."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from patholearn_lab.serving.models import ModelManifest
from patholearn_lab.serving.sessions import open_session


def answer_with(network: torch.nn.Module, exported: Path, manifest: ModelManifest, *, as_dictionary: bool) -> None:
    """Let `network` answer with what `exported` says: its ``forward`` is replaced, all else stays its own.

    Parameters
    ----------
    network
        Changed in place.
    exported
        The ONNX file.
    manifest
        What that takes and gives.
    as_dictionary
        Whether ``forward`` gives a dictionary of the outputs by their names; else it gives the first one alone.
    """
    session = open_session(exported)
    tensors = [output.tensor for output in manifest.outputs]

    def forward(*given: torch.Tensor) -> Any:
        fed = {name: part.detach().cpu().numpy() for name, part in zip(manifest.inputs, given, strict=True)}
        answers = [torch.from_numpy(answer).to(given[0].device) for answer in session.run(tensors, fed)]
        if not as_dictionary:
            return answers[0]
        return {output.name: answer for output, answer in zip(manifest.outputs, answers, strict=True)}

    # An attribute of this network alone: what is called is looked for there before it is looked for in its class.
    network.forward = forward
