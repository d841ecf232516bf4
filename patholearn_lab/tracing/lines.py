"""Steps as lines of Python, for what no node does: the three texts of a code node."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from patholearn_lab.errors import DocumentError
from patholearn_lab.graph.document import ParamValue
from patholearn_lab.tracing.program import WEIGHT, Batch, Ref, Step

_SIGNS = {
    "operator.add": "+",
    "operator.sub": "-",
    "operator.mul": "*",
    "operator.truediv": "/",
    "operator.floordiv": "//",
    "operator.matmul": "@",
    "operator.pow": "**",
    "operator.iadd": "+",
    "operator.imul": "*",
}
_OF_THE_CELL = {"torch.nn.functional.": "F.", "torch.nn.": "nn."}
_DROPOUTS = ("torch.nn.functional.dropout", "torch.nn.functional.dropout2d")
_RESHAPES = ("torch.Tensor.view", "torch.Tensor.reshape", "torch.reshape")


@dataclass(frozen=True)
class Lines:
    """The parameters of a code node, and the keys of the tensors of the attributes that it sets."""

    params: Mapping[str, ParamValue]
    state: Mapping[str, str]


def write_lines(
    steps: Sequence[Step],
    inputs: Sequence[str],
    tensors: Mapping[str, Any],
    through: Callable[[str], str],
) -> Lines:
    """Return the code of some steps.

    Parameters
    ----------
    steps
        In an order in which they can be computed; the last one gives the result.
    inputs
        The steps that feed them, in the order of the code node's connections.
    tensors
        All weights, by their keys; what they begin with is taken from these.
    through
        Gives for the name of a step the step whose result it is, where it does nothing itself.

    Raises
    ------
    DocumentError
        When a step has an argument that cannot be written down.
    """
    writer = _Writer(inputs, tensors, through)
    names = _variables(steps, inputs, through)
    for step in steps:
        writer.write(step, names[step.name])
    setup, above = "\n".join(writer.setup), "\n".join(dict.fromkeys(writer.above))
    params: dict[str, ParamValue] = {"code": "\n".join(writer.code)}
    return Lines(params | ({"setup": setup} if setup else {}) | ({"above": above} if above else {}), writer.state)


def _variables(steps: Sequence[Step], inputs: Sequence[str], through: Callable[[str], str]) -> dict[str, str]:
    """Return what each step's result is called: as what it was made of, where nobody needs that any more.

    So a chain is x all along, and there is another name only where ways part.
    """
    last_use = {through(name): place for place, step in enumerate(steps) for name in step.inputs}
    sized = max((place for place, step in enumerate(steps) if _needs_batch(step)), default=-1)
    words = {step.target.rpartition(".")[2] for step in steps}
    names: dict[str, str] = {}
    held = {inputs[0]: "x"} if len(inputs) == 1 else {}
    for place, step in enumerate(steps):
        over = [held[name] for name in map(through, step.inputs) if name in held and last_use[name] == place]
        # The number of images is that of x, as long as x is a batch.
        free = [name for name in over if name != "x" or step.shape is not None or place >= sized]
        names[step.name] = "x" if "x" in free else free[0] if free else _fresh(step, {*words, *names.values()})
        if step.target != WEIGHT:
            held[step.name] = names[step.name]
    return names | {steps[-1].name: "x"}


def _fresh(step: Step, taken: Container[str]) -> str:
    """Return a name that nothing has: that of its module, or of what it calls."""
    parts = [part for part in step.path.split(".") if part and not part.isdigit()]
    text = _identifier(parts[-1] if parts else step.name)
    base = text = f"{text}_" if re.fullmatch(r"x\d*|self|torch|nn|f|l", text) else text
    number = 2
    while text in taken:
        text, number = f"{base}_{number}", number + 1
    return text


def _needs_batch(step: Step) -> bool:
    """Return whether a step has to be told how many images there are, or on which device they are."""
    return _has_batch(_with_free_batch(step.args) if step.target in _RESHAPES else step.args) or _has_batch(step.kwargs)


def _has_batch(value: Any) -> bool:
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if isinstance(value, slice):
        value = (value.start, value.stop, value.step)
    if isinstance(value, (tuple, list)):
        return any(map(_has_batch, value))
    return isinstance(value, Batch) or _is_device(value)


def _is_device(value: Any) -> bool:
    return type(value).__module__ == "torch" and type(value).__name__ == "device"


class _Writer:
    def __init__(self, inputs: Sequence[str], tensors: Mapping[str, Any], through: Callable[[str], str]) -> None:
        self.code: list[str] = []
        self.setup: list[str] = []
        self.above: list[str] = []
        self.state: dict[str, str] = {}
        self._tensors = tensors
        self._through = through
        numbered = {name: f"x{number}" for number, name in enumerate(inputs, 1)}
        self._values = {inputs[0]: "x"} if len(inputs) == 1 else numbered
        self._first = next(iter(self._values.values()), "x")
        self._attributes: set[str] = set()

    def write(self, step: Step, variable: str) -> None:
        if step.target == WEIGHT:
            self._values[step.name] = self._weight(step)
            return
        text = self._call(step)
        self.code.append(f"{variable} = {text}")
        self._values[step.name] = variable

    def _call(self, step: Step) -> str:
        args, target = step.args, step.target
        if target in _RESHAPES:
            args = _with_free_batch(args)
        if step.path:
            function = f"self.{self._module(step)}"
        elif target in _SIGNS:
            return f" {_SIGNS[target]} ".join(map(self._operand, args))
        elif target == "operator.getitem":
            return f"{self._operand(args[0])}[{self._index(args[1])}]"
        elif target in _DROPOUTS:
            # It was switched off when it was traced; here it works in training, as its author wrote it.
            rate = self._text(step.settings.get("p", 0.5))
            return f"{_short(target)}({self._operand(args[0])}, {rate}, self.training)"
        elif target == "operator.neg":
            return f"-{self._operand(args[0])}"
        elif target == "builtins.getattr":
            return f"{self._operand(args[0])}.{args[1]}"
        elif target.startswith("torch.Tensor."):
            # What was contiguous for a view may have lost that where a step that does nothing was left out.
            method = target.rpartition(".")[2].replace("view", "reshape")
            function, args = f"{self._operand(args[0])}.{method}", args[1:]
        else:
            function = self._function(target)
        given = [*map(self._text, args), *(f"{name}={self._text(value)}" for name, value in step.kwargs.items())]
        return f"{function}({', '.join(given)})"

    def _function(self, target: str) -> str:
        if target.startswith("torch.") and target.count(".") == 1:
            return target
        if not target.startswith("torch."):
            # Somebody's own function, which torch.fx was told not to look into.
            module, _, name = target.rpartition(".")
            self.above.append(f"from {module} import {name}")
            return name
        return _short(target)

    def _module(self, step: Step) -> str:
        name = self._attribute(step.path)
        given = [f"{key}={_literal(value, step)}" for key, value in step.settings.items() if key not in step.usual]
        if not step.target.startswith("torch."):
            module, _, cls = step.target.rpartition(".")
            self.above.append(f"from {module} import {cls}")
        self.setup.append(f"self.{name} = {_short(step.target).rpartition(':')[2]}({', '.join(given)})")
        self.state |= {f"{name}.{part}": key for part, key in step.state.items()}
        return name

    def _weight(self, step: Step) -> str:
        # "weight" alone says little: "qkv_weight".
        name = self._attribute("_".join([part for part in step.path.split(".") if not part.isdigit()][-2:]))
        key = step.state[""]
        self.state[name] = key
        self.setup.append(f"self.{name} = {_initial(self._tensors[key])}")
        return f"self.{name}"

    def _attribute(self, path: str) -> str:
        parts = [part for part in path.split(".") if not part.isdigit()]
        name = _identifier(parts[-1] if parts else f"part_{path}")
        while name in self._attributes:
            name += "_"
        self._attributes.add(name)
        return name

    def _operand(self, value: Any) -> str:
        text = self._text(value)
        return f"({text})" if re.search(r"[ *]", text) and not text.endswith((")", "]")) else text

    def _index(self, value: Any) -> str:
        return ", ".join(map(self._text, value)) if isinstance(value, tuple) else self._text(value)

    def _text(self, value: Any) -> str:
        if isinstance(value, Ref):
            return self._values[self._through(value.step)]
        if isinstance(value, Batch):
            return f"{self._first}.shape[0]" + (f" * {value.times}" if value.times > 1 else "")
        if _is_device(value):
            # Where it was traced is not where it will run.
            return f"{self._first}.device"
        if isinstance(value, slice):
            return ":".join("" if part is None else self._text(part) for part in (value.start, value.stop)) + (
                f":{self._text(value.step)}" if value.step is not None else ""
            )
        if isinstance(value, list):
            return f"[{', '.join(map(self._text, value))}]"
        if isinstance(value, tuple):
            return f"({', '.join(map(self._text, value))}{',' if len(value) == 1 else ''})"
        return _literal(value, None)


def _with_free_batch(args: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a reshape's arguments with -1 for the batch, where that is the only size that is not known."""
    together = len(args) == 2 and isinstance(args[1], (tuple, list))
    sizes = args[1] if together else args[1:]
    open_ones = [size for size in sizes if not isinstance(size, int) or size < 0]
    if len(open_ones) != 1 or not isinstance(open_ones[0], Batch):
        return args
    free = tuple(-1 if isinstance(size, Batch) else size for size in sizes)
    return (args[0], free) if together else (args[0], *free)


