"""The table: what torch, Lightning and Python say, and what it means to a student.

A row's sentence and hint may use the pattern's named groups, and ``{suggestion}`` (see ``diagnosis``). The first row
that fits is taken. To add one, raise the real exception in ``tests/unit/training/test_diagnosis.py`` first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Explanation:
    """One row.

    Parameters
    ----------
    raised
        The exceptions it is about.
    pattern
        Searched for in the exception's text.
    sentence, hint
        What happened, and what to do; templates for :meth:`str.format`.
    about_layer
        Whether naming the layer helps.
    """

    raised: tuple[type[BaseException], ...]
    pattern: re.Pattern[str]
    sentence: str
    hint: str
    about_layer: bool = False

    def filled(self, found: Mapping[str, Any]) -> Explanation:
        """Return the row with the values found in the exception's text."""
        return replace(self, sentence=self.sentence.format(**found), hint=self.hint.format(**found))


def _row(
    raised: type[BaseException] | tuple[type[BaseException], ...],
    pattern: str,
    sentence: str,
    hint: str,
    about_layer: bool = False,
) -> Explanation:
    exceptions = raised if isinstance(raised, tuple) else (raised,)
    return Explanation(exceptions, re.compile(pattern, re.DOTALL), sentence, hint, about_layer)


_SHAPES: tuple[Explanation, ...] = (
    _row(
        RuntimeError,
        r"mat1 and mat2 shapes cannot be multiplied \(\d+x(?P<got>\d+) and (?P<wants>\d+)x\d+\)",
        "A Linear layer expects {wants} values for each image, but {got} arrive.",
        "Write {got} instead of {wants} as its first number (in_features). For images put nn.Flatten() before it.",
        about_layer=True,
    ),
    _row(
        RuntimeError,
        r"expected input\[.*?\] to have (?P<wants>\d+) channels, but got (?P<got>\d+) channels",
        "A convolution expects {wants} channels, but the image that reaches it has {got}.",
        "Write {got} instead of {wants} as its first number (in_channels). Grey images have 1 channel, color images 3.",
        about_layer=True,
    ),
    _row(
        RuntimeError,
        r"running_mean should contain (?P<got>\d+) elements not (?P<wants>\d+)",
        "A BatchNorm layer expects {wants} channels, but {got} arrive.",
        "Write {got} instead of {wants} in BatchNorm: it is the number of channels of the layer before.",
        about_layer=True,
    ),
    _row(
        RuntimeError,
        r"Kernel size can't be greater than actual input size|Output size is too small",
        "The image has become too small for this layer.",
        "Take out a pooling layer, choose a smaller kernel, or set padding so that the image shrinks less.",
        about_layer=True,
    ),
    _row(
        RuntimeError,
        r"Expected 3D \(unbatched\) or 4D \(batched\) input to conv2d, but got input of size: (?P<size>\[.*?\])",
        "A convolution expects images, but gets plain values of the shape {size}.",
        "Put it before nn.Flatten(): after that the values are no image any more.",
        about_layer=True,
    ),
    _row(
        ValueError,
        r"expected (?P<wants>\d)D (?:or \dD )?input \(got (?P<got>\d)D input\)",
        "A layer expects an input with {wants} axes, but gets one with {got}.",
        "BatchNorm2d stands among the images (before nn.Flatten()), BatchNorm1d among the plain values (after it).",
        about_layer=True,
    ),
    _row(
        ValueError,
        r"Expected more than 1 value per channel when training",
        "A BatchNorm layer got a single value for each channel, and cannot take a mean of one.",
        "Use a batch size of at least 2 that leaves no single image over, or take this BatchNorm out.",
        about_layer=True,
    ),
    _row(
        RuntimeError,
        r"shape '(?P<wants>\[.*?\])' is invalid for input of size (?P<got>\d+)",
        "{got} values cannot be arranged in the shape {wants}.",
        "To make one row for each image, write x.flatten(1).",
    ),
    _row(
        RuntimeError,
        r"The size of tensor a \((?P<a>\d+)\) must match the size of tensor b \((?P<b>\d+)\)",
        "Two tensors are put together that do not have the same size: {a} and {b}.",
        "Adding needs equal shapes. Give the layers before both the same number of channels and the same stride.",
    ),
    _row(
        RuntimeError,
        r"Sizes of tensors must match except in dimension (?P<axis>\d+)\. "
        r"Expected size (?P<a>\d+) but got size (?P<b>\d+)",
        "torch.cat joins tensors along axis {axis}, but they also differ elsewhere: {a} and {b}.",
        "Make heights and widths equal, with padding or the same pooling on both paths.",
    ),
    _row(
        RuntimeError,
        r"must have the same dtype, but got (?P<a>\w+) and (?P<b>\w+)|"
        r"Input type \((?P<c>.*?)\) and (?:bias|weight) type \((?P<d>.*?)\) should be the same",
        "A layer got numbers of another type than its own ({a}{c} and {b}{d}).",
        "Layers calculate with float32: write x.float() before it.",
        about_layer=True,
    ),
)

