"""LeNet-5 of LeCun et al. 1998, "Gradient-based learning applied to document recognition"."""

from __future__ import annotations

from patholearn_lab.graph.document import ParamValue
from patholearn_lab.graph.templates.drawing import Drawing
from patholearn_lab.graph.templates.template import Template


def _draw(drawing: Drawing) -> None:
    # The paper's images have 32 × 32 pixels. Those too small for two 5 × 5 kernels without padding get it.
    padding: dict[str, ParamValue] = {"same_padding": True} if drawing.side < 20 else {}
    for filters in (6, 16):
        drawing.add("conv2d", out_channels=filters, kernel_size=5, **padding)
        drawing.add("relu")
        drawing.pool()
    drawing.add("flatten")
    for features in (120, 84):
        drawing.add("linear", out_features=features)
        drawing.add("relu")
    drawing.classify(epochs=8, batch_size=32, learning_rate=0.001)


TEMPLATE = Template(
    "lenet5",
    "LeNet-5",
    "The first widely used convolutional network (LeCun et al., 1998), with ReLU and max pooling.",
    _draw,
    image=(1, 32, 32),
    classes=10,
    narrows=False,
)
