"""A model asked about whole sets through a client: the job, its files, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from patholearn_lab.client.interface import Client
from patholearn_lab.client.model import Model
from patholearn_lab.errors import JobSpecError, NotFoundError


def ensure_asks_about_whole_sets(client: Client, name: str, dataset: str, folder: Path) -> None:
    """Ask about every sample, and take the files of the job away; `folder` is empty and on the server's machine."""
    model = Model(name, client=client)
    asked = model.predict_dataset(dataset)
    table = asked.table()
    assert (len(table), asked.state) == (24, "done")
    assert list(table.columns[:4]) == ["index", "name", "split", "diagnosis_predicted"]
    arrays = asked.arrays()
    assert {output: array.shape for output, array in arrays.items()} == {
        "diagnosis": (24, 2),
        "nuclei": (24, 2, 16, 16),
        "kinds": (24, 2),
        "shares": (24, 2),
        "images": (24, 3, 16, 16),
    }
    assert (arrays["diagnosis"].argmax(axis=1) == (table["diagnosis_predicted"] == "tumor")).all()
    assert np.allclose(arrays["nuclei"].astype(np.float64).sum(axis=1), 1, atol=1e-3)
    assert [file.name for file in asked.save(folder / "saved")] == list(asked.files)
    with pytest.raises(NotFoundError, match=r"made no file 'spec\.json'"):
        client.jobs.download(asked.id, "spec.json", folder / "spec.json")
    with pytest.raises(JobSpecError, match="'split' of the prediction is 'exam'"):
        model.predict_dataset(dataset, "exam")  # type: ignore[arg-type]
    assert [job.id for job in client.jobs.list("prediction", {"model": name})] == [asked.id]
