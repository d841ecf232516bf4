"""What is decided while a set is imported."""

from __future__ import annotations

import numpy as np

from patholearn_lab.datasets.choices import ImportChoices, SplitShares
from patholearn_lab.datasets.contents import Contents


def contents(groups: tuple[str, ...] | None = None) -> Contents:
    return Contents(
        name="set",
        task="classification",
        classes=("a", "b"),
        channels=3,
        height=8,
        width=8,
        names=[f"{number}.png" for number in range(40)],
        labels=np.arange(40) % 2,
        splits=np.zeros(40, np.uint8),
        groups=groups,
        grouped_by="patient" if groups else "",
        notes=("as it was",),
    )


def test_a_new_split_has_its_shares_of_every_class() -> None:
    chosen = ImportChoices(split=SplitShares(valid=0.2, test=0.3)).applied(contents())
    assert chosen.labels is not None
    for label in (0, 1):
        assert np.bincount(chosen.splits[chosen.labels == label]).tolist() == [10, 4, 6]
    assert chosen.notes[0].startswith("The samples of each class were split 50% training, 20% validation and 30% test")


def test_a_patient_is_never_in_two_splits() -> None:
    groups = tuple(f"patient {number // 4}" for number in range(40))
    chosen = ImportChoices(split=SplitShares(valid=0.2, test=0.2)).applied(contents(groups))
    found = {(group, int(split)) for group, split in zip(groups, chosen.splits, strict=True)}
    assert len(found) == 10
    assert chosen.notes[0].startswith("Whole patients were dealt out")


def test_what_is_not_said_stays_as_the_file_says_it() -> None:
    given = contents()
    assert ImportChoices().applied(given) == given
    assert ImportChoices(licence="CC0").applied(given).notes == ("as it was",)
