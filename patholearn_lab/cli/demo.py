"""``patholearn demo``: the guided journey without a screen, through a real Jupyter server and a real kernel.

Every step is what a person would type into a notebook. The last line printed is one JSON object of figures.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from patholearn_lab.cli.jupyter_session import JupyterSession, jupyter_session

# One journey: data, graph, code. `show` hands plain values back as application/json.
_DRAW = """
import patholearn_lab as lab
from IPython.display import display

def show(value):
    display({{"application/json": value}}, raw=True)

client = lab.connect()
dataset = client.datasets.ensure({dataset!r})
network = lab.Architecture.from_template({template!r}, dataset={dataset!r})
check = client.architectures.check(network.document)
cell = client.architectures.emit(network.document)
show({{
    "train_samples": dataset.count("train"),
    "parameters": check.totals.parameters,
    "errors": [issue.message for issue in check.issues if issue.severity == "error"],
    "class_name": cell.class_name,
    "code": cell.code,
}})
"""

_TRAIN = """
run = lab.train({class_name})
run.wait(timeout_s=1200)
show(run.result)
"""

_PREDICT = """
prediction = client.models.predict_sample(run.model["name"], dataset={dataset!r}, index={index})
show({{"predicted": prediction.predicted, "true": prediction.sample.class_name}})
"""

# The same fit without us around it: no job, no server, no kernel. The loader is the same, so that only the job differs.
_PLAIN = """
import runpy, sys, time
import patholearn_lab
from pathlib import Path
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.loading import DatasetModule
from patholearn_lab.paths import DataPaths
import lightning as L

data_folder, cell_path, class_name = sys.argv[1:]
cell = runpy.run_path(cell_path)
L.seed_everything(0, workers=True, verbose=False)
data = DatasetModule(DatasetLibrary(DataPaths(Path(data_folder))).open(cell["DATASET"]), batch_size=cell["BATCH_SIZE"])
trainer = L.Trainer(max_epochs=cell["EPOCHS"], logger=False, enable_progress_bar=False, enable_model_summary=False)
module = cell[class_name]()
start = time.perf_counter()
trainer.fit(module, data)
print(time.perf_counter() - start)
"""


def run_demo() -> dict[str, Any]:
    """Go through the journey on ``he_tissue`` and ``digits``, print a table, and return the figures.

    Returns
    -------
    dict
        The keys of the last line of ``patholearn demo``. Times are in seconds; ``plain_wall_s`` is the same fit in a
        plain script, measured in the same run, right after the job's.
    """
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="patholearn-demo-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with jupyter_session(folder) as session:
            tissue = _journey(session, "he_tissue", "small_cnn")
            plain_wall_s = _plain_fit(folder, tissue)
            digits = _journey(session, "digits", "lenet5")
    figures = {
        "dataset": "he_tissue",
        "train_samples": tissue["train_samples"],
        "test_accuracy": tissue["test_metrics"]["test_accuracy"],
        "baseline_accuracy": tissue["baseline_accuracy"],
        "digits_test_accuracy": digits["test_metrics"]["test_accuracy"],
        "digits_baseline_accuracy": digits["baseline_accuracy"],
        "epochs": tissue["epochs"],
        "train_wall_s": tissue["train_wall_s"],
        "plain_wall_s": plain_wall_s,
        "onnx_max_abs_diff": max(tissue["onnx_max_abs_diff"], digits["onnx_max_abs_diff"]),
        "predicted": tissue["predicted"],
        "total_s": time.perf_counter() - start,
    }
    return {key: round(value, 9) if isinstance(value, float) else value for key, value in figures.items()}


def main() -> int:
    """Run the demo; the last line of the output is one JSON object."""
    figures = run_demo()
    width = max(map(len, figures))
    print("\n".join(f"{key:<{width}}  {value}" for key, value in figures.items()))
    ratio = figures["train_wall_s"] / figures["plain_wall_s"]
    print(f"The job's fit took {ratio:.2f} times the plain script's.")
    print(json.dumps(figures))
    return 0


def _journey(session: JupyterSession, dataset: str, template: str) -> dict[str, Any]:
    print(f"{dataset}: drawing {template}, training it as a job ...", file=sys.stderr, flush=True)
    drawn = session.run(_DRAW.format(dataset=dataset, template=template))
    if drawn["errors"]:
        raise AssertionError(f"The template {template!r} has errors on {dataset!r}: {drawn['errors']}")
    session.run(drawn["code"])
    result = session.run(_TRAIN.format(class_name=drawn["class_name"]))
    predicted = session.run(_PREDICT.format(dataset=dataset, index="None"))
    return {**drawn, **result, **predicted}


def _plain_fit(folder: Path, drawn: dict[str, Any]) -> float:
    cell = folder / "cell.py"
    cell.write_text(drawn["code"], encoding="utf-8")
    command = [sys.executable, "-c", _PLAIN, str(folder / "data"), str(cell), drawn["class_name"]]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"The plain script failed:\n{done.stderr[-3000:]}")
    return float(done.stdout.split()[-1])