def _initial(tensor: Any) -> str:
    """Return an expression for a tensor of the same sizes: filled with its value where it has only one."""
    kind = "Parameter" if tensor.is_floating_point() else "Buffer"
    dtype = "" if str(tensor.dtype) == "torch.float32" else f", dtype={tensor.dtype}"
    sizes = ", ".join(map(str, tensor.shape)) + ("," if tensor.dim() == 1 else "")
    first = tensor.flatten()[0].item() if tensor.numel() else 0
    if first and bool((tensor == first).all()):
        return f"nn.{kind}(torch.full(({sizes}), {first!r}{dtype}))"
    return f"nn.{kind}(torch.zeros(({sizes}){dtype}))"


def _short(target: str) -> str:
    for long, short in _OF_THE_CELL.items():
        if target.startswith(long):
            return short + target.removeprefix(long)
    return target if target.startswith("torch.") else target.rpartition(".")[2]


def _literal(value: Any, step: Step | None) -> str:
    if value is Ellipsis:
        return "..."
    if isinstance(value, (tuple, list)):
        inner = ", ".join(_literal(item, step) for item in value)
        return f"[{inner}]" if isinstance(value, list) else f"({inner},)" if len(value) == 1 else f"({inner})"
    if value is None or isinstance(value, (bool, int, float, str)):
        return f'float("{value}")' if isinstance(value, float) and value - value != 0 else repr(value)
    if type(value).__module__ == "torch" and type(value).__name__ == "dtype":
        return str(value)
    where = f"{step.path} is made with" if step else "A step of the network is given"
    raise DocumentError(
        f"{where} a {type(value).__name__}, which cannot be written down as code.",
        "Draw the parts of the network around it, or replace it.",
    )


def _identifier(text: str) -> str:
    name = re.sub(r"\W", "_", text).lower().strip("_")
    return f"part_{name}".rstrip("_") if not name or name[0].isdigit() or keyword.iskeyword(name) else name
