"""What a model says about many samples: a job, and the files that it writes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patholearn_lab.client.job_handle import JobHandle

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


class Predictions(JobHandle):
    """A job of kind ``prediction``: what ``model.predict_dataset()`` and ``model.predict_folder()`` give."""

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files that it made; waits for the end."""
        return tuple((self.wait().result or {}).get("files", ()))

    def save(self, folder: str | Path) -> list[Path]:
        """Wait for the end, write the files into a folder, which is made where it is missing, and return them."""
        target = Path(folder).expanduser()
        target.mkdir(parents=True, exist_ok=True)
        for name in self.files:
            self._client.jobs.download(self.id, name, target / name)
        return [target / name for name in self.files]

    def table(self) -> pd.DataFrame:
        """Wait for the end, and return ``predictions.csv``: a row a sample, the columns by the model's task."""
        import pandas as pd

        with tempfile.TemporaryDirectory() as folder:
            # Names such as "NA" are names, and numbers stay what they are.
            return pd.read_csv(self._fetch("predictions.csv", folder), keep_default_na=False, na_values=[""])

    def arrays(self) -> dict[str, NDArray[np.floating[Any]]]:
        """Wait for the end, and return the numbers of each output by its name, in the order of :meth:`table`.

        Class probabilities ``float32[n,classes]``, values ``float32[n,values]``, and ``float16[n,classes,H,W]`` for
        masks and images. All of them come into memory; of large ones :meth:`save` the files and open the zarr.

        Raises
        ------
        NotFoundError
            When they were not kept.
        """
        import numpy as np
        import zarr

        with tempfile.TemporaryDirectory() as folder:
            file = self._fetch("predictions.zarr.zip", folder)
            with zarr.storage.ZipStore(file, mode="r") as store:
                group = zarr.open_group(store, mode="r")
                return {name: np.asarray(array[:]) for name, array in group.arrays()}

    def _fetch(self, name: str, folder: str) -> Path:
        self.wait()
        target = Path(folder) / name
        self._client.jobs.download(self.id, name, target)
        return target
