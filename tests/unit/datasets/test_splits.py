"""Splits: stratified, seeded, and never changed where the folders name them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from patholearn_lab.datasets.splits import TEST, TRAIN, VALID, fill_missing_splits, split_named, stratified_splits

counts_per_class = st.lists(st.integers(3, 60), min_size=1, max_size=5)


@given(counts_per_class, st.integers(0, 100))
def test_every_class_is_in_every_split_in_its_share(counts: list[int], seed: int) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    splits = stratified_splits(labels, seed)
    for label, count in enumerate(counts):
        inside = np.bincount(splits[labels == label], minlength=3)
        assert inside[VALID] == inside[TEST] == max(round(count * 0.1), 1)
        assert inside[TRAIN] == count - 2 * inside[TEST]


def test_a_seed_decides_the_splits() -> None:
    labels = np.zeros(200, np.int64)
    np.testing.assert_array_equal(stratified_splits(labels, 3), stratified_splits(labels, 3))
    assert (stratified_splits(labels, 3) != stratified_splits(labels, 4)).any()


@given(counts_per_class, st.sampled_from([(VALID,), (TEST,), (), (VALID, TEST)]))
def test_a_missing_split_is_cut_from_train_and_nothing_else_moves(
    counts: list[int], given_codes: tuple[int, ...]
) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    splits = np.full(len(labels), TRAIN, np.uint8)
    for code in given_codes:
        labels, splits = np.append(labels, 0), np.append(splits, code).astype(np.uint8)
    filled, notes = fill_missing_splits(labels, splits)
    assert len(notes) == 2 - len(given_codes)
    assert (filled[splits != TRAIN] == splits[splits != TRAIN]).all()
    assert all((filled == code).any() for code in (TRAIN, VALID, TEST))


@given(st.integers(1, 2))
def test_the_last_training_sample_of_a_class_stays(count: int) -> None:
    assert (stratified_splits(np.zeros(count, np.int64)) == TRAIN).any()


@pytest.mark.parametrize(
    ("folder", "split"),
    [
        ("train", "train"),
        ("Training", "train"),
        ("val", "valid"),
        ("Validation", "valid"),
        ("testing", "test"),
        ("tumor", None),
    ],
)
def test_common_names_of_splits_are_known(folder: str, split: str | None) -> None:
    assert split_named(folder) == split
