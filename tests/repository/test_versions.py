"""One version, three places: the package, pyproject.toml and the labextension's package.json."""

from __future__ import annotations

import json
import re
import tomllib

from repository.project import ROOT

import patholearn_lab


def versions() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    package = json.loads((ROOT / "labextension" / "package.json").read_text(encoding="utf-8"))
    return {
        "patholearn_lab.__version__": patholearn_lab.__version__,
        "pyproject.toml": project["version"],
        "labextension/package.json": package["version"],
    }


def test_the_version_is_the_same_everywhere() -> None:
    assert len(set(versions().values())) == 1, versions()


def test_the_changelog_has_the_version() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert patholearn_lab.__version__ in headings


def test_the_labextension_says_how_it_was_installed() -> None:
    install = json.loads((ROOT / "install.json").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert install["packageManager"] == "python"
    assert install["packageName"] == project["name"]
    assert project["name"] in install["uninstallInstructions"]
