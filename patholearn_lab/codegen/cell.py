"""What a cell is, once emitted and once read back."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class EmittedCell(BaseModel):
    """The cell of a graph.

    Parameters
    ----------
    code
        Python source that runs with torch and lightning alone.
    lines
        For each node, the first and last line (from 1) that it is responsible for.
    names
        For each node with a layer that ``__init__`` makes, what the code calls that layer.
    class_name
        The class of the network.
    hash
        SHA-256 of the code, in hexadecimal: tells an edited cell from an untouched one.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    lines: dict[str, tuple[int, int]]
    names: dict[str, str] = {}
    class_name: str
    hash: str


class SyntaxProblem(BaseModel):
    """Why a cell is no Python, and where."""

    model_config = ConfigDict(frozen=True)

    line: int
    message: str


class CellFacts(BaseModel):
    """What a cell says about itself, read without running it.

    Parameters
    ----------
    class_name
        The last class that derives from a LightningModule, or None.
    settings
        The constants at the top that are written in capitals: ``{"DATASET": "he_tissue", "EPOCHS": 8}``.
    syntax_error
        Why it is no Python, or None where it is.
    """

    model_config = ConfigDict(frozen=True)

    class_name: str | None = None
    settings: dict[str, bool | int | float | str | None] = {}
    syntax_error: SyntaxProblem | None = None
