from __future__ import annotations

from support.edits import FOLDER
from support.graphs import lookup

from patholearn_lab import Architecture


def test_an_architecture_is_written_read_back_and_kept_in_step() -> None:
    net = Architecture.from_dict((FOLDER / "small_cnn.arch.json").read_text(encoding="utf-8"))
    cell = net.to_code(lookup)
    mine = cell.code.replace("nn.Dropout(0.3)", "nn.Dropout(0.4)").replace("EPOCHS =", "# mine\nEPOCHS =")
    read = net.update_from_code(mine, lookup)
    assert read.complete
    assert net.document == read.document
    assert net.document.nodes["dropout_1"].params == {"p": 0.4}
    before = net.document
    net.set("output", batch_size=7)
    merged = net.merge_into_code(mine, before, lookup)
    assert merged.conflicts == ()
    assert merged.code == mine.replace("BATCH_SIZE = 32", "BATCH_SIZE = 7")
    assert net.undo()
    assert net.undo()
    assert net.to_code(lookup) == cell
