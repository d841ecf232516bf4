"""Confined code: what it may still do, tried in a process of its own, because there is no way back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from patholearn_lab.errors import StartupError
from patholearn_lab.jobs import confine
from patholearn_lab.paths import DataPaths
from patholearn_lab.services import Services, Settings

TRY = """
import sys
from pathlib import Path
from patholearn_lab.jobs.confine import confine
own, other = Path(sys.argv[1]), Path(sys.argv[2])
confine([own, Path("/dev/null"), own / "not there"])
(own / "a").write_text("a")
(own / "folder").mkdir()
(own / "a").rename(own / "folder" / "b")
(own / "folder" / "b").unlink()
assert (other / "read").read_text() == "me"
with open("/dev/null", "w") as nothing:
    nothing.write("x")
for harm in (
    lambda: (other / "new").write_text("x"),
    lambda: (other / "folder").mkdir(),
    lambda: (other / "read").unlink(),
    lambda: (other / "read").write_text("changed"),
    lambda: (other / "link").symlink_to(own),
    lambda: __import__("subprocess").run(["touch", str(other / "by a program")], check=True, capture_output=True),
):
    try:
        harm()
    except (PermissionError, __import__("subprocess").CalledProcessError):
        print("refused")
"""


@pytest.mark.skipif(
    not confine.landlock_version(), reason="this machine's kernel has no Landlock, or it is switched off"
)
def test_a_confined_process_writes_where_it_may_and_reads_everywhere(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    own.mkdir()
    other.mkdir()
    (other / "read").write_text("me")
    done = subprocess.run(
        [sys.executable, "-c", TRY, str(own), str(other)], capture_output=True, text=True, check=False
    )
    assert (done.stderr, done.stdout.splitlines()) == ("", ["refused"] * 6)
    assert [file.name for file in other.iterdir()] == ["read"]
    assert (other / "read").read_text() == "me"


def test_a_server_that_shall_confine_jobs_and_cannot_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confine, "landlock_version", lambda: 0)
    with pytest.raises(StartupError, match=r"kernel has no Landlock.*\n.*confine_jobs off"):
        Services(Settings(tmp_path / "data", confine_jobs=True)).start()
    assert not DataPaths(tmp_path / "data").root.exists()
