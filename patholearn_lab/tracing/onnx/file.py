"""Opens ONNX files: what is no ONNX, reaches outside its folder or is too large is refused first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from patholearn_lab.errors import DocumentError, NotFoundError, TooLargeError

if TYPE_CHECKING:
    import onnx

MAX_BYTES = 2_000_000_000
"""Of the file and its weights together; protobuf ends there anyway."""
MAX_OPERATORS = 20_000


def open_onnx(path: str | Path) -> onnx.ModelProto:
    """Return the model in a file, with its weights and without local functions.

    Raises
    ------
    NotFoundError
        When there is no such file.
    DocumentError
        When it is no ONNX, or its weights stand in a file that is missing or outside its folder.
    TooLargeError
        When the file and its weights have more than 2 GB, or the network more than 20,000 operators.
    """
    import onnx
    from onnx import inliner

    file = Path(path)
    if not file.is_file():
        raise NotFoundError(f"There is no file {str(path)!r}.", "Check the name and the folder.")
    _ensure_size(file.name, file.stat().st_size)
    try:
        model = onnx.load(str(file), load_external_data=False)
    except Exception as error:
        # Of protobuf's own DecodeError there are two, one for each of its implementations.
        raise _no_onnx(file, str(error)) from error
    if not model.HasField("graph") or not model.graph.node:
        raise _no_onnx(file, "it has no network in it")
    _load_weights(model, file)
    try:
        if model.functions:
            model = inliner.inline_local_functions(model)
        onnx.checker.check_model(model)
    except (onnx.checker.ValidationError, RuntimeError, ValueError) as error:
        raise _no_onnx(file, str(error).strip().partition("\n")[0]) from error
    if len(model.graph.node) > MAX_OPERATORS:
        raise TooLargeError(
            f"{file.name!r} has {len(model.graph.node):,} operators; at most {MAX_OPERATORS:,} are read.",
            "Export a part of the network.",
            limit=MAX_OPERATORS,
        )
    return model


def _load_weights(model: onnx.ModelProto, file: Path) -> None:
    """Load weights that stand in files of their own, which must lie in the model's folder."""
    import onnx
    from onnx import external_data_helper as external

    folder = file.resolve().parent
    total = file.stat().st_size
    for tensor in model.graph.initializer:
        if not external.uses_external_data(tensor):
            continue
        location = next((entry.value for entry in tensor.external_data if entry.key == "location"), "")
        place = folder / location
        if not location or not place.resolve().is_relative_to(folder) or place.is_symlink():
            raise DocumentError(
                f"{file.name!r} wants its weights from {location!r}, which is outside its folder.",
                "Put the weights beside the file, or save it with its weights inside.",
            )
        if not place.is_file():
            raise DocumentError(
                f"{file.name!r} has its weights in {location!r}, which is not there.",
                f"Put {location!r} beside it.",
            )
        info = external.ExternalDataInfo(tensor)
        total += info.length if info.length is not None else place.stat().st_size
        _ensure_size(file.name, total)
        try:
            external.load_external_data_for_tensor(tensor, str(folder))
        except (ValueError, OSError) as error:
            raise DocumentError(
                f"The weights of {file.name!r} cannot be read from {location!r}: {error}.", "Save the model once more."
            ) from error
        tensor.ClearField("external_data")
        tensor.data_location = onnx.TensorProto.DEFAULT


def _ensure_size(name: str, size: int) -> None:
    if size > MAX_BYTES:
        raise TooLargeError(
            f"{name!r} and its weights have {size:,} bytes; at most {MAX_BYTES:,} are read.",
            "Take a smaller network.",
            limit=MAX_BYTES,
        )


def _no_onnx(file: Path, reason: str) -> DocumentError:
    return DocumentError(
        f"{file.name!r} is no ONNX file that can be read: {reason}.", "Choose a file that torch.onnx.export wrote."
    )
