"""The graph editor in the notebook."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from patholearn_lab.errors import PathoLearnError
from patholearn_lab.graph.architecture import Architecture as GraphArchitecture
from patholearn_lab.graph.authors import account
from patholearn_lab.graph.document import Document, document_to_dict
from patholearn_lab.graph.mends import become_dataset
from patholearn_lab.graph.operations import OPERATIONS, Operation, apply, read_operations
from patholearn_lab.tracing.architecture import Architecture
from patholearn_lab.widgets.assets import script, styles
from patholearn_lab.widgets.autosave import AutoSave
from patholearn_lab.widgets.drawn import arch_file, document_of
from patholearn_lab.widgets.joining import join
from patholearn_lab.widgets.main_loop import MainLoop
from patholearn_lab.widgets.own_kinds import OwnKinds
from patholearn_lab.widgets.rpc import Rpc
from patholearn_lab.widgets.run_display import SharedClient

if TYPE_CHECKING:
    from patholearn_lab.client.interface import Client
    from patholearn_lab.codegen.cell import EmittedCell
    from patholearn_lab.graph.issues import CheckResult


def _graph_as_it_is(_value: Any, widget: ArchitectureEditor) -> dict[str, Any]:
    return widget.snapshot()


class ArchitectureEditor(anywidget.AnyWidget):
    """Draw a network: palette, canvas, and the settings of what is selected.

    Parameters
    ----------
    architecture_or_template
        An :class:`~patholearn_lab.graph.architecture.Architecture` (which the editor changes in place), a document,
        the path of an ``*.arch.json`` file, or the name of a template (``"lenet5"``). The template ``"empty"`` where
        None.
    dataset
        The id of the data set that feeds the network, also in place of a constant input. None keeps what the
        architecture says.
    height
        The height of the editor, in CSS px.
    file
        An ``*.arch.json`` file that the drawing is kept in, written soon after each change. Where it is there already,
        the editor goes on with it: run the cell again after a restart of the kernel, and nothing is lost. What is
        changed in the file elsewhere, in its own tab for example, comes into the editor; at once, and from everybody
        who draws there, where JupyterLab shares documents (jupyter-collaboration).
    client
        What checks the graph and writes its code; found by itself where None.

    Attributes
    ----------
    architecture
        The drawn network. Views and Python change the same one, and see each other's changes.
    author
        Who writes comments in the views, ``{"name": str, "account": str}``: the user of the kernel.
    saved
        The file that the drawing is kept in, and why it could not be written just now:
        ``{"file": str, "problem": {error, message, hint} | None}``. None without a file.

    Examples
    --------
    >>> editor = lab.ArchitectureEditor("lenet5", dataset="he_tissue")  # doctest: +SKIP
    >>> editor.architecture.set("conv_1", out_channels=12)              # doctest: +SKIP
    >>> print(editor.emit().code)                                       # doctest: +SKIP
    """

    _esm = script("architecture-editor")
    _css = styles("architecture-editor")

    # Its value never changes, so that it is never sent again after a change: changes travel as operations. But whoever
    # asks for the state (a page that was reloaded) gets the graph as it is then.
    graph = traitlets.Dict(read_only=True).tag(sync=True, to_json=_graph_as_it_is)
    author = traitlets.Dict().tag(sync=True)
    height = traitlets.Int(560, min=320, max=4000).tag(sync=True)
    saved = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)

    def __init__(
        self,
        architecture_or_template: Architecture | Document | Mapping[str, Any] | str | Path | None = None,
        dataset: str | None = None,
        height: int = 560,
        *,
        file: str | Path | None = None,
        client: Client | None = None,
        **kwargs: Any,
    ) -> None:
        self._client = SharedClient(client)
        self._own_kinds = OwnKinds(self._client)
        self._version = 0
        self._answering = False
        self._loop = MainLoop()
        path = None if file is None else arch_file(file)
        kept = Architecture.open(path) if path is not None and path.exists() else None
        drawn = kept or self._read(architecture_or_template, dataset)
        self._shared = None if path is None else join(path, drawn)
        self.architecture: GraphArchitecture = self._shared or drawn
        self._autosave: AutoSave | None = None
        super().__init__(height=height, author={"name": account(), "account": account()}, **kwargs)
        self.rpc = Rpc(self, self._client, parts={"architectures": self._own_kinds.architectures})
        self.on_msg(self._on_message)
        self._unobserve = self.architecture.observe(self._on_change)
        if path is not None:
            if self._shared is None:
                held = drawn.document if path.exists() else None
                self._autosave = AutoSave(path, self._on_saved, self._on_elsewhere, held)
            self.saved = {"file": path.name, "problem": None}

    @property
    def document(self) -> Document:
        """The graph as it is now."""
        return self.architecture.document

    def check(self) -> CheckResult:
        """Return the shapes, the costs and the issues of the graph."""
        return self._own_kinds.architectures().check(self.document)

    def emit(self) -> EmittedCell:
        """Return the cell that the graph becomes.

        Raises
        ------
        CodeError
            When the graph has errors.
        """
        return self._own_kinds.architectures().emit(self.document)

    def snapshot(self) -> dict[str, Any]:
        """Return what a view begins with: the document, and the number of changes so far."""
        return {"document": document_to_dict(self.document), "version": self._version}

    def close(self) -> None:
        """Close the views. The architecture stays as it is."""
        if hasattr(self, "rpc"):
            self._unobserve()
            if self._autosave is not None:
                self._autosave.close()
            if self._shared is not None:
                self._shared.close()
            self.rpc.close()
        super().close()

    def _read(self, source: Any, dataset: str | None) -> GraphArchitecture:
        if source is None or (isinstance(source, str) and not source.endswith(".json")):
            return Architecture(self._client().architectures.template(source or "empty", dataset))
        if isinstance(source, (str, Path)):
            architecture: GraphArchitecture = Architecture.open(source)
        else:
            architecture = source if isinstance(source, GraphArchitecture) else Architecture(document_of(source))
        if dataset is not None:
            architecture.apply(
                operation
                for key, node in architecture.document.nodes.items()
                if node.kind in ("dataset", "constant_input")
                for operation in become_dataset(architecture.document, key, dataset)
            )
        return architecture

    def _on_message(self, _widget: Any, content: Any, _buffers: Any) -> None:
        """Apply a view's operations and tell all views; or send the graph to a view that lost count."""
        if not isinstance(content, Mapping):
            return
        if content.get("sync"):
            self.send(self.snapshot())
        if "operations" in content:
            ticket = content.get("ticket")
            self._answering = True
            try:
                operations: list[Operation] = read_operations(content["operations"])
                expected = apply(self.document, operations)
                self.architecture.apply(operations)
            except PathoLearnError as error:
                self.send({**self.snapshot(), "ticket": ticket, "refused": error.to_dict()})
                return
            finally:
                self._answering = False
            self._version += 1
            raw = OPERATIONS.dump_python(operations, mode="json", by_alias=True)
            self.send({"operations": raw, "version": self._version, "ticket": ticket})
            if self.document != expected:
                self._tell()  # a shared drawing may have become something else: somebody was quicker

    def _on_saved(self, problem: PathoLearnError | None) -> None:
        assert self._autosave is not None
        saved = {"file": self._autosave.path.name, "problem": problem and problem.to_dict()}
        self._loop.run(lambda: self.set_trait("saved", saved))

    def _on_elsewhere(self, operations: list[Operation]) -> None:
        """Take in what was changed in the file: the drawing may be open as a document too."""
        self._loop.run(lambda: self.architecture.apply(operations))

    def _on_change(self, document: Document) -> None:
        """Tell the views what Python changed. What a view changed is told as the operations that it sent."""
        if self._autosave is not None:
            self._autosave.save(document)
        self._loop.run(self._tell)  # others' changes to a shared drawing arrive on a thread of their own

    def _tell(self) -> None:
        if not self._answering:
            self._version += 1
            self.send(self.snapshot())
