"""A module becomes a drawing, and the drawing's code is the module again."""

from __future__ import annotations

from collections import OrderedDict

import pytest
import torch
import torch.nn.functional as F
from support.graphs import lookup
from support.tracing import emitted_again, executed, round_trip, zoo_round_trip
from torch import nn
from torchvision.ops import StochasticDepth

import patholearn_lab as lab
from patholearn_lab.codegen.forms import emit
from patholearn_lab.codegen.lightning import emit_cell
from patholearn_lab.errors import DocumentError, InvalidInputError
from patholearn_lab.graph.catalog import catalog
from patholearn_lab.graph.inputs import no_datasets
from patholearn_lab.graph.settings import values_of

IMAGES = torch.randn(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))


class Chain(nn.Sequential):
    """Layers in a row, with settings that are not torch's defaults."""

    def __init__(self) -> None:
        super().__init__(
            OrderedDict(
                first=nn.Conv2d(3, 8, (3, 5), stride=(2, 1), padding=(1, 2), bias=False),
                norm=nn.BatchNorm2d(8, momentum=0.3),
                slope=nn.LeakyReLU(0.2, inplace=True),
                wide=nn.Conv2d(8, 8, 3, padding="same", dilation=2, groups=4),
                pool=nn.MaxPool2d(2, stride=1, padding=1),
                flat=nn.Flatten(),
                drop=nn.Dropout(0.1),
                head=nn.Linear(8 * 9 * 17, 5, bias=False),
            )
        )


