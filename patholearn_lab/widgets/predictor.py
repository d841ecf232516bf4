"""Ask a trained network about a picture, and see how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from patholearn_lab.widgets.assets import script, styles
from patholearn_lab.widgets.drawn import document_of
from patholearn_lab.widgets.rpc import Rpc
from patholearn_lab.widgets.run_display import SharedClient

if TYPE_CHECKING:
    from patholearn_lab.client.interface import Client


class Predictor(anywidget.AnyWidget):
    """A picture on one side, the probability of each class on the other.

    Parameters
    ----------
    model
        The name of a model, or the editor (or an architecture): then the newest model of that graph is chosen. None
        chooses the newest of all.
    version
        The version of a named model; the newest where None.
    client
        Where the models are; found by itself where None.

    Attributes
    ----------
    model, version
        The chosen model, kept in step with the view; None as long as there is none.

    Examples
    --------
    >>> lab.Predictor(editor)      # doctest: +SKIP
    >>> lab.Predictor("lenet-5")   # doctest: +SKIP
    """

    _esm = script("predictor")
    _css = styles("predictor")

    graph = traitlets.Unicode("").tag(sync=True)
    model = traitlets.Unicode(allow_none=True, default_value=None).tag(sync=True)
    version = traitlets.Int(allow_none=True, default_value=None).tag(sync=True)

    def __init__(
        self, model: Any = None, version: int | None = None, *, client: Client | None = None, **kwargs: Any
    ) -> None:
        is_named = model is None or isinstance(model, str)
        super().__init__(
            graph="" if is_named else document_of(model).meta.id,
            model=model if is_named else None,
            version=version,
            **kwargs,
        )
        self.rpc = Rpc(self, SharedClient(client))

    def close(self) -> None:
        """Close the view and end its calls."""
        if hasattr(self, "rpc"):
            self.rpc.close()
        super().close()
