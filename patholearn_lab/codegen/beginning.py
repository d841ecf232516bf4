"""The weights that a network begins with: lines below the network that read them from a file."""

from __future__ import annotations

from patholearn_lab.codegen.source import literal

CONSTANT = "WEIGHTS"
"""What the cell calls the file."""


def weights_import(file: str) -> str:
    """Return the import statement that reading the file needs."""
    return "import safetensors.torch" if file.endswith(".safetensors") else "import torch"


def weights_constant(file: str) -> str:
    """Return the line at the top of the cell that names the file."""
    return f"{CONSTANT} = {literal(file)}"


def weights_lines(file: str) -> list[str]:
    """Return the lines behind ``model = …``. Layers that were changed since begin at random, and are counted."""
    read = (
        f"safetensors.torch.load_file({CONSTANT})"
        if file.endswith(".safetensors")
        else f'torch.load({CONSTANT}, map_location="cpu", weights_only=True)'
    )
    return [
        f"saved, fresh = {read}, model.state_dict()",
        "known = {name: saved[name] for name in fresh if name in saved and saved[name].shape == fresh[name].shape}",
        "model.load_state_dict(known, strict=False)",
        f'print(f"{{len(known)}} of {{len(fresh)}} tensors are from {{{CONSTANT}}}, the others begin at random.")',
    ]
