"""A training that is done, asked about again by the other kinds of jobs: what they say has to agree."""

from __future__ import annotations

import csv
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import zarr
from zarr.storage import ZipStore

from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.errors import ConflictError, DatasetError, JobNotFoundError
from patholearn_lab.jobs.context import JobContext
from patholearn_lab.jobs.folder import RunFolder
from patholearn_lab.paths import DataPaths
from patholearn_lab.services.evaluating import ensure_fits, evaluate
from patholearn_lab.services.exporting import export
from patholearn_lab.services.predicting import predict
from patholearn_lab.services.trained import ModelChoice, trained_as
from patholearn_lab.serving.library import ModelLibrary

MakeContext = Callable[[str], JobContext]


def ensure_is_measured_again(result: dict[str, Any], context_of: MakeContext) -> None:
    """Evaluate the run from its checkpoint, and its model from ONNX: to the figures of the training."""
    for name, subject in (("run", {"run": "digits-1"}), ("model", {"model": {"name": "my-digits"}})):
        found = evaluate(subject, context_of(f"evaluate-{name}"))
        assert found["metrics"] == pytest.approx(result["test_metrics"], rel=1e-5), name
        assert found["confusion"] == result["confusion"]
        assert found["samples"] == np.sum(result["confusion"]["matrix"])
        assert found["dataset"] == {"id": "digits", "version": 1}
    [scores] = found["per_class"]
    matrix = np.array(result["confusion"]["matrix"])
    assert scores["recall"]["3"] == pytest.approx(matrix[3, 3] / matrix[3].sum())
    assert scores["precision"]["3"] == pytest.approx(matrix[3, 3] / matrix[:, 3].sum())
    on_train = evaluate({"run": "digits-1", "split": "train", "checkpoint": "last"}, context_of("evaluate-train"))
    assert on_train["samples"] > 1000
    assert on_train["metrics"]["test_accuracy"] > 0.85
    trained = trained_as(ModelChoice(name="my-digits"), context_of("evaluate-other"))
    digits = DatasetLibrary(DataPaths(context_of("no-job").data_root)).find("digits")
    ensure_fits(trained, digits)
    with pytest.raises(DatasetError, match=r"The network knows images of 1 channels; the data set .* has 3"):
        ensure_fits(trained, digits.model_copy(update={"channels": 3}))
    with pytest.raises(DatasetError, match=r"labels with the classes 10 \(0, 1, .*; the data set .* has 2 \(a, b\)"):
        ensure_fits(trained, digits.model_copy(update={"classes": ("a", "b")}))
    with pytest.raises(ConflictError, match="has kept no record"):
        evaluate({"run": "evaluate-run"}, context_of("evaluate-none"))
    with pytest.raises(JobNotFoundError, match="There is no run 'never'"):
        evaluate({"run": "never"}, context_of("evaluate-nothing"))


def ensure_is_exported_again(paths: DataPaths, result: dict[str, Any], context_of: MakeContext) -> None:
    """Export the run under another name: the same figures, and a model of its own."""
    found = export({"run": "digits-1", "name": "Second digits"}, context_of("export"))
    assert found["test_metrics"] == pytest.approx(result["test_metrics"], rel=1e-5)
    assert found["model"] == {"name": "second-digits", "version": 1}
    assert found["onnx_max_abs_diff"] < 1e-6
    manifest = ModelLibrary(paths).find("second-digits")
    assert (manifest.job, manifest.graph, manifest.owner) == ("digits-1", "g-1", "ada")


def ensure_predicts_a_whole_set(paths: DataPaths, result: dict[str, Any], context_of: MakeContext) -> None:
    """Ask the model about the whole test split: the table and the numbers say what the confusion matrix says."""
    context = context_of("predict")
    found = predict({"model": {"name": "my-digits"}, "split": "test"}, context)
    assert (found["samples"], found["left_out"]) == (np.sum(result["confusion"]["matrix"]), 0)
    files = RunFolder(context.folder).files
    assert (
        sorted(file.name for file in files.iterdir()) == found["files"] == ["predictions.csv", "predictions.zarr.zip"]
    )
    with (files / "predictions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0])[:6] == ["index", "name", "split", "predicted", "truth", "p_0"]
    matrix = np.zeros((10, 10), int)
    for row in rows:
        matrix[int(row["truth"]), int(row["predicted"])] += 1
    assert matrix.tolist() == result["confusion"]["matrix"]
    with ZipStore(files / "predictions.zarr.zip", mode="r") as store:
        scores = zarr.open_group(store, mode="r")["scores"]
        assert isinstance(scores, zarr.Array)
        assert scores.attrs["classes"] == [str(digit) for digit in range(10)]
        values = np.asarray(scores[:])
    assert values.sum(axis=1) == pytest.approx(1)
    assert values.argmax(axis=1).tolist() == [int(row["predicted"]) for row in rows]
