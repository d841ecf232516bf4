"""The session of `patholearn demo` leaves no process behind, also when it is terminated in the middle."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from patholearn_lab.testing.waiting import eventually

# `patholearn demo` with a shorter journey: a server, a kernel, a process with a session of its own; then it waits.
SCRIPT = """
import json, sys
from pathlib import Path
from patholearn_lab.cli import demo, main
from patholearn_lab.cli.jupyter_session import jupyter_session

CELL = '''
import os, subprocess
from IPython.display import display
job = subprocess.Popen(["sleep", "600"], start_new_session=True)
display({"application/json": [os.getpid(), os.getppid(), job.pid]}, raw=True)
'''

def journey():
    with jupyter_session(Path(sys.argv[1])) as session:
        print(json.dumps(session.run(CELL)), flush=True)
        session.run("import threading; threading.Event().wait()")
    return 0

demo.main = journey
sys.exit(main.main(["demo"]))
"""


@pytest.mark.server
def test_a_demo_that_is_terminated_leaves_no_process_behind(tmp_path: Path) -> None:
    script = tmp_path / "journey.py"
    script.write_text(SCRIPT, encoding="utf-8")
    with subprocess.Popen([sys.executable, str(script), str(tmp_path)], stdout=subprocess.PIPE) as demo:
        assert demo.stdout is not None
        family = [psutil.Process(pid) for pid in json.loads(demo.stdout.readline() or "[]")]
        demo.terminate()
        assert demo.wait(60) == 128 + 15
    assert len(family) == 3
    eventually(lambda: not [each for each in family if each.is_running()], 5, what="the end of every process")
