"""What a training as a job costs, and what it survives. Parts can be chosen: ``python training.py overhead kills``.

What is compared is measured side by side in one run, turn by turn, and the median counts; the load of the machine
stands in the figures. Prints a table, and as its last line one JSON object.

- ``overhead``: a job's fit over the same fit in a plain Lightning script; from submitting to the first step.
- ``live``: from logged in the child to seen by a client of the server, curves and log; any read while two jobs train.
- ``curves``: a run of a million points, opened through the server.
- ``logs``: lines a second that are taken without loss or disorder.
- ``ddp``: two workers with a core each against one.
- ``mnist``: an epoch of the thesis network against a loop by hand over tensors in memory.
- ``kills``: see :mod:`kills`.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from kills import kill_matrix
from support.jupyter_server import JupyterServer

from patholearn_lab.client.http import HttpClient
from patholearn_lab.cluster.local import local_backend
from patholearn_lab.cluster.resources import Resources
from patholearn_lab.codegen import emit_cell
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.graph.templates import template
from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.jobs.jsonl import encode
from patholearn_lab.jobs.kinds import JobKind
from patholearn_lab.jobs.models import Job
from patholearn_lab.jobs.queue import JobQueue
from patholearn_lab.paths import DataPaths
from patholearn_lab.services.job_kinds import JOB_KINDS
from patholearn_lab.testing.jobs import KINDS
from patholearn_lab.testing.waiting import eventually

Figures = dict[str, Any]
PATIENCE_S = 900.0
ROUNDS = 3
LIVE_EPOCHS = 40
POINTS = 1_000_000
LINES = 200_000

PLAIN = """
import runpy, sys, time
import patholearn_lab
from pathlib import Path
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.loading import DatasetModule
from patholearn_lab.paths import DataPaths
import lightning as L

data_folder, cell_path, epochs = sys.argv[1:]
L.seed_everything(0, workers=True, verbose=False)
cell = runpy.run_path(cell_path)
data = DatasetModule(DatasetLibrary(DataPaths(Path(data_folder))).open(cell["DATASET"]), batch_size=cell["BATCH_SIZE"])
trainer = L.Trainer(max_epochs=int(epochs), logger=False, enable_progress_bar=False, enable_model_summary=False)
start = time.perf_counter()
trainer.fit(cell["model"], data)
print(time.perf_counter() - start)
"""

BY_HAND = """
import runpy, sys, time
import patholearn_lab
import torch
from pathlib import Path
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.loading import DatasetModule
from patholearn_lab.paths import DataPaths

data_folder, cell_path, epochs = sys.argv[1:]
torch.manual_seed(0)
cell = runpy.run_path(cell_path)
data = DatasetModule(DatasetLibrary(DataPaths(Path(data_folder))).open(cell["DATASET"]), batch_size=cell["BATCH_SIZE"])

def tensors(loader):
    parts = list(loader)
    return torch.cat([images for images, _ in parts]), torch.cat([labels for _, labels in parts])

