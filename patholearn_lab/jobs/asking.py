"""What somebody asks a job to be, checked: its kind, its name and its payload."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from patholearn_lab.errors import JobSpecError, TooLargeError
from patholearn_lab.jobs.kinds import JobKind
from patholearn_lab.jobs.payloads import read_payload

if TYPE_CHECKING:
    from patholearn_lab.cluster.backend import ClusterInfo
    from patholearn_lab.cluster.resources import Resources
    from patholearn_lab.jobs.scheduling import JobLimits

PAYLOAD_LIMIT = 1_000_000
"""The most bytes that a job's payload may have as JSON."""
NAME_LIMIT = 200


class Kinds(Protocol):
    """The kinds of jobs by name: a dictionary, or a registry that others may add to."""

    def __getitem__(self, name: str) -> JobKind: ...

    def __contains__(self, name: object) -> bool: ...

    def __iter__(self) -> Iterator[str]: ...


def asked(
    kind: JobKind,
    kind_name: str,
    payload: Mapping[str, Any],
    name: str,
    owner: str,
    labels: Mapping[str, str],
    visibility: str,
    priority: str,
    resources: Resources,
) -> dict[str, Any]:
    """Return what somebody asks for as ``spec.json`` has it, checked; see ``JobQueue.submit``."""
    return {
        "kind": kind_name,
        "target": kind.target,
        "resumable": kind.resumable,
        "name": ensure_job_name(name),
        "owner": owner,
        "visibility": visibility,
        "labels": {str(key): str(value) for key, value in labels.items()},
        "payload": ensure_payload(payload, kind, kind_name),
        "priority": priority,
        "resources": resources.model_dump(),
    }


def ensure_kind(kinds: Kinds, name: str) -> JobKind:
    """Return the kind of that name, or raise JobSpecError with those that there are."""
    if name not in kinds:
        known = ", ".join(repr(each) for each in sorted(kinds))
        raise JobSpecError(f"There is no kind of job called {name!r}.", f"The kinds are {known}.", kind=name)
    return kinds[name]


def ensure_job_name(name: str) -> str:
    """Return `name` where it is not too long, or raise JobSpecError."""
    if len(name) > NAME_LIMIT:
        raise JobSpecError(
            f"The job's name has {len(name)} characters.", f"Use at most {NAME_LIMIT}.", limit=NAME_LIMIT
        )
    return name


def ensure_payload(payload: Mapping[str, Any], kind: JobKind, kind_name: str) -> dict[str, Any]:
    """Return `payload` as JSON gives it back.

    Raises
    ------
    JobSpecError
        When it cannot be written as JSON, is no mapping, or is not what the kind takes.
    TooLargeError
        When it is over 1 MB.
    """
    try:
        text = json.dumps(payload, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise JobSpecError(
            f"The job's payload cannot be written as JSON: {error}.",
            "Use numbers, text, lists, mappings with text as keys, true, false and null.",
        ) from error
    if len(text) > PAYLOAD_LIMIT:
        raise TooLargeError(
            f"The job's payload has {len(text):,} bytes; {PAYLOAD_LIMIT:,} are allowed.",
            "Store large things as a data set or a file, and name them in the payload.",
            limit=PAYLOAD_LIMIT,
        )
    value = json.loads(text)
    if not isinstance(value, dict):
        raise JobSpecError(
            f"The job's payload is a {type(value).__name__}.",
            "Give a mapping: it becomes the function's first argument.",
        )
    if (model := kind.spec_model()) is not None:
        read_payload(model, value, kind_name)
    return value


def ensure_possible(needs: Resources, cluster: ClusterInfo, limits: JobLimits) -> None:
    """Raise JobSpecError where a job would wait for ever for what it needs."""
    allowed = [limits.gpus_per_user] if limits.gpus_per_user is not None else []
    if cluster.state != "idle":
        allowed.append(cluster.gpus)
    if needs.workers > 1 and cluster.state != "idle" and needs.workers > cluster.jobs_at_once:
        raise JobSpecError(
            f"The job asks for {needs.workers} workers; the cluster has {cluster.jobs_at_once}.",
            "Ask for fewer, or scale the cluster first.",
            workers=needs.workers,
            available=cluster.jobs_at_once,
        )
    if needs.gpus and allowed and needs.gpus > min(allowed):
        raise JobSpecError(
            f"The job asks for {needs.gpus} GPUs; a job can have at most {min(allowed)} here.",
            "Ask for fewer, or for none: gpus=0 trains on the CPU.",
            gpus=needs.gpus,
            available=min(allowed),
        )
