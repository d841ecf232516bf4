"""What a network is worth on some data: a job, and its figures as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from patholearn_lab.client.job_handle import JobHandle

if TYPE_CHECKING:
    import pandas as pd

    from patholearn_lab.client.interface import Client
    from patholearn_lab.datasets.manifest import Split


class Evaluation(JobHandle):
    """A job of kind ``evaluation``: what ``run.evaluate()`` and ``model.evaluate()`` give."""

    @property
    def metrics(self) -> dict[str, float]:
        """What the cell measures in its ``test_step``, under its own names, whatever the split; waits for the end."""
        return dict(self._done()["metrics"])

    @property
    def confusion(self) -> pd.DataFrame | None:
        """Which class was taken for which: rows are the true classes. Waits for the end; None where there are none."""
        import pandas as pd

        found = self._done()["confusion"]
        if found is None:
            return None
        true, predicted = (pd.Index(found["classes"], name=name) for name in ("true", "predicted"))
        return pd.DataFrame(found["matrix"], index=true, columns=predicted)

    @property
    def per_class(self) -> pd.DataFrame:
        """Precision, recall, Dice (F1) and IoU of each class of each output; waits for the end."""
        import pandas as pd

        figures = ("precision", "recall", "dice", "iou")
        rows = [
            {"output": scores["output"], "class": name, **{figure: scores[figure][name] for figure in figures}}
            for scores in self._done()["per_class"]
            for name in scores["dice"]
        ]
        return pd.DataFrame(rows, columns=["output", "class", *figures])

    def _done(self) -> dict[str, Any]:
        return self.wait().result or {}


def begin_evaluation(
    client: Client,
    subject: dict[str, Any],
    name: str,
    dataset: str | None,
    split: Split,
    version: int | None,
    batch_size: int | None,
) -> Evaluation:
    """Queue the job that measures `subject`, ``{"run", "checkpoint"}`` or ``{"model": {"name", "version"}}``."""
    data = {"dataset": dataset, "dataset_version": version, "split": split, "batch_size": batch_size}
    labels = {"run": subject["run"]} if "run" in subject else {"model": subject["model"]["name"]}
    if dataset is not None:
        labels["dataset"] = dataset
    return Evaluation(client, client.jobs.submit("evaluation", subject | data, name, labels))
