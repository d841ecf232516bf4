"""``patholearn demo``: the whole journey through a real Jupyter server and a real kernel, with its figures."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

KEYS = [
    *("dataset", "train_samples", "test_accuracy", "baseline_accuracy"),
    *("digits_test_accuracy", "digits_baseline_accuracy", "epochs", "train_wall_s", "plain_wall_s"),
    *("onnx_max_abs_diff", "predicted", "total_s"),
]


@pytest.mark.server
def test_the_demo_beats_the_color_baseline_clearly_on_both_sets() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("patholearn"), "demo"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])

    assert list(figures) == KEYS
    assert figures["dataset"] == "he_tissue"
    assert figures["test_accuracy"] >= figures["baseline_accuracy"] + 0.25
    assert figures["digits_test_accuracy"] >= figures["digits_baseline_accuracy"] + 0.5
    assert figures["baseline_accuracy"] <= 0.7
    assert figures["onnx_max_abs_diff"] <= 1e-5
    assert figures["predicted"] in {"normal", "tumor"}
