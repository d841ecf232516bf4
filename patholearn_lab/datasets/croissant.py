"""The card of a data set as Croissant 1.0 (JSON-LD, https://docs.mlcommons.org/croissant/docs/croissant-spec.html).

It describes the export as folders: put beside its files, Croissant's readers find images, classes, splits and features.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from patholearn_lab.datasets.manifest import Manifest

NAME = "croissant.json"
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def croissant(manifest: Manifest, files: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the card.

    Parameters
    ----------
    manifest
        What is known about the set.
    files
        The SHA-256 of single files beside the card, by name, such as that of ``metadata.csv``.
    """
    files = files or {}
    tables = [name for name in files if name.endswith(".csv")]
    masked = "masks" in manifest.arrays and manifest.task == "segmentation"
    distribution: list[dict[str, Any]] = [
        {
            "@type": "cr:FileObject",
            "@id": name,
            "name": name,
            "contentUrl": name,
            "encodingFormat": "text/csv",
            "sha256": files[name],
        }
        for name in tables
    ]
    if manifest.channels:
        distribution.append(_file_set("images", "*/images/*.png" if masked else "*/*/*.png"))
    if masked:
        distribution.append(_file_set("masks", "*/masks/*.png"))
    card: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": _plain(manifest.name) or manifest.id,
        "description": manifest.description or manifest.name,
        "version": f"{manifest.version}.0.0",
        "dateCreated": manifest.created_at.date().isoformat(),
        "datePublished": manifest.created_at.date().isoformat(),
        "license": manifest.licence or "not stated",
        "url": f"urn:sha256:{manifest.content_hash}",
        "creator": {"@type": "Person", "name": manifest.owner or "not stated"},
        "citeAs": manifest.source or manifest.name,
        "keywords": [manifest.task, "PathoLearn Lab"],
        "distribution": distribution,
        "recordSet": [
            _classes(manifest),
            *([_samples(manifest)] if manifest.channels else []),
            *(_features(manifest, table) for table in tables),
        ],
    }
    if manifest.source:
        card["isBasedOn"] = manifest.source
    if manifest.notes:
        card["rai:dataCollection"] = " ".join(manifest.notes)
    return card


def _file_set(name: str, includes: str) -> dict[str, Any]:
    return {"@type": "cr:FileSet", "@id": name, "name": name, "encodingFormat": "image/png", "includes": includes}


def _classes(manifest: Manifest) -> dict[str, Any]:
    """Return the names of the classes."""
    return {
        "@type": "cr:RecordSet",
        "@id": "classes",
        "name": "classes",
        "dataType": "sc:Enumeration",
        "key": {"@id": "classes/name"},
        "field": [_field("classes/name", "sc:Text", "What the class is called.")],
        "data": [{"classes/name": name} for name in manifest.classes],
    }


def _samples(manifest: Manifest) -> dict[str, Any]:
    fields = []
    size = f"{manifest.width} × {manifest.height} pixels, {'grey' if manifest.channels == 1 else 'color'}."
    fields.append(_field("samples/image", "sc:ImageObject", size, _of("images", {"fileProperty": "content"})))
    # Two names of the same path: mlcroissant would apply the second pattern to what the first one found.
    source = _of("images", {"fileProperty": "filepath"}, r"^.*?([^/]+)/[^/]+/[^/]+$")
    fields.append(_field("samples/split", "sc:Text", "train, valid or test.", source))
    if manifest.task == "classification":
        label = _field(
            "samples/label", "sc:Text", "The class.", _of("images", {"fileProperty": "fullpath"}, r"^.*?([^/]+)/[^/]+$")
        )
        fields.append({**label, "references": {"field": {"@id": "classes/name"}}})
    return {"@type": "cr:RecordSet", "@id": "samples", "name": "samples", "field": fields}


def _features(manifest: Manifest, table: str) -> dict[str, Any]:
    """Return the rows of a table beside the card; ``file_name`` in it says which image each belongs to."""

    def of(column: str) -> dict[str, Any]:
        return {"fileObject": {"@id": table}, "extract": {"column": column}}

    fields = [_field("features/file_name", "sc:Text", "The path of the image.", of("file_name"))]
    for feature in manifest.features:
        id = "features/" + re.sub(r"[^\w.+-]+", "_", feature)  # readers take no spaces in identifiers
        fields.append(_field(id, "sc:Float", f"The feature {feature}.", of(feature)))
    return {"@type": "cr:RecordSet", "@id": "features", "name": "features", "field": fields}


def _field(id: str, kind: str, description: str, source: Mapping[str, Any] | None = None) -> dict[str, Any]:
    field = {"@type": "cr:Field", "@id": id, "name": id, "description": description, "dataType": kind}
    return field if source is None else {**field, "source": source}


def _of(file_set: str, extract: Mapping[str, Any], regex: str = "") -> dict[str, Any]:
    source: dict[str, Any] = {"fileSet": {"@id": file_set}, "extract": extract}
    return {**source, "transform": {"regex": regex}} if regex else source


def _plain(name: str) -> str:
    """Return a name as Croissant takes it in identifiers."""
    return re.sub(r"[^\w ().:+-]+", "_", name).strip("_ ")
