"""The extension as Jupyter sees it: its settings, and everything that is wired together, on one screen."""

from __future__ import annotations

import asyncio
import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from jupyter_server.extension.application import ExtensionApp
from tornado.ioloop import PeriodicCallback
from traitlets import Bool, Float, Int, List, Unicode, default

from patholearn_lab.client.connection import Connection, write_connection
from patholearn_lab.errors import PathoLearnError, StartupError
from patholearn_lab.server.activity import report_activity
from patholearn_lab.server.routes import ROUTES, tornado_handlers
from patholearn_lab.server.sharing import keep_in_data_folder
from patholearn_lab.services import Services, Settings, default_data_dir

CALLS_AT_ONCE = 8
"""Threads that answer requests. Reading images and archives waits for the disk; the event loop never does."""


class PathoLearnApp(ExtensionApp):
    """PathoLearn Lab in a Jupyter server."""

    name = "patholearn_lab"
    extension_url = "/lab"
    load_other_extensions = True

    data_dir = Unicode(
        help="The folder of data sets, runs and models. "
        "Default: the environment's PATHOLEARN_DATA, else 'patholearn' in Jupyter's data folder."
    ).tag(config=True)
    max_upload_mb = Int(2000, min=1, help="The largest archive that may be uploaded, in MB (1,000,000 bytes).").tag(
        config=True
    )
    uploads_kept_days = Int(
        7, min=1, help="How many days an upload stays that nobody goes on with; cleared at the start of the server."
    ).tag(config=True)
    audit = Bool(True, help="Whether audit.jsonl tells who made, uploaded, changed and deleted what, and when.").tag(
        config=True
    )
    jobs_at_once = Int(1, min=1, max=64, help="How many trainings run at the same time; the others wait.").tag(
        config=True
    )

    jobs_per_user = Int(0, min=0, help="How many jobs of one person run at the same time; 0: no limit.").tag(
        config=True
    )
    gpus_per_user = Int(0, min=0, help="How many GPUs the jobs of one person hold together; 0: no limit.").tag(
        config=True
    )
    hours_per_user = Float(
        0, min=0, help="How many hours the jobs of one person may run within seven days; 0: no limit."
    ).tag(config=True)
    hours_per_job = Float(
        0, min=0, help="After how many hours a job is stopped; a training keeps its best epoch. 0: never."
    ).tag(config=True)
    job_tries = Int(
        3, min=1, max=20, help="How many times a training is started when the worker that runs it is lost."
    ).tag(config=True)
    worker_silence_s = Float(
        15, min=2, help="After how many seconds of silence one of several workers of a training counts as lost."
    ).tag(config=True)
    confine_jobs = Bool(
        False,
        help="Whether the code of jobs writes into its run folder, temporary folders and caches only (Linux 5.13 on).",
    ).tag(config=True)
    jobs_may_write = List(
        Unicode(), help="Folders that confined jobs may write into besides, such as that of torch's downloaded weights."
    ).tag(config=True)
    cluster = Unicode(
        "local",
        help="Where jobs run: local, cuda (one worker for each GPU), gateway (a Dask Gateway), configured (what Dask's "
        "configuration names), threads (without Dask), or the address of a Dask scheduler (tcp://… or tls://…).",
    ).tag(config=True)
    cluster_tls_ca = Unicode(help="The file of who signs the certificates of a tls:// cluster.").tag(config=True)
    cluster_tls_cert = Unicode(help="The file of this server's certificate for a tls:// cluster.").tag(config=True)
    cluster_tls_key = Unicode(help="The file of that certificate's key.").tag(config=True)
    gateway_address = Unicode(help="The address of the Dask Gateway. Default: the one of Dask's configuration.").tag(
        config=True
    )
    dashboard_address = Unicode(
        help="Where Dask's dashboard of a local cluster listens, such as 127.0.0.1:8787; it has no login. Default: no."
    ).tag(config=True)
    cluster_idle_minutes = Float(
        0, min=0, help="After how many minutes without a job the cluster is closed; the next job starts it. 0: never."
    ).tag(config=True)
    webhook_url = Unicode(
        help="An address that gets a POST with what is known of each job that has ended. Default: none."
    ).tag(config=True)
    keep_logs_days = Int(
        30, min=1, help="After how many days what an ended job printed is thrown away; its curves and its result stay."
    ).tag(config=True)
    max_layers = Int(2000, min=1, help="The most layers that a network may have.").tag(config=True)
    max_parameters = Int(1_000_000_000, min=1, help="The most parameters that a network may have.").tag(config=True)
    max_activations_mb = Int(
        200_000, min=1, help="The most memory that the activations of one batch may need, in MB (1,000,000 bytes)."
    ).tag(config=True)

    @default("data_dir")
    def _default_data_dir(self) -> str:
        return str(default_data_dir(os.environ))

    def initialize_settings(self) -> None:
        """Build the services; nothing is started, and nothing heavy imported, before the event loop runs."""
        settings = Settings(
            Path(self.data_dir),
            # On a hub, what kernels make belongs to the same name as what is made on screen.
            **({"owner": hub_user} if (hub_user := os.environ.get("JUPYTERHUB_USER")) else {}),
            max_upload_mb=self.max_upload_mb,
            uploads_kept_days=self.uploads_kept_days,
            audit=self.audit,
            jobs_at_once=self.jobs_at_once,
            jobs_per_user=self.jobs_per_user,
            gpus_per_user=self.gpus_per_user,
            hours_per_user=self.hours_per_user,
            hours_per_job=self.hours_per_job,
            job_tries=self.job_tries,
            worker_silence_s=self.worker_silence_s,
            confine_jobs=self.confine_jobs,
            jobs_may_write=tuple(self.jobs_may_write),
            cluster_kind=self.cluster,
            cluster_tls_ca=self.cluster_tls_ca,
            cluster_tls_cert=self.cluster_tls_cert,
            cluster_tls_key=self.cluster_tls_key,
            gateway_address=self.gateway_address,
            dashboard_address=self.dashboard_address,
            cluster_idle_minutes=self.cluster_idle_minutes,
            webhook_url=self.webhook_url,
            keep_logs_days=self.keep_logs_days,
            max_layers=self.max_layers,
            max_parameters=self.max_parameters,
            max_activations_mb=self.max_activations_mb,
        )
        self.services = Services(settings)
        keep_in_data_folder(self.serverapp, self.settings, self.services.paths)
        self.startup_error: PathoLearnError | None = None
        self.ready: asyncio.Future[None] = asyncio.Future()
        self.pool = ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="patholearn")
        # Kernels get a token of their own: Jupyter has none where a password or a hub does the login, and this one
        # opens nothing but our endpoints.
        self.kernel_token = secrets.token_hex(24)
        self._connection_file: Path | None = None
        self._activity: PeriodicCallback | None = None

    def initialize_handlers(self) -> None:
        """Add every route of the table."""
        self.handlers.extend(tornado_handlers(ROUTES, self))

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        await asyncio.get_running_loop().run_in_executor(self.pool, self._start_services)
        self.ready.set_result(None)
        self._activity = report_activity(lambda: self.services.jobs.live, serverapp.web_app.settings)
        if self.startup_error is None:
            # The kernel's way to the server: always over the loopback interface, whatever name the browser uses.
            connection = Connection(serverapp.connection_url, self.kernel_token, os.getpid())
            self._connection_file = write_connection(connection)

    def _start_services(self) -> None:
        try:
            self.services.start()
        except PathoLearnError as error:
            self.startup_error = error
        except Exception as error:
            self.log.exception("PathoLearn Lab did not start.")
            self.startup_error = StartupError(
                f"PathoLearn Lab did not start: {type(error).__name__}: {error}.", "The server's log tells more."
            )
        if self.startup_error is None:
            self.log.info("PathoLearn Lab keeps its data in %s", self.services.paths.root)
        else:
            # The Jupyter server goes on; every endpoint of ours answers with this message.
            self.log.error("PathoLearn Lab did not start. %s", self.startup_error)

    async def stop_extension(self) -> None:
        """Follow no more, give the data folder back, and remove the connection file. Jobs go on."""
        if self._activity is not None:
            self._activity.stop()
        if self._connection_file is not None:
            self._connection_file.unlink(missing_ok=True)
        await asyncio.get_running_loop().run_in_executor(self.pool, self.services.close)
        self.pool.shutdown(wait=False)