class Branches(nn.Module):
    """A shortcut and a concatenation, with functions where there might be modules."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(3, 3, 3, padding=1)
        self.b = nn.Conv2d(3, 4, 1)
        self.head = nn.Linear(7 * 8 * 8, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        short = F.relu(x + self.a(x))
        x = torch.cat([short, self.b(short)], 1)
        return self.head(torch.flatten(F.max_pool2d(x, 2), 1))


@pytest.mark.parametrize("module", [Chain(), Branches()], ids=lambda module: type(module).__name__)
def test_the_code_of_the_drawing_gives_what_the_module_gives(module: nn.Module) -> None:
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=0.3)
    result = round_trip("case", module, IMAGES)
    assert result.largest > 0
    assert result.equal, result


@pytest.mark.parametrize("name", ["lenet5", "small_cnn"])
def test_an_emitted_network_is_drawn_as_it_was(name: str) -> None:
    document = lab.Architecture.from_template(name, "mnist", lookup).document
    network = executed(emit_cell(document, lookup))
    drawn = lab.Architecture.from_module(network, torch.zeros(1, 1, 28, 28), dataset="mnist")
    layers = [
        [
            (node.kind, values_of(catalog[node.kind], node.params))
            for _, node in sorted(nodes.items())
            if catalog[node.kind].style != "end"
        ]
        for nodes in (document.nodes, drawn.document.nodes)
    ]
    assert layers[0] == layers[1]
    assert drawn.check(lookup).runnable


def test_a_node_is_called_as_the_module_calls_it_and_knows_its_weights() -> None:
    drawn = lab.Architecture.from_module(Chain(), IMAGES)
    node = next(key for key, node in drawn.document.nodes.items() if node.note == "wide")
    assert drawn.weights is not None
    assert drawn.weights.keys[node] == {"weight": "wide.weight", "bias": "wide.bias"}
    assert drawn.document.nodes[node].params == {
        "out_channels": 8, "same_padding": True, "dilation": 2, "groups": 4,
    }  # fmt: skip


def test_without_a_data_set_it_is_a_module_for_inputs_of_the_examples_size() -> None:
    module = Branches().eval()
    drawn = lab.Architecture.from_module(module, IMAGES)
    assert drawn.document.nodes["input"].params == {"shape": "3, 16, 16"}
    assert [issue.code for issue in drawn.check().issues if issue.severity == "error"] == ["no_data_to_learn_from"]
    cell = emit(drawn.document, no_datasets, "module")
    network = executed(cell)
    assert drawn.weights is not None
    network.load_state_dict(drawn.weights.state_dict(cell.names))
    assert torch.equal(network(IMAGES), module(IMAGES))


def test_a_network_that_gives_an_image_ends_in_a_segmentation_output() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 2, 1)).eval()
    drawn = lab.Architecture.from_module(module, IMAGES)
    assert drawn.document.nodes["output"].kind == "segmentation_output"
    cell = emit(drawn.document, no_datasets, "module")
    network = executed(cell)
    assert drawn.weights is not None
    network.load_state_dict(drawn.weights.state_dict(cell.names))
    assert torch.equal(network(IMAGES), module(IMAGES))


def test_the_drawing_is_laid_out() -> None:
    drawn = lab.Architecture.from_module(Branches(), IMAGES)
    places = [(node.x, node.y) for node in drawn.document.nodes.values()]
    assert len(set(places)) == len(places)


def test_the_module_keeps_its_mode_and_shares_its_weights() -> None:
    module = Chain().train()
    drawn = lab.Architecture.from_module(module, IMAGES)
    assert module.training
    assert drawn.weights is not None
    assert drawn.weights.tensors["head.weight"].data_ptr() == module.head.weight.data_ptr()


def test_weights_of_a_node_that_was_removed_are_passed_over() -> None:
    drawn = lab.Architecture.from_module(Branches(), IMAGES)
    assert drawn.weights is not None
    assert set(drawn.weights.state_dict({"conv_1": "first"})) == {"first.weight", "first.bias"}


def test_the_batch_of_the_example_does_not_matter() -> None:
    module = Branches()
    one = lab.Architecture.from_module(module, IMAGES[:1])
    assert one.document.nodes == lab.Architecture.from_module(module, IMAGES).document.nodes
    assert torch.equal(
        emitted_again(lab.Architecture.from_module(module, IMAGES[:1], dataset="traced"), (3, 16, 16), 2)(IMAGES),
        module.eval()(IMAGES),
    )


def test_an_example_that_does_not_fit_is_refused_with_its_shape() -> None:
    with pytest.raises(InvalidInputError, match=r"\(1, 1, 28, 28\)"):
        lab.Architecture.from_module(Chain(), torch.zeros(1, 1, 28, 28))


class Beside(nn.Module):
    """Takes a row of a table besides the image."""

    def __init__(self, *, looks: bool) -> None:
        super().__init__()
        self.looks = looks
        self.conv = nn.Conv2d(3, 4, 3)
        self.inner = nn.Linear(5, 4)
        self.head = nn.Linear(8, 2)

    def forward(self, x: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
        if self.looks and x.shape[-1] < 4:
            return self.head(x.flatten(1))
        x = F.adaptive_avg_pool2d(F.relu(self.conv(x)), 1).flatten(1)
        return self.head(torch.cat([x, self.inner(table)], dim=1))


@pytest.mark.parametrize("looks", [False, True], ids=["torch.fx", "torch.export"])
def test_a_network_of_an_image_and_a_table_has_two_inputs(looks: bool) -> None:
    module, table = Beside(looks=looks).eval(), torch.randn(2, 5)
    drawn = lab.Architecture.from_module(module, (IMAGES, table))
    assert {node.kind: node.params for node in drawn.document.nodes.values()}["table_input"] == {"features": 5}
    assert drawn.weights is not None
    cell = emit_cell(drawn.document, drawn.known_datasets, to_train=False)
    network = executed(cell)
    network.load_state_dict(drawn.weights.state_dict(cell.names))
    torch.testing.assert_close(network(IMAGES, table), module(IMAGES, table))


@pytest.mark.parametrize(
    ("example", "words"),
    [
        (3, "The example is a int"),
        ((IMAGES, "table"), "The example is a str"),
        ((IMAGES, IMAGES), r"2 tensors, of \(2, 3, 16, 16\) and \(2, 3, 16, 16\)"),
        ((), "0 tensors"),
    ],
    ids=["a number", "a text", "two images", "nothing"],
)
def test_an_example_that_is_neither_a_tensor_nor_an_image_and_a_table_is_refused(example: object, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words) as caught:
        lab.Architecture.from_module(nn.Identity(), example)  # type: ignore[arg-type]
    assert caught.value.hint


class Doubting(nn.Module):
    """Adds a tensor to itself, and asks for 32-bit numbers."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x.tanh()
        return (x + x).float().flatten(1)


def test_a_tensor_added_to_itself_is_a_code_node_because_nodes_are_connected_once() -> None:
    assert round_trip("doubting", Doubting(), IMAGES).equal


