"""The student's cell, loaded in the child: written down, compiled under its own name, run, and its network found.

The cell is the student's program and runs as they wrote it. What goes wrong in it becomes a CodeError with the line.
"""

from __future__ import annotations

import inspect
import linecache
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from patholearn_lab.errors import CodeError
from patholearn_lab.training.diagnosis import diagnose, diagnose_syntax
from patholearn_lab.training.spec import FitSettings

if TYPE_CHECKING:
    import lightning as L

CELL_MODULE = "patholearn_cell"
"""The module name of the cell; registered in ``sys.modules`` so that its classes can be pickled by Lightning."""


@dataclass(frozen=True)
class LoadedCell:
    """A cell that ran.

    Parameters
    ----------
    file
        Where the cell's text lies; tracebacks name it.
    constants
        The cell's module-level names and values.
    model
        The network, fresh.
    class_name
        The name of its class.
    stands_in
        Whether another program answers in the network's place, so that its own weights mean nothing.
    """

    file: Path
    constants: dict[str, Any]
    model: L.LightningModule
    class_name: str
    stands_in: bool = False


def load_cell(code: str, folder: Path) -> LoadedCell:
    """Write `code` to ``<folder>/code/cell.py``, run it and return its network.

    The network is ``model`` where the cell makes one, else an instance of the last LightningModule class in it.

    Raises
    ------
    CodeError
        When the cell cannot be compiled, raises, or holds no network; with the line and the traceback's end.
    """
    file = folder / "code" / "cell.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(code, encoding="utf-8")
    linecache.checkcache(str(file))
    module = _run(code, file)
    model = _find_model(module, file)
    return LoadedCell(file, dict(vars(module)), model, type(model).__name__)


def own_transform(cell: LoadedCell, settings: FitSettings) -> Callable[..., Any] | None:
    """Return the cell's ``AUGMENTATION``, where the training names no augmentation itself.

    Raises
    ------
    CodeError
        When it cannot be called.
    """
    transform: Callable[..., Any] | None = cell.constants.get("AUGMENTATION")
    if settings.data.augmentation.steps or transform is None:
        return None
    if not callable(transform):
        raise CodeError(
            f"AUGMENTATION in the cell is {type(transform).__name__}, which nothing can be done with to an image.",
            "Write transforms of torchvision: AUGMENTATION = v2.Compose([v2.RandomHorizontalFlip()]).",
            line=None,
            traceback_tail=[],
        )
    return transform


def _run(code: str, file: Path) -> ModuleType:
    try:
        compiled = compile(code, str(file), "exec")
    except (SyntaxError, ValueError) as error:
        raise diagnose_syntax(error) from error
    module = ModuleType(CELL_MODULE)
    module.__file__ = str(file)
    sys.modules[CELL_MODULE] = module
    try:
        exec(compiled, vars(module))  # noqa: S102  (running the student's cell is what this is for)
    except (Exception, SystemExit) as error:
        raise diagnose(error, file) from error
    return module


def _find_model(module: ModuleType, file: Path) -> L.LightningModule:
    import lightning as L

    model = vars(module).get("model")
    if isinstance(model, L.LightningModule):
        return model
    classes = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, L.LightningModule) and value.__module__ == CELL_MODULE
    ]
    if not classes:
        raise CodeError(
            "The cell holds no network that can be trained.",
            "Keep the class that begins with 'class MyNetwork(L.LightningModule):' and the line 'model = MyNetwork()'.",
            line=None,
            traceback_tail=[],
        )
    try:
        return classes[-1]()
    except TypeError as error:
        if not _is_missing_argument(error):
            raise diagnose(error, file) from error
        raise CodeError(
            f"The network {classes[-1].__name__} cannot be made, because its __init__ asks for values nobody gives: "
            f"{_own_words(error)}.",
            f"Make it yourself at the end of the cell, for example: model = {classes[-1].__name__}(…).",
            line=inspect.getsourcelines(classes[-1].__init__)[1],
            traceback_tail=[f"TypeError: {error}"],
        ) from error
    except Exception as error:
        raise diagnose(error, file) from error


def _is_missing_argument(error: TypeError) -> bool:
    """Tell a call that lacks arguments from a TypeError inside the constructor: the former has no deeper frame."""
    return error.__traceback__ is not None and error.__traceback__.tb_next is None and "__init__" in str(error)


def _own_words(error: TypeError) -> str:
    return str(error).partition("__init__() ")[2] or str(error)
