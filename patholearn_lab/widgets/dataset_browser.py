"""Look at data sets: their cards, their balance, their images; get new ones, upload your own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from patholearn_lab.widgets.assets import script, styles
from patholearn_lab.widgets.exports import Exports
from patholearn_lab.widgets.rpc import Rpc
from patholearn_lab.widgets.run_display import SharedClient

if TYPE_CHECKING:
    from patholearn_lab.client.interface import Client


class DatasetBrowser(anywidget.AnyWidget):
    """The data sets on the left, the chosen one's card and images on the right.

    Parameters
    ----------
    dataset
        The id of the data set to show first; a built-in set is offered to be made where it is not stored yet.
    client
        Where the data sets are; found by itself where None.

    Attributes
    ----------
    dataset
        The id of the chosen data set, kept in step with the view; None where none is chosen.

    Examples
    --------
    >>> browser = lab.DatasetBrowser("he_tissue")  # doctest: +SKIP
    """

    _esm = script("dataset-browser")
    _css = styles("dataset-browser")

    dataset = traitlets.Unicode(allow_none=True, default_value=None).tag(sync=True)

    def __init__(self, dataset: str | None = None, *, client: Client | None = None, **kwargs: Any) -> None:
        super().__init__(dataset=dataset, **kwargs)
        client_of = SharedClient(client)
        self._exports = Exports(client_of)
        self.rpc = Rpc(self, client_of, own_calls=self._exports.calls())

    def close(self) -> None:
        """Close the view and end its calls."""
        if hasattr(self, "rpc"):
            self.rpc.close()
            self._exports.close()
        super().close()
