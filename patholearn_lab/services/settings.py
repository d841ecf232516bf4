"""What an edge (server, command line, local client) decides before anything is built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from patholearn_lab.cluster.address import Certificates
from patholearn_lab.cluster.choice import ClusterChoice
from patholearn_lab.graph.authors import user_name
from patholearn_lab.graph.limits import Limits
from patholearn_lab.jobs.scheduling import JobLimits


@dataclass(frozen=True)
class Settings:
    """The plain settings that :class:`~patholearn_lab.services.Services` is built from.

    Parameters
    ----------
    data_dir
        The data folder; made at the start where it is missing.
    owner
        Who owns what is made, where the edge knows no user of its own.
    max_upload_mb
        The largest upload, in MB of 1,000,000 bytes.
    uploads_kept_days
        How long an upload stays that nobody goes on with.
    audit
        Whether it is written down who made, uploaded, changed and deleted what.
    jobs_at_once
        How many jobs may run at the same time; the others wait.
    jobs_per_user, gpus_per_user, hours_per_user, hours_per_job
        What one person, and one job, may take; 0 is no limit. See :class:`patholearn_lab.jobs.scheduling.JobLimits`.
    job_tries
        How many times a training is started when the worker that runs it is lost.
    worker_silence_s
        After how many seconds of silence one of several workers of a training counts as lost.
    confine_jobs, jobs_may_write
        Whether the code of jobs may write into its own places only, and the folders where it may write besides.
    cluster_kind, cluster_tls_ca, cluster_tls_cert, cluster_tls_key, gateway_address, dashboard_address,
    cluster_idle_minutes
        Where jobs run; see :class:`patholearn_lab.cluster.choice.ClusterChoice`. 0 minutes: never closed.
    webhook_url
        Where a POST tells of each job that has ended; empty for nowhere.
    keep_logs_days
        After how many days what an ended job printed is thrown away; its curves and its result stay.
    max_layers, max_parameters, max_activations_mb
        How large a network may be; see :class:`patholearn_lab.graph.limits.Limits`.
    """

    data_dir: Path
    owner: str = field(default_factory=user_name)
    max_upload_mb: int = 2000
    uploads_kept_days: int = 7
    audit: bool = True
    jobs_at_once: int = 1
    jobs_per_user: int = 0
    gpus_per_user: int = 0
    hours_per_user: float = 0.0
    hours_per_job: float = 0.0
    job_tries: int = 3
    worker_silence_s: float = 15.0
    confine_jobs: bool = False
    jobs_may_write: tuple[str, ...] = ()
    cluster_kind: str = "local"
    cluster_tls_ca: str = ""
    cluster_tls_cert: str = ""
    cluster_tls_key: str = ""
    gateway_address: str = ""
    dashboard_address: str = ""
    cluster_idle_minutes: float = 0.0
    webhook_url: str = ""
    keep_logs_days: int = 30
    max_layers: int = 2_000
    max_parameters: int = 1_000_000_000
    max_activations_mb: int = 200_000

    def __post_init__(self) -> None:
        object.__setattr__(self, "data_dir", Path(self.data_dir).expanduser().resolve())

    @property
    def max_upload_bytes(self) -> int:
        """The largest upload, in bytes."""
        return self.max_upload_mb * 1_000_000

    @property
    def cluster(self) -> ClusterChoice:
        """Where jobs run."""
        return ClusterChoice(
            self.cluster_kind,
            self.jobs_at_once,
            Certificates(self.cluster_tls_ca, self.cluster_tls_cert, self.cluster_tls_key),
            self.gateway_address,
            self.dashboard_address,
            self.cluster_idle_minutes * 60 or None,
        )

    @property
    def job_limits(self) -> JobLimits:
        """What one person, and one job, may take."""
        return JobLimits(
            self.jobs_per_user or None,
            self.gpus_per_user or None,
            self.hours_per_user or None,
            self.hours_per_job or None,
        )

    @property
    def network_limits(self) -> Limits:
        """How large a network may be."""
        return Limits(self.max_layers, self.max_parameters, self.max_activations_mb)


def default_data_dir(environment: Mapping[str, str]) -> Path:
    """Return the data folder where nobody named one: ``PATHOLEARN_DATA``, else ``patholearn`` in Jupyter's data folder.

    The environment is an argument because only the edges of the program read ``os.environ``.
    """
    if named := environment.get("PATHOLEARN_DATA"):
        return Path(named)
    from jupyter_core.paths import jupyter_data_dir

    return Path(jupyter_data_dir()) / "patholearn"
