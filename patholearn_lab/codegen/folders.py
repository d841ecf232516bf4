"""Training outside of PathoLearn Lab: class folders, maybe with a table, as a DataModule for the cell of a graph."""

from __future__ import annotations

from collections.abc import Sequence

from patholearn_lab.codegen.arguments import FEATURES, IMAGES
from patholearn_lab.codegen.cell import EmittedCell
from patholearn_lab.codegen.plain import refuse
from patholearn_lab.codegen.reading import read_cell
from patholearn_lab.codegen.source import literal, split
from patholearn_lab.graph.document import Document
from patholearn_lab.graph.inputs import DatasetLookup, DatasetShape

_IMPORTS = ("from pathlib import Path", "from torch.utils.data import DataLoader, Dataset, random_split")
FOLDERS = "FolderData"
"""The class that brings the images of a whole program."""
_DATA = '''
class ImageFolders(Dataset):
    """{what}"""

    def __init__(self, folder):
        self.classes = sorted(path.name for path in Path(folder).iterdir() if path.is_dir())
        if len(self.classes) != {classes}:
            raise SystemExit(f"{folder} has {len(self.classes)} class folders; the network has {classes} classes.")
        self.files = [
            (path, label)
            for label, name in enumerate(self.classes)
            for path in sorted(Path(folder, name).rglob("*"))
            if path.suffix.lower() in {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"}
        ]
{rows}
    def __len__(self):
        return len(self.files)

    def __getitem__(self, index):
{sample}


class FolderData(L.LightningDataModule):
    """The folders train, valid and test; without them, class folders of which a fifth is kept apart."""

    def __init__(self, folder, batch_size):
        super().__init__()
        self.folder, self.batch_size = Path(folder), batch_size

    def setup(self, stage=None):
{setup}

    def train_dataloader(self):
        return DataLoader(self.splits["train"], self.batch_size, shuffle=True)

    def val_dataloader(self):
        return DataLoader(self.splits["valid"], self.batch_size)

    def test_dataloader(self):
        return DataLoader(self.splits["test"], self.batch_size)
'''


_WHAT = {
    False: "The images below a folder that has one folder a class; each is read when it is asked for.",
    True: "The images below a folder that has one folder a class, each with its row of the folder's metadata.csv.",
}
_ROWS = """\
        with open(Path(folder, "metadata.csv"), newline="", encoding="utf-8-sig") as file:
            rows = {Path(folder, row["file_name"]): row for row in csv.DictReader(file)}
        self.features = torch.tensor(
            [[float(rows[path][name]) for name in FEATURES] for path, _ in self.files]
        )
"""
_PIXELS = """\
        path, label = self.files[index]
        with Image.open(path) as image:
            image = image.convert("{mode}").resize(({width}, {height}))
        pixels = torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8)
        pixels = pixels.reshape({height}, {width}, {channels}).permute(2, 0, 1)  # {channels} × {height} × {width}
"""
_SAMPLE = {
    (IMAGES,): _PIXELS + "        return pixels / 127.5 - 1, label  # from 0..255 to -1..1",
    (IMAGES, FEATURES): _PIXELS
    + "        pixels = pixels / 127.5 - 1  # from 0..255 to -1..1\n"
    + "        return (pixels, self.features[index]), label",
    (FEATURES,): "        return self.features[index], self.files[index][1]",
}
_SETUP = {
    False: """\
        names = ("train", "valid", "test")
        if (self.folder / "train").is_dir():
            self.splits = {name: ImageFolders(self.folder / name) for name in names}
        else:
            shares = torch.Generator().manual_seed(0)
            parts = random_split(ImageFolders(self.folder), [0.8, 0.1, 0.1], shares)
            self.splits = dict(zip(names, parts))""",
    True: """\
        names = ("train", "valid", "test")
        if (self.folder / "train").is_dir():
            sets = [ImageFolders(self.folder / name) for name in names]
            self.splits, seen = dict(zip(names, sets)), sets[0].features
        else:
            sets = [ImageFolders(self.folder)]
            shares = torch.Generator().manual_seed(0)
            parts = random_split(sets[0], [0.8, 0.1, 0.1], shares)
            self.splits, seen = dict(zip(names, parts)), sets[0].features[parts[0].indices]
        mean, spread = seen.mean(dim=0), seen.std(dim=0, correction=0)
        spread[spread < 1e-6] = 1  # a feature that is always the same
        for images in sets:  # what the training has seen scales all of them
            images.features = (images.features - mean) / spread""",
}


def data_module(cell: EmittedCell, shape: DatasetShape) -> str:
    """Return the source of a data set of class folders and of its DataModule, with the set's size in place."""
    inputs = _inputs(cell)
    has_table = FEATURES in inputs
    text = _DATA.strip("\n")
    for name, part in (("rows", _ROWS if has_table else ""), ("sample", _SAMPLE[inputs]), ("setup", _SETUP[has_table])):
        text = text.replace(f"{{{name}}}", part)
    values = {
        "what": _WHAT[has_table],
        "classes": len(shape.classes),
        "mode": "L" if shape.channels == 1 else "RGB",
        "height": shape.height,
        "width": shape.width,
        "channels": shape.channels,
    }
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    if has_table:
        named = split("FEATURES = [", [literal(name) for name in shape.features], "]", "the columns of metadata.csv")
        text = "\n".join([*named, "", "", text])
    return text


def layout(cell: EmittedCell) -> str:
    """Return how the folder has to be laid out, in a few words."""
    table = " and metadata.csv" if FEATURES in _inputs(cell) else ""
    return f"folder with a folder a class{table}, or with such below train, valid and test"


def _inputs(cell: EmittedCell) -> tuple[str, ...]:
    return read_cell(cell.code).inputs


def shape_for_folders(document: Document, lookup: DatasetLookup) -> DatasetShape:
    """Return the data set of a graph that can learn from class folders.

    Raises
    ------
    CodeError
        When its output learns something else than one class per image, or its data set is not known.
    """
    kinds = {node.kind for node in document.nodes.values() if node.kind.endswith("_output")}
    if kinds - {"classification_output"}:
        raise refuse(
            f"Class folders say of which class an image is, but the graph has the output {min(kinds)}.",
            "Take the form “cell”, and give its Trainer data of your own.",
        )
    datasets = [str(node.params.get("dataset") or "") for node in document.nodes.values() if node.kind == "dataset"]
    shape = lookup(datasets[0]) if datasets else None
    if shape is None:
        raise refuse(
            "It is not known how large the images are and how many classes they have.",
            "Choose a data set in the graph.",
        )
    return shape


def imports_with(cell: EmittedCell, more: Sequence[str] = ()) -> tuple[list[str], str]:
    """Return the import statements of a cell that trains on folders, unsorted, and the rest of the cell."""
    lines = cell.code.splitlines()
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    last = max(index for index, line in enumerate(lines) if line in imports)
    inputs = _inputs(cell)
    needed = ["from PIL import Image"] * (IMAGES in inputs) + ["import csv"] * (FEATURES in inputs)
    return [*imports, *_IMPORTS, *needed, *more], "\n".join(lines[last + 1 :]).strip("\n")
