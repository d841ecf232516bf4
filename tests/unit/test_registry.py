"""The registry: filled by this package and by entry points of others."""

from __future__ import annotations

from importlib.metadata import EntryPoint, EntryPoints

import pytest

from patholearn_lab import registry
from patholearn_lab.registry import Registry


def test_things_come_back_by_name_and_in_order() -> None:
    importers: Registry[int] = Registry("importer")
    assert importers.register("zip", 1) == 1
    importers.register("folder", 2)
    assert importers["zip"] == 1
    assert list(importers) == ["zip", "folder"]
    assert importers.values() == [1, 2]
    assert len(importers) == 2
    assert "zip" in importers
    assert "tar" not in importers


def test_a_name_is_given_once() -> None:
    importers: Registry[int] = Registry("importer")
    importers.register("zip", 1)
    with pytest.raises(ValueError, match="The importer 'zip' is registered already"):
        importers.register("zip", 2)
    assert importers["zip"] == 1


def test_an_unknown_name_is_a_key_error() -> None:
    importers: Registry[int] = Registry("importer")
    with pytest.raises(KeyError):
        importers["zip"]


def test_entry_points_of_other_packages_are_loaded_on_the_first_look_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def entry_points(*, group: str) -> EntryPoints:
        asked.append(group)
        return EntryPoints([EntryPoint(name="pi", value="math:pi", group=group)])

    monkeypatch.setattr(registry, "entry_points", entry_points)
    numbers: Registry[float] = Registry("number", "patholearn_lab.numbers")
    numbers.register("two", 2.0)
    assert asked == []
    assert list(numbers) == ["two", "pi"]
    assert numbers["pi"] == pytest.approx(3.14159, abs=1e-5)
    assert asked == ["patholearn_lab.numbers"]
