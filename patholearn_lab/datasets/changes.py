"""Changes of a data set as data: each makes a new version and is kept in its manifest. Light: no numpy."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel, ValidationError

from patholearn_lab.datasets.manifest import Split
from patholearn_lab.errors import InvalidInputError

MAX_FOLDS = 50
MAX_SAMPLES = 1_000_000
MAX_SEED = 2**32 - 1

Name = Annotated[str, Field(min_length=1, max_length=200)]
Index = Annotated[int, Field(ge=0, strict=True)]
Indices = Annotated[tuple[Index, ...], Field(min_length=1, max_length=MAX_SAMPLES)]


class _Change(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Divide(_Change):
    """Divide the samples anew into train, valid and test, and where folds are wanted, into folds.

    Parameters
    ----------
    by
        ``"stratified"``: at random, each class in its share. ``"random"``: at random. ``"group"``: a group (a patient,
        a slide) is never in two splits or folds, classes as close to their share as that allows. ``"folder"``: as the
        folders in the names of the samples say.
    valid, test
        The shares of the two; the rest trains.
    folds
        Into how many folds what is not in test is divided as well, for cross-validation; 0 for none.
    seed
        The same seed divides in the same way.
    """

    kind: Literal["divide"] = "divide"
    by: Literal["stratified", "random", "group", "folder"] = "stratified"
    valid: float = Field(default=0.1, ge=0, le=0.9)
    test: float = Field(default=0.1, ge=0, le=0.9)
    folds: int = Field(default=0, ge=0, le=MAX_FOLDS, strict=True)
    seed: int = Field(default=0, ge=0, le=MAX_SEED, strict=True)


class Group(_Change):
    """Say which patient or slide each sample comes from: by a pattern of its name, or one by one.

    Parameters
    ----------
    pattern
        How the end of a sample's name looks, with ``{group}`` where the group stands and ``*`` for any text without
        a slash: ``patient_{group}_*.png``, ``{group}/*``.
    values
        The group of each sample, in their order; instead of a pattern.
    """

    kind: Literal["group"] = "group"
    pattern: str = Field(default="", max_length=200)
    values: tuple[Name, ...] = Field(default=(), max_length=MAX_SAMPLES)


class Reclass(_Change):
    """Keep some classes, merge, rename, or say that one stands for what nobody annotated; in this order.

    Parameters
    ----------
    of
        Whether it is about the classes of samples (``"labels"``) or of pixels (``"masks"``); what the set is made for
        where None.
    keep
        The classes that stay; all where empty. Samples of another class are left out; pixels are not annotated then.
    merge
        The name of a new class, and the classes that become it.
    rename
        The old name of a class, and its new one.
    not_annotated
        Classes that are none: samples and pixels of them have no weight in a loss, and no metric counts them.
    """

    kind: Literal["reclass"] = "reclass"
    of: Literal["labels", "masks"] | None = None
    keep: tuple[Name, ...] = ()
    merge: dict[Name, tuple[Name, ...]] = Field(default_factory=dict)
    rename: dict[Name, Name] = Field(default_factory=dict)
    not_annotated: tuple[Name, ...] = ()


class Relabel(_Change):
    """Give samples another class; None where nobody knows it.

    Parameters
    ----------
    labels
        The number of a sample, and its class.
    """

    kind: Literal["relabel"] = "relabel"
    labels: dict[Annotated[int, Field(ge=0)], Name | None] = Field(min_length=1, max_length=MAX_SAMPLES)


class Drop(_Change):
    """Leave samples out."""

    kind: Literal["drop"] = "drop"
    samples: Indices


class Move(_Change):
    """Put samples into a split."""

    kind: Literal["move"] = "move"
    samples: Indices
    split: Split


Change = Divide | Group | Reclass | Relabel | Drop | Move


class ChangeRequest(RootModel[Annotated[Change, Field(discriminator="kind")]]):
    """One change, told apart by its ``kind``."""


def read_change(value: Change | dict[str, object]) -> Change:
    """Return a change that was given as a dictionary.

    Raises
    ------
    InvalidInputError
        When there is no such change, or one of its settings cannot be used; names it.
    """
    if not isinstance(value, dict):
        return value
    try:
        return ChangeRequest.model_validate(value).root
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "kind"
        raise InvalidInputError(
            f"The change of the data set cannot be used: {where}: {first['msg'][:200]}.",
            'A change has a kind and its settings, such as {"kind": "divide", "by": "group"}; '
            "the kinds are divide, group, reclass, relabel, drop and move.",
        ) from error
