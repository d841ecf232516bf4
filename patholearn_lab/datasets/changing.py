"""What each change does to the columns of a data set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from patholearn_lab.datasets.changes import Change, Divide, Drop, Group, Move, Reclass, Relabel
from patholearn_lab.datasets.dividing import deal_groups, deal_samples, groups_in_two, splits_in_names
from patholearn_lab.datasets.drafts import Draft
from patholearn_lab.datasets.manifest import NO_LABEL, SPLITS
from patholearn_lab.datasets.reclassing import reclassed
from patholearn_lab.datasets.splits import TEST
from patholearn_lab.datasets.store import NO_FOLD
from patholearn_lab.errors import DatasetError, InvalidInputError

_OF_SPLITS = ("There was no ", "Divided ", "Of the groups, ")
"""How sentences of a card about its splits begin: a new division takes their place."""

_WILDCARDS = 6
"""More would let a pattern take long to fail."""


def changed(change: Change, draft: Draft) -> Draft:
    """Return what a change makes of a draft.

    Raises
    ------
    DatasetError, InvalidInputError, SampleNotFoundError
        When the set has not what the change is about, or cannot be so.
    """
    match change:
        case Divide():
            return _divided(change, draft)
        case Group():
            return _grouped(change, draft)
        case Reclass():
            return reclassed(change, draft)
        case Relabel():
            return _relabeled(change, draft)
        case Drop():
            return _dropped(change, draft)
        case Move():
            return _moved(change, draft)


def _divided(change: Divide, draft: Draft) -> Draft:
    if change.by != "folder" and change.valid + change.test >= 1:
        raise InvalidInputError(
            f"valid {change.valid:g} and test {change.test:g} leave nothing to train with.",
            "Choose shares that add up to less than 1, such as 0.1 and 0.1.",
        )
    if change.by == "group" and draft.groups is None:
        raise DatasetError(
            f"Nobody said which patient or slide the samples of {draft.manifest.name!r} come from.",
            "Say it first with the change group, for example by a pattern of their names: patient_{group}_*.png. "
            "Or divide stratified: then samples of one patient may be in two splits, and tests look too good.",
        )
    labels = draft.labels if draft.labels is not None and change.by != "random" else np.zeros_like(draft.kept)
    shares = (1 - change.valid - change.test, change.valid, change.test)
    if change.by == "folder":
        splits = splits_in_names(draft.names)
    else:
        splits = _dealt(change, labels, draft.groups, shares, change.seed)
    folds = None
    if change.folds:
        folds = np.full(len(splits), NO_FOLD, np.uint8)
        inside = np.flatnonzero(splits != TEST)
        groups = draft.groups and [draft.groups[row] for row in inside.tolist()]
        folds[inside] = _dealt(change, labels[inside], groups, [1 / change.folds] * change.folds, change.seed + 1)
    done = replace(draft, splits=splits, folds=folds).says(folds=change.folds)
    return done.noted(_division(change, done), instead_of=_OF_SPLITS)


def _dealt(
    change: Divide, labels: NDArray[np.int64], groups: Sequence[str] | None, shares: Sequence[float], seed: int
) -> NDArray[np.uint8]:
    if len(labels) < sum(share > 0 for share in shares):
        raise DatasetError(f"{len(labels)} samples cannot be divided into {len(shares)} parts.", "Ask for fewer.")
    if change.by == "group":
        assert groups is not None
        return deal_groups(labels, groups, shares, seed)
    return deal_samples(labels, shares, seed)


def _division(change: Divide, draft: Draft) -> str:
    """Say for the card how samples were divided, and what that means where patients are in several splits."""
    counts = ", ".join(f"{int((draft.splits == code).sum())} {split}" for code, split in enumerate(SPLITS))
    folds = f" and {change.folds} folds" if change.folds else ""
    how = {"folder": "as their folders say", "group": f"in whole groups, with seed {change.seed}"}
    said = f"Divided {how.get(change.by, f'{change.by}, with seed {change.seed}')} into {counts}{folds}."
    if change.by == "group":
        return said
    if draft.groups is None:
        return f"{said} Nobody said which patient or slide a sample comes from, so one may be in several of them."
    shared = groups_in_two(draft.groups, draft.splits)
    return f"{said} {len(shared)} of {len(set(draft.groups))} groups are in more than one split." if shared else said


def _grouped(change: Group, draft: Draft) -> Draft:
    if bool(change.pattern) == bool(change.values):
        raise InvalidInputError(
            "Groups are said either by a pattern or one by one.", "Give one of pattern and values: {group}/*.png"
        )
    groups = list(change.values) if change.values else _groups_by(change.pattern, draft.names)
    if len(groups) != len(draft.names):
        raise InvalidInputError(
            f"There are {len(groups)} groups for {len(draft.names)} samples.",
            "Give one for each sample, in their order.",
        )
    draft = replace(draft, groups=groups).says(groups=len(set(groups)))
    shared = groups_in_two(groups, draft.splits)
    if shared:
        return draft.noted(
            f"Of the groups, {len(shared)} of {len(set(groups))} are in more than one split, such as {shared[0]!r}: "
            "what is learned from one is tested on the same. Divide the set by group.",
            instead_of=_OF_SPLITS[2:],
        )
    return draft


def _groups_by(pattern: str, names: Sequence[str]) -> list[str]:
    if pattern.count("{group}") != 1 or pattern.count("*") > _WILDCARDS:
        raise InvalidInputError(
            f"The pattern {pattern!r} has to have {{group}} once, and at most {_WILDCARDS} times *.",
            "For example patient_{group}_*.png, or {group}/* where each patient has a folder.",
        )
    form = _form(pattern)
    groups = []
    for name in names:
        match = form.match(name[-300:])
        if match is None:
            raise DatasetError(
                f"The name {name!r} does not look like {pattern!r}.",
                "Write a pattern that fits the names of all samples, or give the groups one by one.",
            )
        groups.append(match[1])
    return groups


def _form(pattern: str) -> re.Pattern[str]:
    """Return a pattern of names as a regular expression.

    What a sign stands for goes up to the first place where the text behind it follows, and is not tried again (an
    atomic group), so that no name takes longer than its length.
    """
    before, *rest = re.split(r"(\{group\}|\*)", pattern)
    pairs = list(zip(rest[::2], rest[1::2], strict=True))
    behind = [re.escape(text) for _, text in pairs[:-1]] + [re.escape(pairs[-1][1]) + "$"]
    signs = {"{group}": "([^/]+?)", "*": "[^/]*?"}
    body = "".join(f"(?>{signs[sign]}{text})" for (sign, _), text in zip(pairs, behind, strict=True))
    return re.compile(f"(?:^|.*/){re.escape(before)}{body}", re.DOTALL)


def _relabeled(change: Relabel, draft: Draft) -> Draft:
    if draft.labels is None:
        raise DatasetError(
            f"The samples of {draft.manifest.name!r} have no class of their own.", "Masks are mended elsewhere."
        )
    rows = draft.rows(list(change.labels))
    unknown = sorted({name for name in change.labels.values() if name is not None} - set(draft.manifest.classes))
    if unknown:
        raise InvalidInputError(
            f"There is no class {unknown[0]!r}.",
            f"The classes are {', '.join(draft.manifest.classes)}.",
            name=unknown[0],
        )
    labels = draft.labels.copy()
    labels[rows] = [NO_LABEL if name is None else draft.manifest.classes.index(name) for name in change.labels.values()]
    return replace(draft, labels=labels)


def _dropped(change: Drop, draft: Draft) -> Draft:
    stays = np.ones(len(draft.splits), bool)
    stays[draft.rows(change.samples)] = False
    return draft.only(stays)


def _moved(change: Move, draft: Draft) -> Draft:
    splits = draft.splits.copy()
    splits[draft.rows(change.samples)] = SPLITS.index(change.split)
    folds = draft.folds
    if folds is not None and ((splits == TEST) != (folds == NO_FOLD)).any():
        raise DatasetError(
            "The data set has folds, and a sample would come into the test split, or out of it.",
            "Divide the set anew after moving samples.",
        )
    return replace(draft, splits=splits)
