"""An ONNX file becomes a drawing, and the drawing's code gives what onnxruntime gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from support.graphs import lookup
from support.tracing import SET, emitted_again, executed

import patholearn_lab as lab
from patholearn_lab.codegen.lightning import emit_cell
from patholearn_lab.errors import DocumentError, NotFoundError, TooLargeError
from patholearn_lab.serving.export import export_onnx
from patholearn_lab.serving.models import ModelOutput
from patholearn_lab.tracing.onnx import file as onnx_file

RANDOM = np.random.default_rng(0)


def weights(*sizes: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    return RANDOM.normal(0, 0.4, sizes).astype(np.float32)


def saved(
    folder: Path,
    nodes: list[onnx.NodeProto],
    constants: dict[str, Any],
    shape: tuple[int | str, ...] = ("N", 3, 8, 8),
    *,
    opset: int = 20,
    domains: tuple[str, ...] = (),
) -> Path:
    """Write a network from ``x`` to ``y``."""
    graph = helper.make_graph(
        nodes,
        "case",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ("N", "scores"))],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(domain, 1) for domain in domains)]
    path = folder / "case.onnx"
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=10), str(path))
    return path


def kinds(drawn: lab.Architecture) -> list[str]:
    nodes = sorted(drawn.document.nodes.values(), key=lambda node: node.y)
    return [node.kind for node in nodes if node.kind not in ("dataset", "classification_output")]


def compare(path: Path, *more: onnx.NodeProto) -> lab.Architecture:
    """Compare the drawing's code with ONNX's own reference, for another batch than the file may have been made for."""
    del more
    drawn = lab.Architecture.from_onnx(path, dataset=SET)
    model = onnx.load(path)
    sizes = [dim.dim_value for dim in model.graph.input[0].type.tensor_type.shape.dim]
    images = RANDOM.normal(0, 1, (sizes[0] or 2, *sizes[1:])).astype(np.float32)
    (expected,) = ReferenceEvaluator(model).run(None, {"x": images})
    network = emitted_again(drawn, tuple(sizes[1:]), expected.shape[1])
    with torch.no_grad():
        found = network(torch.from_numpy(images)).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    return drawn


HEAD = [helper.make_node("Flatten", ["last"], ["flat"]), helper.make_node("Gemm", ["flat", "w", "b"], ["y"], transB=1)]


def body(folder: Path, nodes: list[onnx.NodeProto], constants: dict[str, Any], features: int, **more: Any) -> Path:
    """Write a network of some nodes from ``x`` to ``last``, and a Linear behind them."""
    return saved(folder, [*nodes, *HEAD], {**constants, "w": weights(4, features), "b": weights(4)}, **more)


@pytest.mark.parametrize("name", ["lenet5", "small_cnn"])
def test_what_we_export_comes_back_with_equal_output(name: str, tmp_path: Path) -> None:
    document = lab.Architecture.from_template(name, "mnist", lookup).document
    network = executed(emit_cell(document, lookup))
    export_onnx(
        network, {"images": (1, 28, 28)}, tmp_path / "model.onnx", [ModelOutput.of("labels", list("0123456789"))]
    )
    drawn = lab.Architecture.from_onnx(tmp_path / "model.onnx", dataset=SET)
    assert "code" not in kinds(drawn)
    images = torch.randn(3, 1, 28, 28)
    with torch.no_grad():
        assert torch.allclose(emitted_again(drawn, (1, 28, 28), 10)(images), network(images), atol=1e-5)


NORM = {"s": weights(3), "o": weights(3), "m": weights(3), "v": np.abs(weights(3)) + 0.5}
BODIES: dict[str, tuple[list[onnx.NodeProto], dict[str, Any], int, list[str]]] = {
    "convolution": (
        [helper.make_node("Conv", ["x", "k"], ["last"], strides=[2, 1], pads=[1, 1, 1, 1], dilations=[1, 2])],
        {"k": weights(5, 3, 3, 3)},
        5 * 4 * 6,
        ["conv2d"],
    ),
    "grouped convolution with unequal padding": (
        [helper.make_node("Conv", ["x", "k", "kb"], ["last"], pads=[0, 0, 1, 1], group=3)],
        {"k": weights(6, 1, 2, 2), "kb": weights(6)},
        6 * 64,
        [],
    ),
    "transposed convolution": (
        [helper.make_node("ConvTranspose", ["x", "k"], ["last"], strides=[2, 2])],
        {"k": weights(3, 2, 2, 2)},
        2 * 256,
        ["conv_transpose2d"],
    ),
    "batch norm": (
        [helper.make_node("BatchNormalization", ["x", "s", "o", "m", "v"], ["last"], epsilon=1e-3, momentum=0.8)],
        NORM,
        192,
        ["batch_norm"],
    ),
    "pooling": (
        [
            helper.make_node("MaxPool", ["x"], ["a"], kernel_shape=[3, 3], strides=[1, 1], pads=[1, 1, 1, 1]),
            helper.make_node("AveragePool", ["a"], ["last"], kernel_shape=[2, 2], strides=[2, 2]),
        ],
        {},
        48,
        ["max_pool2d", "avg_pool2d"],
    ),
    "global pooling": ([helper.make_node("GlobalAveragePool", ["x"], ["last"])], {}, 3, []),
    "activations": (
        [
            helper.make_node("LeakyRelu", ["x"], ["a"], alpha=0.2),
            helper.make_node("Elu", ["a"], ["b1"]),
            helper.make_node("HardSwish", ["b1"], ["c"]),
            helper.make_node("Sigmoid", ["c"], ["d"]),
            helper.make_node("Tanh", ["d"], ["e"]),
            helper.make_node("Gelu", ["e"], ["f"]),
            helper.make_node("PRelu", ["f", "slope"], ["last"]),
        ],
        {"slope": np.float32([0.3])},
        192,
        ["leaky_relu"],
    ),
    "branches": (
        [
            helper.make_node("Relu", ["x"], ["a"]),
            helper.make_node("Add", ["x", "a"], ["b1"]),
            helper.make_node("Concat", ["b1", "a"], ["last"], axis=1),
        ],
        {},
        384,
        ["relu", "add", "concatenate"],
    ),
    "a GELU that is written out": (
        [
            helper.make_node("Div", ["x", "root"], ["a"]),
            helper.make_node("Erf", ["a"], ["e"]),
            helper.make_node("Add", ["e", "one"], ["p"]),
            helper.make_node("Mul", ["x", "p"], ["t"]),
            helper.make_node("Mul", ["t", "half"], ["last"]),
        ],
        {"root": np.float32(2**0.5), "one": np.float32(1), "half": np.float32(0.5)},
        192,
        ["gelu"],
    ),
    "a SiLU that is written out": (
        [helper.make_node("Sigmoid", ["x"], ["a"]), helper.make_node("Mul", ["x", "a"], ["last"])],
        {},
        192,
        [],
    ),
    "padding, resizing and slices": (
        [
            helper.make_node("Pad", ["x", "amounts"], ["a"]),
            helper.make_node("Resize", ["a", "", "twice"], ["b1"], coordinate_transformation_mode="asymmetric",
                             mode="nearest", nearest_mode="floor"),
            helper.make_node("Slice", ["b1", "from", "to", "axes"], ["last"]),
        ],
        {
            "amounts": np.int64([0, 0, 1, 2, 0, 0, 1, 0]),
            "twice": np.float32([1, 1, 2, 2]),
            "from": np.int64([1, 2]), "to": np.int64([3, 2**40]), "axes": np.int64([1, 3]),
        },
        2 * 20 * 18,
        [],
    ),
    "layer norm of a sequence": (
        [
            helper.make_node("Reshape", ["x", "rows"], ["a"]),
            helper.make_node("Transpose", ["a"], ["b1"], perm=[0, 2, 1]),
            helper.make_node("LayerNormalization", ["b1", "s", "o"], ["c"], epsilon=1e-6),
            helper.make_node("MatMul", ["c", "mix"], ["d"]),
            helper.make_node("Add", ["d", "m"], ["last"]),
        ],
        {**NORM, "rows": np.int64([0, 3, -1]), "mix": weights(3, 3)},
        192,
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BODIES)
def test_operators_give_what_onnx_says_they_give(case: str, tmp_path: Path) -> None:
    nodes, constants, features, wanted = BODIES[case]
    drawn = compare(body(tmp_path, nodes, constants, features))
    assert wanted == [kind for kind in kinds(drawn) if kind in wanted]
    if case.startswith("a GELU"):
        assert kinds(drawn) == ["gelu", "flatten", "linear"]


def test_sizes_that_are_computed_from_sizes_are_folded(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("Shape", ["x"], ["shape"]),
        helper.make_node("Gather", ["shape", "zero"], ["n"]),
        helper.make_node("Unsqueeze", ["n", "front"], ["n1"]),
        helper.make_node("Concat", ["n1", "rest"], ["sizes"], axis=0),
        helper.make_node("Reshape", ["x", "sizes"], ["last"]),
    ]
    constants = {"zero": np.int64(0), "front": np.int64([0]), "rest": np.int64([192])}
    drawn = compare(body(tmp_path, nodes, constants, 192))
    assert len(drawn.document.nodes) <= 5


def test_a_file_made_for_one_image_is_drawn_for_any_batch(tmp_path: Path) -> None:
    nodes = [helper.make_node("Reshape", ["x", "sizes"], ["last"])]
    path = body(tmp_path, nodes, {"sizes": np.int64([1, -1])}, 192, shape=(1, 3, 8, 8))
    drawn = lab.Architecture.from_onnx(path, dataset=SET)
    assert emitted_again(drawn, (3, 8, 8), 4)(torch.zeros(5, 3, 8, 8)).shape == (5, 4)


def test_open_sizes_can_be_said(tmp_path: Path) -> None:
    nodes = [helper.make_node("GlobalAveragePool", ["x"], ["last"])]
    path = body(tmp_path, nodes, {}, 3, shape=("N", 3, "h", "w"))
    with pytest.raises(DocumentError, match=r"how large its input 'x' is \(N, 3, h, w\)"):
        lab.Architecture.from_onnx(path)
    assert "linear" in kinds(lab.Architecture.from_onnx(path, shape=(3, 8, 8)))


def test_an_operator_without_a_counterpart_is_named_with_its_node(tmp_path: Path) -> None:
    nodes = [helper.make_node("Dream", ["x"], ["last"], name="third_eye", domain="own")]
    path = body(tmp_path, nodes, {}, 192, domains=("own",))
    with pytest.raises(DocumentError, match=r"The operator own\.Dream \(node 'third_eye'\)") as caught:
        lab.Architecture.from_onnx(path)
    assert caught.value.details["operator"] == "own.Dream"
    odd = [helper.make_node("HardSigmoid", ["x"], ["last"], name="hard", alpha=0.3)]
    with pytest.raises(DocumentError, match=r"HardSigmoid .*slope 1/6, not 0\.3"):
        lab.Architecture.from_onnx(body(tmp_path, odd, {}, 192))


def test_what_is_no_onnx_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"nothing\.onnx"):
        lab.Architecture.from_onnx(tmp_path / "nothing.onnx")
    for content in (b"", b"import torch", bytes(range(256)) * 8):
        (tmp_path / "bad.onnx").write_bytes(content)
        with pytest.raises(DocumentError, match=r"'bad\.onnx' is no ONNX file"):
            lab.Architecture.from_onnx(tmp_path / "bad.onnx")


def external(folder: Path, location: str) -> Path:
    """Write a network whose weights stand in another file."""
    path = body(folder, [helper.make_node("Relu", ["x"], ["last"])], {}, 192)
    model = onnx.load(path)
    array = numpy_helper.to_array(model.graph.initializer[0])
    (folder / "weights.bin").write_bytes(array.tobytes())
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "0"), ("length", str(array.nbytes))):
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    path.write_bytes(model.SerializeToString())
    return path


def test_weights_beside_the_file_are_read(tmp_path: Path) -> None:
    compare(external(tmp_path, "weights.bin"))


@pytest.mark.parametrize("location", ["../weights.bin", "/etc/passwd", "inner/../../weights.bin", ""])
def test_weights_outside_the_folder_are_refused(location: str, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    with pytest.raises(DocumentError, match="outside its folder"):
        lab.Architecture.from_onnx(external(tmp_path / "models", location))


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"'gone\.bin', which is not there"):
        lab.Architecture.from_onnx(external(tmp_path, "gone.bin"))


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_file, "MAX_BYTES", 1_000)
    with pytest.raises(TooLargeError, match="1,000"):
        lab.Architecture.from_onnx(body(tmp_path, [helper.make_node("Relu", ["x"], ["last"])], {}, 192))


def test_a_small_file_cannot_ask_for_a_huge_constant(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("ConstantOfShape", ["sizes"], ["zeros"]),
        helper.make_node("Add", ["x", "zeros"], ["last"]),
    ]
    with pytest.raises(DocumentError, match="50 million"):
        lab.Architecture.from_onnx(body(tmp_path, nodes, {"sizes": np.int64([1, 3, 10**6, 10**6])}, 192))
