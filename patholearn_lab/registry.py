"""Named things that others may add to, by a decorator or by an entry point of their own package."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import entry_points
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """A mapping from names to things, filled by this package and by entry points of others.

    Parameters
    ----------
    noun
        What is registered, for messages: ``"importer"``.
    entry_point_group
        Entry points of this group are loaded on the first look-up; each must be one thing of the registry's type.
    """

    def __init__(self, noun: str, entry_point_group: str | None = None) -> None:
        self.noun = noun
        self._group_to_load = entry_point_group
        self._things: dict[str, T] = {}
        self.version = 0
        """Grows with every change: whoever derives something from all things knows when it is out of date."""

    def register(self, name: str, thing: T) -> T:
        """Add `thing` under `name` and return it.

        Raises
        ------
        ValueError
            When the name is taken.
        """
        if name in self._things:
            raise ValueError(f"The {self.noun} {name!r} is registered already.")
        self._things[name] = thing
        self.version += 1
        return thing

    def replace(self, name: str, thing: T) -> T:
        """Add `thing` under `name`, in the place of what has that name, and return it."""
        self._load()
        self._things[name] = thing
        self.version += 1
        return thing

    def remove(self, name: str) -> None:
        """Take the thing of that name away. Raises KeyError where there is none."""
        del self._things[name]
        self.version += 1

    def __getitem__(self, name: str) -> T:
        self._load()
        return self._things[name]

    def __contains__(self, name: object) -> bool:
        self._load()
        return name in self._things

    def __iter__(self) -> Iterator[str]:
        self._load()
        return iter(self._things)

    def __len__(self) -> int:
        self._load()
        return len(self._things)

    def values(self) -> list[T]:
        """Return the things, in the order in which they were registered."""
        self._load()
        return list(self._things.values())

    def _load(self) -> None:
        group, self._group_to_load = self._group_to_load, None
        if group is None:
            return
        for point in entry_points(group=group):
            self.register(point.name, point.load())
