"""The cells of whole networks: what they look like, that they run, and that they are read back."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import lightning as L
import pytest
import torch
from support.graphs import graph, lookup

from patholearn_lab.codegen import emit_cell
from patholearn_lab.graph.calls import read_call, read_target
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.setups import read_setup


def cell_of(kind: str, params: dict[str, Any], dataset: str = "he_tissue") -> str:
    """Return the cell of a network with a Linear behind it."""
    shape = lookup(dataset)
    assert shape is not None
    document = graph(
        {
            "data": ("dataset", {"dataset": dataset}),
            "net": (kind, params),
            "last": ("linear", {"out_features": len(shape.classes)}),
            "output": "classification_output",
        },
        "data>net",
        "net>last",
        "last>output",
    )
    return emit_cell(document, lookup).code


def made(code: str) -> Any:
    """Return the model that a cell makes."""
    space: dict[str, Any] = {}
    exec(code, space)
    return space["model"]


def lines_with(code: str, text: str) -> list[str]:
    return [line.strip() for line in code.splitlines() if text in line]


@pytest.mark.parametrize(
    ("params", "lines"),
    [
        ({}, ["self.net = torchvision.models.resnet18()", "self.net.fc = nn.Identity()"]),
        (
            {"weights": "DEFAULT", "frozen": True, "classes": 7},
            [
                'self.net = torchvision.models.resnet18(weights="DEFAULT")',
                "self.net.requires_grad_(False).eval()",
                "self.net.fc = nn.Linear(512, 7)",
            ],
        ),
        (
            {"weights": "w.safetensors", "classes": 1000},
            [
                "self.net = torchvision.models.resnet18()",
                'self.net.load_state_dict(safetensors.torch.load_file("w.safetensors"))',
            ],
        ),
        (
            {"model": "squeezenet1_1", "classes": 3},
            [
                "self.net = torchvision.models.squeezenet1_1()",
                "self.net.classifier[1] = nn.Conv2d(512, 3, kernel_size=1)",
            ],
        ),
    ],
)
def test_a_model_of_torchvision_is_made_as_a_teacher_would(params: dict[str, Any], lines: list[str]) -> None:
    code = cell_of("torchvision_model", params)
    assert [line for line in lines_with(code, "self.net") if "(x)" not in line] == lines
    assert "import torchvision" in code.splitlines()


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"model": "mobilenet_v3_small", "frozen": True, "classes": 5},
        {"model": "squeezenet1_1", "classes": 3},
        {"model": "googlenet"},
        {"model": "shufflenet_v2_x0_5", "classes": 1000},
    ],
)
@pytest.mark.parametrize("mode", [True, False])
def test_a_model_of_torchvision_runs_in_its_cell(params: dict[str, Any], mode: bool) -> None:
    model = made(cell_of("torchvision_model", params)).train(mode)
    assert model(torch.randn(2, 3, 64, 64)).shape == (2, 2)
    learned = [name for name, parameter in model.net.named_parameters() if parameter.requires_grad]
    assert bool(params.get("frozen")) == (len(learned) == 2)


@pytest.mark.parametrize("suffix", [".pt", ".safetensors"])
def test_weights_are_read_from_a_file(tmp_path: Path, suffix: str) -> None:
    from safetensors.torch import save_file
    from torchvision.models import mobilenet_v3_small

    trained = mobilenet_v3_small()
    file = tmp_path / f"weights{suffix}"
    if suffix == ".pt":
        torch.save(trained.state_dict(), file)
    else:
        save_file(trained.state_dict(), file)
    model = made(cell_of("torchvision_model", {"model": "mobilenet_v3_small", "weights": str(file)}))
    assert torch.equal(model.net.features[0][0].weight, trained.features[0][0].weight)


def test_a_file_that_would_run_code_is_refused(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "sprung",))

    torch.save({"conv1.weight": Trap()}, tmp_path / "trap.pt")
    with pytest.raises(Exception, match="Weights only load failed"):
        made(cell_of("torchvision_model", {"weights": str(tmp_path / "trap.pt")}))
    assert not (tmp_path / "sprung").exists()


@pytest.mark.filterwarnings("ignore")
def test_a_frozen_network_stands_still_while_its_head_learns(tmp_path: Path) -> None:
    model = made(cell_of("torchvision_model", {"model": "mobilenet_v3_small", "frozen": True, "classes": 4}))
    before = {name: tensor.clone() for name, tensor in model.net.state_dict().items()}
    images, labels = torch.randn(8, 3, 32, 32), torch.randint(0, 2, (8,))
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(images, labels), batch_size=4)
    trainer = L.Trainer(
        max_epochs=2, logger=False, enable_checkpointing=False, enable_progress_bar=False, default_root_dir=tmp_path
    )
    trainer.fit(model, loader, loader)
    moved = [name for name, tensor in model.net.state_dict().items() if not torch.equal(tensor, before[name])]
    assert moved == ["classifier.3.weight", "classifier.3.bias"]


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"model": "googlenet", "classes": 3},
        {"model": "squeezenet1_0", "frozen": True, "classes": 8},
        {"weights": "IMAGENET1K_V1", "classes": 1000},
        {"weights": "a 'b'.pt", "frozen": True},
        {"weights": "w.safetensors"},
    ],
)
def test_the_statements_of_a_network_are_read_back(params: dict[str, Any]) -> None:
    spec = catalog["torchvision_model"]
    statements = [line for line in lines_with(joined(cell_of(spec.kind, params)), "self.net") if "(x)" not in line]
    target, _, call = statements[0].removeprefix("self.net = ").partition("(")
    keywords = eval(f"dict({call}")
    found: dict[str, Any] = {**(read_target(spec, target) or {}), **read_call(spec, [], keywords)}
    for statement in statements[1:]:
        told = read_setup(spec, statement, "self.net")
        assert told is not None, statement
        found |= told
    assert {name: value for name, value in found.items() if value is not None} == params


def joined(code: str) -> str:
    """Put split calls on one line."""
    return re.sub(r",\n +\)", ")", re.sub(r"\(\n +", "(", re.sub(r",\n +(?=[\w{])", ", ", code)))


@pytest.mark.parametrize(
    ("params", "lines"),
    [
        ({}, ['self.net = timm.create_model("resnet18", num_classes=0)']),
        (
            {"weights": "a1_in1k", "classes": 3},
            ['self.net = timm.create_model("resnet18.a1_in1k", pretrained=True, num_classes=3)'],
        ),
        (
            {"model": "resnet10t", "weights": "DEFAULT", "frozen": True, "classes": 3},
            [
                'self.net = timm.create_model("resnet10t", pretrained=True, num_classes=0)',
                "self.net.requires_grad_(False).eval()",
                "self.net.reset_classifier(3)",
            ],
        ),
    ],
)
def test_a_model_of_timm_is_made_as_a_teacher_would(params: dict[str, Any], lines: list[str]) -> None:
    code = cell_of("timm_model", params)
    assert [line for line in lines_with(code, "self.net") if "(x)" not in line] == lines
    assert "import timm" in code.splitlines()


@pytest.mark.parametrize(
    ("params", "dataset"),
    [
        ({"model": "resnet10t"}, "mnist"),
        ({"model": "resnet10t", "frozen": True, "classes": 4}, "he_tissue"),
        ({"model": "mobilenetv3_small_050", "classes": 4}, "he_tissue"),
    ],
)
def test_a_model_of_timm_runs_in_its_cell(params: dict[str, Any], dataset: str) -> None:
    model = made(cell_of("timm_model", params, dataset))
    shape = lookup(dataset)
    assert shape is not None
    assert model(torch.randn(2, *shape.image)).shape == (2, len(shape.classes))
    learned = [name for name, parameter in model.net.named_parameters() if parameter.requires_grad]
    assert bool(params.get("frozen")) == (len(learned) == 2)


def test_a_file_of_timm_fits_other_channels_and_classes(tmp_path: Path) -> None:
    import timm

    trained = timm.create_model("resnet10t")
    torch.save(trained.state_dict(), tmp_path / "w.pth")
    code = cell_of("timm_model", {"model": "resnet10t", "weights": str(tmp_path / "w.pth"), "classes": 3}, "mnist")
    model = made(code)
    assert model.net.conv1[0].weight.shape[1] == 1
    assert torch.equal(model.net.layer1[0].conv1.weight, trained.layer1[0].conv1.weight)


def test_a_segmentation_model_is_made_as_a_teacher_would() -> None:
    params = {"architecture": "FPN", "encoder": "mobilenet_v2", "weights": "imagenet", "frozen": True, "classes": 3}
    code = segmentation_cell(params)
    assert lines_with(code, "smp.") == ['self.net = smp.FPN("mobilenet_v2", classes=3)']
    assert "self.net.freeze_encoder()" in code
    assert "import segmentation_models_pytorch as smp" in code.splitlines()


@pytest.mark.parametrize(("architecture", "frozen"), [("Unet", True), ("Linknet", False), ("Unet", False)])
def test_a_segmentation_model_runs_in_its_cell(architecture: str, frozen: bool) -> None:
    params = {"architecture": architecture, "encoder": "mobilenet_v2", "frozen": frozen, "classes": 3}
    model = made(segmentation_cell(params)).train()
    assert model.net(torch.randn(2, 3, 64, 64)).shape == (2, 3, 64, 64)
    assert any(parameter.requires_grad for parameter in model.net.encoder.parameters()) != frozen


def segmentation_cell(params: dict[str, Any]) -> str:
    """Return a cell with a segmentation model, which gives its image to a Flatten and a Linear."""
    document = graph(
        {
            "data": ("dataset", {"dataset": "he_tissue"}),
            "net": ("smp_model", params),
            "flat": "flatten",
            "last": ("linear", {"out_features": 2}),
            "output": "classification_output",
        },
        "data>net",
        "net>flat",
        "flat>last",
        "last>output",
    )
    return emit_cell(document, lookup).code


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("timm_model", {}),
        ("timm_model", {"weights": "a1_in1k", "classes": 3}),
        ("timm_model", {"model": "resnet10t", "weights": "DEFAULT", "frozen": True, "classes": 3}),
        ("timm_model", {"weights": "folder/w.safetensors", "classes": 1000}),
        ("smp_model", {}),
        ("smp_model", {"architecture": "FPN", "encoder": "vgg11", "weights": "imagenet", "frozen": True, "classes": 3}),
        ("smp_model", {"weights": "w.pth", "classes": 1}),
    ],
)
def test_the_call_of_a_network_is_read_back(kind: str, params: dict[str, Any]) -> None:
    spec = catalog[kind]
    code = joined(segmentation_cell(params) if kind == "smp_model" else cell_of(kind, params))
    statements = [line for line in lines_with(code, "self.net") if "(x)" not in line]
    target, _, call = statements[0].removeprefix("self.net = ").partition("(")
    dotted = target.replace("smp.", "segmentation_models_pytorch.")
    positional, keywords = eval(f"(lambda *given, **named: (given, named))({call}")
    found: dict[str, Any] = {**(read_target(spec, dotted) or {}), **read_call(spec, positional, keywords)}
    for statement in statements[1:]:
        told = read_setup(spec, statement, "self.net")
        assert told is not None, statement
        found |= told
    defaults = {param.name: param.default for param in spec.params}
    assert {name: value for name, value in found.items() if value not in (None, defaults[name])} == params


def test_statements_that_say_something_else_are_not_taken_for_a_networks() -> None:
    spec = catalog["torchvision_model"]
    for statement in ("self.other.requires_grad_(False).eval()", "self.net.train()", "self.net = 3", "if", "x" * 9_999):
        assert read_setup(spec, statement, "self.net") is None
    assert read_target(spec, "torchvision.models.resnet18") == {}
    assert read_target(spec, "torchvision.models.vgg11") == {"model": "vgg11"}
    assert read_target(spec, "torchvision.models.detection.ssd") is None
    assert read_target(spec, "timm.create_model") is None