class Windows(nn.Module):
    """Steps that no node does: windows beside the batch, a free parameter, computed sizes, two ways out."""

    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.full((1, 1, 4), 0.5))
        self.gain = nn.Parameter(torch.full((4,), 0.5))
        self.register_buffer("order", torch.tensor([3, 1, 0, 2]))
        self.mix = nn.Linear(4, 4)
        self.norm = nn.LocalResponseNorm(2, alpha=0.1)
        self.head = nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, c, h, w = x.shape
        first, second = x.view(n, c, 2, h // 2, 2, w // 2).permute(0, 2, 4, 3, 5, 1).chunk(2, dim=1)
        x = self.mix(first.reshape(n * 2, h * w // 4, c)).view(n, -1, c) - second.mean((1, 2, 3, 4)).unsqueeze(1)
        x = torch.cat([self.token.expand(n, -1, -1), x[:, :, self.order]], dim=1)
        x = self.norm((x * self.gain).transpose(1, 2).contiguous())
        return self.head(x[..., 0] * 2 + x.amax(-1))


def test_what_no_node_does_is_drawn_as_code_that_gives_the_same() -> None:
    module, images = Windows(), torch.randn(2, 4, 8, 8)
    result = round_trip("windows", module, images)
    assert result.equal, result
    drawn = lab.Architecture.from_module(module, images)
    code = [node.params for node in drawn.document.nodes.values() if node.kind == "code"]
    assert any("torch.full((4,), 0.5)" in str(params.get("setup")) for params in code)
    assert any("nn.LocalResponseNorm(size=2, alpha=0.1)" in str(params.get("setup")) for params in code)


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_code_of_a_drawing_takes_any_batch(batch: int) -> None:
    module = Windows().eval()
    drawn = lab.Architecture.from_module(module, torch.zeros(3, 4, 8, 8), dataset="traced")
    images = torch.randn(batch, 4, 8, 8)
    assert torch.allclose(emitted_again(drawn, (4, 8, 8), 3)(images), module(images), atol=1e-6)


class Regrouped(nn.Module):
    """Cuts each image in two beside the batch, and comes back by the number of images."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n = x.shape[0]
        x = x.reshape(n * 2, 2, -1)
        x = x.cumsum(1) * x.amax(2, keepdim=True)
        return x.view(n, 4, -1).sum(2)


@pytest.mark.parametrize("batch", [1, 2, 5])
def test_code_knows_the_number_of_images_also_where_x_is_no_batch(batch: int) -> None:
    module = Regrouped().eval()
    drawn = lab.Architecture.from_module(module, torch.zeros(3, 4, 8, 8), dataset="traced")
    images = torch.randn(batch, 4, 8, 8)
    assert torch.equal(emitted_again(drawn, (4, 8, 8), 4)(images), module(images))
    (code,) = [node.params["code"] for node in drawn.document.nodes.values() if node.kind == "code"]
    assert "reshape(x.shape[0], 4, -1)" in str(code)


class Blocks(nn.Module):
    """Blocks that are skipped at random while training, and a constant of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Conv2d(3, 3, 3, padding=1)
        self.skip = StochasticDepth(0.3, "row")
        self.head = nn.Linear(3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.skip(self.body(x)) * torch.tensor([[[1.0]], [[2.0]], [[3.0]]])
        return self.head(x.mean([2, 3]))


def test_what_works_in_training_only_is_left_out_with_a_word() -> None:
    module = Blocks()
    attributes = set(vars(module))
    drawn = lab.Architecture.from_module(module, IMAGES)
    assert any("stochastic_depth" in note for note in drawn.notes)
    assert set(vars(module)) == attributes
    assert round_trip("blocks", module, IMAGES).equal


class ChannelsLast(nn.Module):
    """A layer norm over the last of three axes, where the node's is over other axes."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(3)
        self.head = nn.Linear(3 * 16 * 16, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.norm(x.permute(0, 2, 3, 1)).flatten(1))


def test_a_layer_whose_sizes_do_not_follow_from_the_input_as_a_node_has_them_stays_as_it_is() -> None:
    assert round_trip("channels last", ChannelsLast(), IMAGES).equal


def test_a_result_that_no_node_could_give_is_refused() -> None:
    class Turned(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.flatten(1).t()

    with pytest.raises(DocumentError, match="first axis has to be the batch"):
        lab.Architecture.from_module(Turned(), IMAGES)


def test_several_results_are_refused() -> None:
    class Two(nn.Module):
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return x, x + 1

    with pytest.raises(InvalidInputError, match="Two gives several things"):
        lab.Architecture.from_module(Two(), IMAGES)


@pytest.mark.parametrize("name", ["shufflenet_v2_x0_5", "mobilenet_v3_small"])
def test_models_of_torchvision_come_back_with_equal_output(name: str) -> None:
    result = zoo_round_trip(name)
    assert result.equal, result
