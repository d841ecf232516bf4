"""Whole networks of other libraries as one node each: torchvision, timm, segmentation-models-pytorch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.spec import Argument, Code, NodeSpec, Param, Port, Setup, Shape, Values
from patholearn_lab.graph.zoo.rules import Rules, is_file

_IMAGE = Port(name="input", label="Image", types=("image",))
_FEATURES = Port(name="output", label="Features, or one score per class", types=("vector",))
_FROZEN = Param(
    name="frozen",
    type="bool",
    default=False,
    label="Frozen",
    help="Keeps the pre-trained weights as they are; only what comes after them learns. Needs far less data and time.",
)
_CLASSES = Param(
    name="classes",
    type="int",
    default=None,
    minimum=1,
    maximum=100_000,
    label="Classes",
    help="Number of scores that a new last layer gives. Left empty, the network ends before it and gives its features.",
)


def _weights(version: str) -> Param:
    return Param(
        name="weights",
        type="text",
        default="",
        label="Pre-trained weights",
        help=f"Empty: random weights. DEFAULT or a version such as {version}: downloaded when the cell runs. "
        "A file that ends in .pt, .pth or .safetensors: read from there.",
    )


def _version(values: Values) -> str | None:
    return None if is_file(values["weights"]) else values["weights"] or None


def _frozen(values: Values, _inputs: tuple[Shape, ...]) -> Mapping[str, Any] | None:
    return {} if values["frozen"] else None


# Lightning leaves a part in evaluation mode that was put there, so that its batch norms do not move either.
_FREEZE = Setup("NAME.requires_grad_(False).eval()", _frozen, lambda _holes: {"frozen": True})


def _file(suffixes: tuple[str, ...], statement: str, *imports: str) -> Setup:
    def write(values: Values, _inputs: tuple[Shape, ...]) -> Mapping[str, Any] | None:
        return {"FILE": values["weights"]} if values["weights"].endswith(suffixes) else None

    return Setup(statement, write, lambda holes: {"weights": str(holes["FILE"])}, imports)


_LOAD = (
    _file(
        (".pt", ".pth"), 'NAME.load_state_dict(torch.load(FILE, map_location="cpu", weights_only=True))', "import torch"
    ),
    _file((".safetensors",), "NAME.load_state_dict(safetensors.torch.load_file(FILE))", "import safetensors.torch"),
)
"""A file holds the weights of the network as the library makes it, its last layer included."""

_TORCHVISION = Rules("torchvision", "torchvision", "model", lambda values: str(values["model"]), gives_images=False)
_AUXILIARY = {"googlenet": "NAME.aux1 = NAME.aux2 = None", "inception_v3": "NAME.AuxLogits = None"}
"""Side exits that only help training from random weights, and would make the network give several things at once."""


def _auxiliary(statement: str, *models: str) -> Setup:
    def write(values: Values, _inputs: tuple[Shape, ...]) -> Mapping[str, Any] | None:
        return {} if values["model"] in models else None

    return Setup(statement, write, lambda _holes: {})


def _head(statement: str, *, squeeze: bool = False, classes: bool = True) -> Setup:
    def write(values: Values, _inputs: tuple[Shape, ...]) -> Mapping[str, Any] | None:
        # The network's own last layer stays where its 1,000 scores are wanted.
        if bool(values["classes"]) != classes or values["classes"] == 1000:
            return None
        if classes and values["model"].startswith("squeezenet") != squeeze:
            return None
        network = _TORCHVISION.network(values)
        return {"HEAD": Code(network.head), "FEATURES": network.features, "CLASSES": values["classes"]}

    def read(holes: Mapping[str, Any]) -> Mapping[str, ParamValue]:
        return {"classes": holes["CLASSES"] if classes else None}

    return Setup(statement, write, read)


def _transforms(values: Values, _inputs: tuple[Shape, ...]) -> bool:
    """Weights of these two expect images that are scaled once more; torchvision does so only if it downloads them."""
    return values["model"] in _AUXILIARY and is_file(values["weights"])


TORCHVISION_MODEL = NodeSpec(
    kind="torchvision_model",
    label="torchvision model",
    category="Networks",
    summary="A whole network of torchvision, pre-trained if you like: ResNet, EfficientNet, ViT and more.",
    target="torchvision.models.{model}",
    stem="backbone",
    inputs=(_IMAGE,),
    outputs=(_FEATURES,),
    params=(
        Param(
            name="model",
            type="text",
            default="resnet18",
            label="Model",
            suggestions="torchvision",
            help="Its name in torchvision: resnet18, mobilenet_v3_small, efficientnet_b0, vit_b_16 and more.",
        ),
        _weights("IMAGENET1K_V1"),
        _FROZEN,
        _CLASSES,
    ),
    outcome=_TORCHVISION.outcome,
    arguments=(
        Argument("weights", default=None, write=_version, read=lambda name: {"weights": name and name.split(".")[-1]}),
        Argument("num_classes", default=1000, write=lambda _values: 1000, read=lambda count: {"classes": count}),
        Argument(
            "init_weights",
            default=None,
            write=lambda values: True if values["model"] in _AUXILIARY and not _version(values) else None,
            read=lambda _value: {},
        ),
        Argument(
            "transform_input",
            default=None,
            write=lambda values: _transforms(values, ()) or None,
            read=lambda _value: {},
        ),
    ),
    imports=("import torchvision",),
    setups=(
        *_LOAD,
        _auxiliary("NAME.aux_logits = False", *_AUXILIARY),
        *(_auxiliary(statement, model) for model, statement in _AUXILIARY.items()),
        _FREEZE,
        _head("NAME.HEAD = nn.Identity()", classes=False),
        _head("NAME.HEAD = nn.Linear(FEATURES, CLASSES)"),
        _head("NAME.HEAD = nn.Conv2d(FEATURES, CLASSES, kernel_size=1)", squeeze=True),
    ),
)

_TIMM = Rules("timm", "timm", "model", lambda values: str(values["model"]), gives_images=False)


def _timm_name(values: Values) -> str:
    version = _version(values)
    return values["model"] if version in (None, "DEFAULT") else f"{values['model']}.{version}"


def _read_timm_name(name: str) -> Mapping[str, ParamValue]:
    model, _, version = str(name).partition(".")
    return {"model": model, "weights": version or "DEFAULT"}


def _timm_head(values: Values, _inputs: tuple[Shape, ...]) -> Mapping[str, Any] | None:
    """Make a last layer that learns on top of what is frozen."""
    return {"CLASSES": values["classes"]} if values["frozen"] and values["classes"] else None


def _timm_classes(values: Values) -> int:
    return 0 if values["frozen"] else values["classes"] or 0


TIMM_MODEL = NodeSpec(
    kind="timm_model",
    label="timm model",
    category="Networks",
    summary="A whole network of timm, the largest collection of image networks, pre-trained if you like.",
    target="timm.create_model",
    stem="backbone",
    inputs=(_IMAGE,),
    outputs=(_FEATURES,),
    params=(
        Param(
            name="model",
            type="text",
            default="resnet18",
            label="Model",
            suggestions="timm",
            help="Its name in timm, without the version of the weights: resnet18 or vit_tiny_patch16_224.",
        ),
        _weights("a1_in1k"),
        _FROZEN,
        _CLASSES,
    ),
    outcome=_TIMM.outcome,
    arguments=(
        Argument("model_name", positional=True, write=_timm_name, read=_read_timm_name),
        Argument(
            "pretrained",
            default=False,
            write=lambda values: bool(values["weights"]),
            read=lambda value: {} if value else {"weights": None},
        ),
        Argument(
            "pretrained_cfg_overlay",
            default=None,
            write=lambda values: {"file": values["weights"]} if is_file(values["weights"]) else None,
            read=lambda value: {"weights": value["file"]} if isinstance(value, dict) and "file" in value else {},
        ),
        Argument("in_chans", default=3, derived=lambda _values, inputs: inputs[0][0]),
        Argument("num_classes", default=1000, write=_timm_classes, read=lambda count: {"classes": count or None}),
    ),
    imports=("import timm",),
    setups=(
        _FREEZE,
        Setup("NAME.reset_classifier(CLASSES)", _timm_head, lambda holes: {"classes": holes["CLASSES"]}),
    ),
)

_SMP = Rules(
    "smp",
    "segmentation-models-pytorch",
    "encoder",
    lambda values: f"{values['architecture']}/{values['encoder']}",
    gives_images=True,
    usual="",
)

SMP_MODEL = NodeSpec(
    kind="smp_model",
    label="Segmentation model",
    category="Networks",
    summary="A whole network that gives a class to every pixel: an encoder of your choice and a decoder.",
    target="segmentation_models_pytorch.{architecture}",
    stem="segmentation",
    inputs=(_IMAGE,),
    outputs=(Port(name="output", label="Scores, one channel per class", types=("image",)),),
    params=(
        Param(
            name="architecture",
            type="choice",
            default="Unet",
            choices=(
                "Unet",
                "UnetPlusPlus",
                "MAnet",
                "Linknet",
                "FPN",
                "PSPNet",
                "DeepLabV3",
                "DeepLabV3Plus",
                "PAN",
                "UPerNet",
                "Segformer",
                "DPT",
            ),
            label="Architecture",
            help="How the decoder puts the image together again from what the encoder found.",
        ),
        Param(
            name="encoder",
            type="text",
            default="resnet34",
            label="Encoder",
            suggestions="smp",
            help="The network that reads the image: resnet34 or mobilenet_v2. DPT takes tu-vit encoders.",
        ),
        Param(
            name="weights",
            type="text",
            default="",
            label="Pre-trained weights",
            help="Empty: random weights. A version such as imagenet: the encoder's, downloaded when the cell runs. "
            "A file that ends in .pt, .pth or .safetensors: the whole network's, read from there.",
        ),
        Param(
            name="frozen",
            type="bool",
            default=False,
            label="Frozen encoder",
            help="Keeps the encoder's weights as they are; only the decoder learns.",
        ),
        Param(
            name="classes",
            type="int",
            default=2,
            minimum=1,
            maximum=1_000,
            label="Classes",
            help="Number of channels of the output: one score per class for every pixel.",
        ),
    ),
    outcome=_SMP.outcome,
    arguments=(
        Argument("encoder_name", "encoder", positional=True),
        Argument("encoder_weights", default="imagenet", write=_version, read=lambda name: {"weights": name}),
        Argument("in_channels", default=3, derived=lambda _values, inputs: inputs[0][0]),
        Argument("classes", default=1),
    ),
    imports=("import segmentation_models_pytorch as smp",),
    setups=(*_LOAD, Setup("NAME.freeze_encoder()", _frozen, lambda _holes: {"frozen": True})),
)

SPECS = (TORCHVISION_MODEL, TIMM_MODEL, SMP_MODEL)
