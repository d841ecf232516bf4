"""``configure_optimizers``: the optimizer, and the schedule of its learning rate."""

from __future__ import annotations

from collections.abc import Mapping

from patholearn_lab.codegen.source import Source, assignment, literal, split
from patholearn_lab.graph.learning.optimizers import OPTIMIZERS
from patholearn_lab.graph.learning.schedules import EPOCHS, MODULE, SCHEDULES, WARMUP, Schedule, with_momentum
from patholearn_lab.graph.spec import REQUIRED, Argument, Values


def write_optimizers(source: Source, values: Values, node: str) -> None:
    """Write how the network learns; `node` is the output whose settings these are."""
    optimizer = OPTIMIZERS[values["optimizer"]]
    arguments = ["self.parameters()", *_written(optimizer.arguments, values)]
    source.add("")
    if values["schedule"] == "none":
        lines = split(f"        return {optimizer.target}(", arguments, ")")
    else:
        lines = [
            *assignment(8, "optimizer", optimizer.target, arguments),
            *_schedule(values["schedule"], values),
        ]
    source.add("    def configure_optimizers(self):", *lines, node=node)


def _schedule(name: str, values: Values) -> list[str]:
    if name == "warmup_cosine":
        return _warmup_cosine(values["warmup_epochs"])
    schedule = SCHEDULES[name]
    decay = schedule.usual_decay if values["decay"] is None else values["decay"]
    arguments = [
        "optimizer",
        *_written(schedule.arguments, {**values, "decay": decay}),
        *(f"{keyword}={text}" for keyword, text in schedule.computed.items()),
    ]
    if name == "one_cycle" and not with_momentum(values):
        arguments.append("cycle_momentum=False")
    return [
        *assignment(8, "schedule", f"{MODULE}.{schedule.target}", arguments),
        f"        return [optimizer], [{_configuration(schedule)}]",
    ]


def _warmup_cosine(epochs: int) -> list[str]:
    linear = ["optimizer", f"start_factor={WARMUP}", f"total_iters={epochs}"]
    cosine = ["optimizer", f"T_max=max(1, {EPOCHS} - {epochs})"]
    return [
        *assignment(8, "warmup", f"{MODULE}.LinearLR", linear),
        *assignment(8, "cosine", f"{MODULE}.CosineAnnealingLR", cosine),
        *assignment(
            8, "schedule", f"{MODULE}.SequentialLR", ["optimizer", "[warmup, cosine]", f"milestones=[{epochs}]"]
        ),
        "        return [optimizer], [schedule]",
    ]


def _configuration(schedule: Schedule) -> str:
    if not schedule.configuration:
        return "schedule"
    pairs = "".join(f", {literal(key)}: {literal(value)}" for key, value in schedule.configuration.items())
    return f'{{"scheduler": schedule{pairs}}}'


def _written(arguments: tuple[Argument, ...], values: Values | Mapping[str, object]) -> list[str]:
    """Return the arguments that are not what torch would take anyway."""
    given = [(argument, values[argument.param or argument.name]) for argument in arguments]
    return [
        f"{argument.name}={literal(value)}"
        for argument, value in given
        if argument.default is REQUIRED or value != argument.default
    ]