_LOSS: tuple[Explanation, ...] = (
    _row(
        (IndexError, RuntimeError),
        r"Target (?P<label>-?\d+) is out of bounds",
        "The network has too few outputs: there is a class number {label}, and counting begins at 0.",
        "Let the last Linear layer have one output for each class of the data set.",
    ),
    _row(
        ValueError,
        r"Expected input batch_size \((?P<got>\d+)\) to match target batch_size \((?P<wants>\d+)\)",
        "The network gives {got} rows of scores for {wants} images.",
        "Put nn.Flatten() before the last Linear layer, so that every image becomes one row.",
    ),
    _row(
        RuntimeError,
        r"only batches of spatial targets supported",
        "The network gives an image for each image, where the loss expects one score for each class.",
        "Put nn.Flatten() and a Linear layer with one output for each class at the end of the network.",
    ),
    _row(
        RuntimeError,
        r"expected target dtype to be Long|expected scalar type Long but found|Expected floating point type for target",
        "The loss needs the class numbers as whole numbers.",
        "Give it the labels as they come, or write labels.long().",
    ),
    _row(
        ValueError,
        r"Target size \(torch\.Size\((?P<wants>.*?)\)\) must be the same as input size \(torch\.Size\((?P<got>.*?)\)\)",
        "This loss compares tensors of the same shape, but got scores {got} and labels {wants}.",
        "For classes use F.cross_entropy(scores, labels).",
    ),
    _row(
        ValueError,
        r"`?preds\.shape\[1\]`? should be equal to number of classes",
        "A metric counts with another number of classes than the network has outputs.",
        "Write the same number in num_classes as in the last Linear layer.",
    ),
    _row(
        RuntimeError,
        r"does not require grad and does not have a grad_fn",
        "The loss is not connected to the network, so nothing can be learned from it.",
        "Return the loss of self(images) as it is, without .detach(), .item() or torch.no_grad() on the way, and "
        "without a loss.backward() of your own.",
    ),
    _row(
        RuntimeError,
        r"grad can be implicitly created only for scalar outputs",
        "training_step returns many numbers, where the loss has to be one.",
        "Take the mean: return loss.mean().",
    ),
    _row(
        RuntimeError,
        r"Trying to backward through the graph a second time",
        "The cell calls backward() itself, and the training does it once more.",
        "Take loss.backward() out of training_step: Lightning does it.",
    ),
)

_LIGHTNING: tuple[Explanation, ...] = (
    _row(
        Exception,
        r"No `(?P<method>\w+)\(\)` method defined",
        "The network lacks the method {method}.",
        "Write it into the class, or emit the cell again from the graph and compare.",
    ),
    _row(
        Exception,
        r"`training_step` must return a Tensor|when `training_step` returns a dict, the 'loss' key",
        "training_step has to return the loss.",
        "End it with: return loss.",
    ),
    _row(
        Exception,
        r"You called `self\.log\((?P<name>.*?), \.\.\.\)` twice in `(?P<step>\w+)` with different arguments",
        "{step} logs {name} twice, in two ways.",
        "Keep one of the two lines, or give the second another name.",
    ),
    _row(
        ValueError,
        r"`self\.log\((?P<name>[^,]+), .*the tensor must have a single element",
        "self.log can keep one number, but {name} has several.",
        "Log its mean: {name}.mean().",
    ),
    _row(
        Exception,
        r"Unknown configuration for model optimizers",
        "configure_optimizers has to return an optimizer.",
        "For example: return torch.optim.Adam(self.parameters(), lr=0.001).",
    ),
    _row(
        ValueError,
        r"optimizer got an empty parameter list",
        "The optimizer has nothing to change: the network has no layers with weights.",
        "Make the layers in __init__ as self.… = …; a plain Python list hides them (use nn.ModuleList).",
    ),
    _row(
        ValueError,
        r"Invalid (?P<what>learning rate|weight_decay value|momentum value): (?P<value>\S+)",
        "{value} is no possible {what}.",
        "A learning rate of 0.001 is a good beginning; weight decay and momentum are 0 or more.",
    ),
    _row(
        AttributeError,
        r"cannot assign (?:module|parameters?) before Module\.__init__\(\) call",
        "__init__ makes layers before the network itself is set up.",
        "Write super().__init__() as the first line of __init__.",
    ),
)

