from __future__ import annotations

import pytest
from support.graphs import lookup

from patholearn_lab.graph.check import check
from patholearn_lab.graph.limits import Limits
from patholearn_lab.graph.templates import template

LENET = template("lenet5", "mnist", lookup)


@pytest.mark.parametrize(
    ("limits", "code", "value", "limit"),
    [
        (Limits(layers=11), "too_many_layers", "12 layers", "but 11 are allowed"),
        (Limits(parameters=44_425), "too_many_weights", "44,426 parameters", "but 44,425 are allowed"),
        (Limits(memory_mb=1), "too_much_memory", "A batch of 32 needs 1.4 MB", "but 1 MB are allowed"),
    ],
)
def test_a_limit_is_an_error_that_names_it_and_the_value(limits: Limits, code: str, value: str, limit: str) -> None:
    result = check(LENET, lookup, limits)
    issue = next(issue for issue in result.issues if issue.code == code)
    assert issue.severity == "error"
    assert value in issue.message
    assert limit in issue.message
    assert not result.runnable


def test_a_network_within_the_limits_is_not_troubled() -> None:
    assert check(LENET, lookup, Limits(layers=12, parameters=44_426, memory_mb=3)).runnable
