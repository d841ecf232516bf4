"""What a person decides about a data set while it is imported: its name, its licence, its split. Light: no numpy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

if TYPE_CHECKING:
    from patholearn_lab.datasets.contents import Contents


class SplitShares(BaseModel):
    """A new split, drawn at random within each class; where a file names patients or slides, of whole ones.

    Attributes
    ----------
    valid, test
        Which share of the samples goes there, 0.05 to 0.5 each; the rest trains. At least half must train.
    seed
        The same seed draws the same split.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    valid: float = Field(0.1, ge=0.05, le=0.5)
    test: float = Field(0.1, ge=0.05, le=0.5)
    seed: int = Field(0, ge=0, lt=2**32)

    @model_validator(mode="after")
    def _leaves_half(self) -> SplitShares:
        if self.valid + self.test > 0.5 + 1e-9:
            raise ValueError("validation and test may have half of the samples at most, both together")
        return self


class TableChoices(BaseModel):
    """Which columns of a table go in and which are to be told.

    Attributes
    ----------
    inputs
        The columns to learn from; all that are nothing else where empty.
    outputs
        The column, or columns, to be told; where empty one called label, class, target, diagnosis, outcome or y, else
        the last.
    one_hot
        Columns of numbers that are categories: each value becomes a feature of 0 and 1.
    group
        The column that says which samples belong together, such as the patient.
    split
        The column that says train, valid or test.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    one_hot: tuple[str, ...] = ()
    group: str | None = None
    split: str | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """All columns that are named as inputs, outputs or categories."""
        return (*self.inputs, *self.outputs, *self.one_hot)


class ImportChoices(BaseModel):
    """What is not in the file, or is decided otherwise than the file says it.

    Attributes
    ----------
    name
        What people call the set; what the file says where it is None.
    licence, description
        As `name`.
    visibility
        Who may see it: ``private`` is its owner alone. Others never change it.
    split
        A new split; None keeps that of the file, or 80/10/10 where it names none.
    table
        Of a table without images: what its columns are for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | None = Field(None, min_length=1, max_length=200)
    licence: str | None = Field(None, max_length=200)
    description: str | None = Field(None, max_length=2000)
    visibility: Literal["private", "group", "public"] = "private"
    split: SplitShares | None = None
    table: TableChoices | None = None

    def applied(self, contents: Contents) -> Contents:
        """Return `contents` as it was decided."""
        said: dict[str, Any] = {"name": self.name, "licence": self.licence, "description": self.description}
        said["visibility"] = self.visibility
        changed = replace(contents, **{key: value for key, value in said.items() if value is not None})
        return changed if self.split is None else _split_anew(changed, self.split)


def _split_anew(contents: Contents, shares: SplitShares) -> Contents:
    import numpy as np

    from patholearn_lab.datasets.dividing import deal_groups, deal_samples

    labels = np.zeros(len(contents.names), np.int64) if contents.labels is None else contents.labels
    train = 1 - shares.valid - shares.test
    parts = (train, shares.valid, shares.test)
    if contents.groups is None:
        splits, how = deal_samples(labels, parts, shares.seed), "The samples of each class were split"
    else:
        splits = deal_groups(labels, contents.groups, parts, shares.seed)
        how = f"Whole {contents.grouped_by or 'group'}s were dealt out, so that none is in two splits:"
    note = (
        f"{how} {train:.0%} training, {shares.valid:.0%} validation and {shares.test:.0%} test at random "
        f"(seed {shares.seed})."
    )
    return replace(contents, splits=splits, notes=(note,))