_MEMORY = "Use a smaller batch size (half of it to begin with), smaller images or fewer filters."
_PYTHON: tuple[Explanation, ...] = (
    _row(RuntimeError, r"can't allocate memory|out of memory", "The memory is used up.", _MEMORY, about_layer=True),
    _row(MemoryError, r"", "The memory is used up.", _MEMORY),
    _row(
        AttributeError,
        r"'NoneType' object has no attribute '(?P<name>\w+)'",
        "Something is used that has no value yet (None has no {name!r}).",
        "Look which method on that line returns nothing: a forgotten return is the usual cause.",
    ),
    _row(
        AttributeError,
        r"(?:module '(?P<module>[\w.]+)'|'(?P<owner>\w+)' object|type object '(?P<cls>\w+)') "
        r"has no attribute '(?P<name>\w+)'",
        "{module}{owner}{cls} has no {name!r}.",
        "{suggestion}Compare the spelling, capital letters too; a layer has to be made in __init__ before it is used.",
    ),
    _row(
        NameError,
        r"name '(?P<name>\w+)' is not defined",
        "The cell uses {name!r}, but never says what it is.",
        "{suggestion}The training runs this cell alone: imports and values of other cells have to be written here too.",
    ),
    _row(
        ModuleNotFoundError,
        r"No module named '(?P<name>[\w.]+)'",
        "The package {name!r} is not installed where the training runs.",
        "Install it there, or do without it.",
    ),
    _row(
        ImportError,
        r"cannot import name '(?P<name>\w+)' from '(?P<module>[\w.]+)'",
        "There is no {name!r} in {module}.",
        "Compare the spelling, capital letters too.",
    ),
    _row(
        TypeError,
        r"(?P<what>[\w.]+)\.__init__\(\) missing \d+ required positional arguments?: (?P<names>.*)",
        "{what} needs more values: {names}.",
        "Give them in the brackets; the help page of the layer explains each.",
    ),
    _row(
        TypeError,
        r"forward\(\) missing \d+ required positional arguments?: (?P<names>.*)",
        "forward takes more than it is given: {names} is missing.",
        'A network gets the image alone, unless the top of the cell says INPUTS = ["images", "features"]: then it gets '
        "the features of the data set's table as well.",
    ),
    _row(
        TypeError,
        r"(?P<what>[\w.]+)\.__init__\(\) got an unexpected keyword argument '(?P<name>\w+)'",
        "{what} has no setting called {name!r}.",
        "Compare the spelling with the help page of the layer.",
    ),
    _row(
        TypeError,
        r"(?P<what>\w+)\(\) takes (?P<wants>\d+) positional arguments? but (?P<got>\d+) were given",
        "{what} is written for {wants} values (self counts), but is called with {got}.",
        "The steps are written as def training_step(self, batch, batch_idx), the network as def forward(self, x).",
    ),
    _row(
        ValueError,
        r"(?:not enough|too many) values to unpack \(expected (?P<wants>\d+)",
        "A line wants {wants} values where there is another number of them.",
        "A batch has two: images, labels = batch; with a table, (images, features), labels = batch.",
    ),
    _row(
        RuntimeError,
        # What torch.save says of a disk that takes no more.
        r"inline_container.*unexpected pos|PytorchStreamWriter failed|iostream error",
        "The weights could not be written: the disk is full, as a rule.",
        "Delete runs, models or data sets that nobody needs, or ask who runs this for more room. Start it again.",
    ),
    _row(
        OSError,
        r"\[Errno (?:28|122)\]",
        "The disk is full, or your share of it.",
        "Delete runs, models or data sets that nobody needs, or ask who runs this for more room. Start it again.",
    ),
    _row(
        PermissionError,
        r"'(?P<path>[^']*)'",
        "The code may not write or read {path!r}.",
        "Write into the working folder, which is the run's own, or into the temporary folder.",
    ),
    _row(
        SystemExit,
        r"",
        "The cell ended the program itself (exit, quit or sys.exit).",
        "Take that line out.",
    ),
)

EXPLANATIONS: tuple[Explanation, ...] = (*_SHAPES, *_LOSS, *_LIGHTNING, *_PYTHON)
