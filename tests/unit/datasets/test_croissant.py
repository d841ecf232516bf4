"""The card of a set as Croissant, and that it describes what is exported."""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

from patholearn_lab.datasets.croissant import croissant
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.paths import DataPaths
from patholearn_lab.testing.archives import class_files, write_zip


def exported(folder: Path, paths: DataPaths) -> zipfile.ZipFile:
    library = DatasetLibrary(paths)
    rows = [f"{name},{number}" for number, name in enumerate(class_files())]
    table = "\n".join(["file_name,age (years)", *rows]).encode()
    library.import_archive(
        write_zip(folder / "tiles.zip", {**class_files(), "metadata.csv": table}), "tiles", "My tiles"
    )
    library.export("tiles", folder / "out.zip")
    return zipfile.ZipFile(folder / "out.zip")


def field(card: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for records in card["recordSet"] for one in records["field"] if one["@id"] == name)


def test_the_card_describes_the_files_beside_it(tmp_path: Path, data_paths: DataPaths) -> None:
    with exported(tmp_path, data_paths) as archive:
        card = json.loads(archive.read("croissant.json"))
        files = {part["@id"]: part for part in card["distribution"]}
        pattern = files["images"]["includes"]
        images = [name for name in archive.namelist() if PurePosixPath(name).match(pattern)]
        assert len(images) == 20
        assert files["metadata.csv"]["sha256"] == hashlib.sha256(archive.read("metadata.csv")).hexdigest()
        for name in images:
            found = [
                re.findall(field(card, f"samples/{what}")["source"]["transform"]["regex"], name)[0]
                for what in ("split", "label")
            ]
            assert found == list(PurePosixPath(name).parts[:2])
    assert field(card, "features/age_years_")["source"]["extract"] == {"column": "age (years)"}


def test_the_card_says_what_the_manifest_says(tmp_path: Path, data_paths: DataPaths) -> None:
    exported(tmp_path, data_paths).close()
    manifest = DatasetLibrary(data_paths).find("tiles").model_copy(update={"licence": "CC0", "owner": "ada"})
    card = croissant(manifest)
    assert (card["@type"], card["conformsTo"]) == ("sc:Dataset", "http://mlcommons.org/croissant/1.0")
    assert (card["name"], card["license"], card["creator"]["name"]) == ("My tiles", "CC0", "ada")
    assert card["url"] == f"urn:sha256:{manifest.content_hash}"
    assert [one["classes/name"] for one in card["recordSet"][0]["data"]] == ["normal", "tumor"]


def test_a_table_alone_has_a_card_without_images(data_paths: DataPaths) -> None:
    path = data_paths.root / "table.csv"
    path.write_text("a,y\n" + "".join(f"{n},{'ab'[n % 2]}\n" for n in range(12)))
    card = croissant(DatasetLibrary(data_paths).import_archive(path, "table"))
    assert card["distribution"] == []
    assert [records["@id"] for records in card["recordSet"]] == ["classes"]