images, labels = tensors(data.train_dataloader())
valid_images, valid_labels = tensors(data.val_dataloader())
model, size = cell["model"], cell["BATCH_SIZE"]
optimizer = model.configure_optimizers()
optimizer = optimizer["optimizer"] if isinstance(optimizer, dict) else optimizer
start = time.perf_counter()
for epoch in range(int(epochs)):
    model.train()
    for rows in torch.randperm(len(images)).split(size):
        loss = torch.nn.functional.cross_entropy(model(images[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.no_grad():
        for rows in torch.arange(len(valid_images)).split(size):
            model(valid_images[rows]).argmax(1).eq(valid_labels[rows]).sum()
print(time.perf_counter() - start)
"""


@contextlib.contextmanager
def open_queue(jobs_at_once: int = 1) -> Iterator[tuple[JobQueue, DataPaths]]:
    """A queue on a data folder of its own."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        paths = DataPaths(Path(folder))
        paths.ensure()
        kinds: dict[str, JobKind] = {**{name: JOB_KINDS[name] for name in JOB_KINDS}, **KINDS}
        queue = JobQueue(paths, local_backend(jobs_at_once), kinds, lambda topic, data: None)
        queue.start()
        try:
            yield queue, paths
        finally:
            queue.close()


def finished(queue: JobQueue, job: Job) -> Job:
    """Return the job when it has ended well."""
    found = eventually(lambda: (now := queue.find(job.id)).final and now, PATIENCE_S)
    assert isinstance(found, Job)
    assert found.state == "done", found.error
    return found


def cell_of(paths: DataPaths, name: str, dataset: str) -> str:
    """The cell of a ready network for a data set."""
    library = DatasetLibrary(paths)
    return emit_cell(template(name, dataset, library.shape), library.shape).code


def script(paths: DataPaths, source: str, cell: str, epochs: int) -> float:
    """Run a script with the threads and the priority that a job has; return the seconds that it prints."""
    file, program = paths.scratch / "cell.py", paths.scratch / "script.py"
    file.write_text(cell)
    program.write_text(source)
    threads = str(os.cpu_count())
    environment = {**os.environ, "OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}
    # A job gives way to the notebook; what it is compared with does so too.
    command = ["nice", "-n", "5", sys.executable, str(program), str(paths.root), str(file), str(epochs)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True, cwd=paths.scratch)
    return float(done.stdout.strip().splitlines()[-1])


def p95(values: list[float]) -> float:
    """Return the value that 95 of 100 are below."""
    return statistics.quantiles(values, n=20)[-1]


def overhead() -> Figures:
    """The same fit as a job and in a plain script, turn by turn; how soon a job's first step is done."""
    epochs = 4
    ratios, firsts = [], []
    with open_queue() as (queue, paths):
        DatasetLibrary(paths).ensure("he_tissue")
        cell = cell_of(paths, "small_cnn", "he_tissue")
        finished(queue, queue.submit("count", {"to": 1}))  # so that the cluster is warm
        for _ in range(ROUNDS):
            began = datetime.now(UTC)
            job = finished(queue, queue.submit("training", {"code": cell, "epochs": epochs}))
            step = next(point for point in queue.metrics(job.id).points if point.name == "train_loss_step")
            firsts.append((step.time - began).total_seconds())
            assert job.result is not None
            ratios.append(job.result["train_wall_s"] / script(paths, PLAIN, cell, epochs))
    return {"overhead_ratio": statistics.median(ratios), "submit_to_first_step_s": statistics.median(firsts)}


def live() -> Figures:
    """What a client of the server sees of two trainings, and how soon; and how soon other reads are answered."""
    metrics, lines, reads = [], [], []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        options = ("--PathoLearnApp.jobs_at_once=2",)
        with JupyterServer.started(folder / "work", folder / "data", options=options) as server:
            client = HttpClient(server.url, server.token)
            client.datasets.ensure("digits")
            document = client.architectures.template("lenet5", "digits")
            code = client.architectures.emit(document).code
            ticking = "        print(f'tick {time.time()}', flush=True)\n"
            at = code.index("def training_step")
            body = code.index("\n", at) + 1
            code = "import time\n" + code[:body] + ticking + code[body:]

            def hear(event: Any) -> None:
                now = time.time()
                for point in event.data.get("points", ()):
                    metrics.append(now - datetime.fromisoformat(point["time"]).timestamp())
                lines.extend(
                    now - float(line["text"].split()[1])
                    for line in event.data.get("lines", ())
                    if line["text"].startswith("tick ")
                )

            jobs = [client.jobs.submit("training", {"code": code, "epochs": LIVE_EPOCHS}) for _ in range(2)]
            unsubscribe = client.events.subscribe(hear, [f"job.{job.id}" for job in jobs])
            eventually(lambda: all(client.jobs.get(job.id).state == "running" for job in jobs), PATIENCE_S)
            calls: list[Callable[[], Any]] = [
                client.status,
                client.datasets.list,
                client.jobs.list,
                client.models.list,
                client.cluster.get,
                lambda: client.jobs.get(jobs[0].id),
                lambda: client.jobs.metrics(jobs[0].id),
                lambda: client.jobs.curves(jobs[0].id),
                lambda: client.jobs.log(jobs[0].id),
            ]
            while not all(client.jobs.get(job.id).final for job in jobs):
                for call in calls:
                    began = time.perf_counter()
                    call()
                    reads.append(time.perf_counter() - began)
                time.sleep(0.1)
            unsubscribe()
            client.close()
    return {
        "metric_latency_p95_ms": 1000 * p95(metrics),
        "tail_latency_p95_ms": 1000 * p95(lines),
        "api_p95_ms_training": 1000 * p95(reads),
        "api_reads": len(reads),
    }


def curves() -> Figures:
    """Open a run of a million points: the first time, when nothing of it was read yet."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        paths = DataPaths(Path(name) / "data")
        paths.ensure()
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        spec = {
            "kind": "training",
            "target": "",
            "name": "million",
            "owner": "",
            "visibility": "private",
            "labels": {},
            "payload": {},
            "created_at": now,
            "stop_grace_s": 1.0,
        }
        folder = RunFolder.create(paths.run("million"), paths.scratch, spec)
        for state in ("preparing", "running", "cancelled"):
            folder.move_to(state)  # type: ignore[arg-type]
        with folder.metrics.open("wb") as file:
            for number in range(1, POINTS + 1):
                point = {"name": "train_loss_step", "value": 1 / number, "step": number, "epoch": None, "time": now}
                file.write(encode({"seq": number, **point}))
        with JupyterServer.started(Path(name) / "work", paths.root) as server:
            client = HttpClient(server.url, server.token)
            client.jobs.get("million")
            began = time.perf_counter()
            page = client.jobs.curves("million")
            opened = time.perf_counter() - began
            assert sum(curve.total for curve in page.curves.values()) == POINTS
            client.close()
    return {"open_1e6_points_ms": 1000 * opened}


def logs() -> Figures:
    """Lines that a job prints to both streams, and that are kept in their order, a second."""
    with open_queue() as (queue, paths):
        job = finished(queue, queue.submit("print_much", {"lines": LINES}))
        assert job.started_at is not None
        assert job.ended_at is not None
        kept = [json.loads(line)["text"] for line in RunFolder(paths.run(job.id)).log.open("rb")]
        wanted = [f"{number} {'x' * 40}" for number in range(LINES)]
        whole = kept == wanted
        seconds = (job.ended_at - job.started_at).total_seconds()
    return {"log_lines_per_s": LINES / seconds if whole else 0.0, "log_whole": whole}


def ddp() -> Figures:
    """The same fit by one worker with one core, and by two."""
    walls: dict[int, float] = {}
    equal = True
    with open_queue(2) as (queue, paths):
        DatasetLibrary(paths).ensure("he_tissue")
        payload = {"code": cell_of(paths, "small_cnn", "he_tissue"), "epochs": 3}
        for workers in (1, 2):
            needs = Resources(workers=workers, threads=1)
            result = finished(queue, queue.submit("training", payload, resources=needs)).result
            assert result is not None
            walls[workers] = result["train_wall_s"]
            equal = equal and result["equal_weights"] and result["workers"] == workers
    return {"ddp_equal": equal, "ddp_speedup_2": walls[1] / walls[2]}


def mnist() -> Figures:
    """An epoch, with its validation, of the thesis network on images of 28x28."""
    import numpy as np

    from patholearn_lab.client.local import LocalClient
    from patholearn_lab.services import Services, Settings

    epochs = 2
    ratios = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        services = Services(Settings(Path(folder)))
        services.start()
        with LocalClient(services, owns_services=True) as client:
            random = np.random.default_rng(0)
            labels = np.arange(10_000) % 10
            images = (random.integers(0, 64, (10_000, 28, 28)) + 16 * labels[:, None, None]).astype(np.uint8)
            client.datasets.from_arrays("mnist-like", images, labels)
            cell = cell_of(services.paths, "mnist_thesis", "mnist-like")
            for _ in range(ROUNDS):
                job = client.jobs.submit("training", {"code": cell, "epochs": epochs})
                found = finished(services.jobs, job)
                assert found.result is not None
                ratios.append(found.result["train_wall_s"] / script(services.paths, BY_HAND, cell, epochs))
    return {"mnist_epoch_over_plain_torch": statistics.median(ratios)}


PARTS: dict[str, Callable[[], Figures]] = {
    "overhead": overhead,
    "live": live,
    "curves": curves,
    "logs": logs,
    "ddp": ddp,
    "mnist": mnist,
    "kills": kill_matrix,
}


def main(chosen: list[str]) -> None:
    """Measure the chosen parts, all where none is, and print."""
    figures: Figures = {"load_before": os.getloadavg()[0]}
    for name in chosen or PARTS:
        print(f"{name} …", flush=True)
        figures |= PARTS[name]()
    figures["load_after"] = os.getloadavg()[0]
    figures = {name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()}
    for name, value in figures.items():
        print(f"{name:32}{value!s:>12}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1:])
