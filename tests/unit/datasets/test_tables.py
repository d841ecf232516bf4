"""Tables without images: how they were written is found out, columns become features, and bad ones are refused."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patholearn_lab.datasets.choices import ImportChoices, TableChoices
from patholearn_lab.datasets.importers import tables
from patholearn_lab.datasets.importers.delimited import find_dialect
from patholearn_lab.datasets.library import DatasetLibrary
from patholearn_lab.datasets.manifest import Manifest
from patholearn_lab.datasets.store import DatasetStore
from patholearn_lab.errors import ArchiveError, DocumentError, InvalidInputError, PathoLearnError, TooLargeError
from patholearn_lab.graph.check import check
from patholearn_lab.graph.generator import generate
from patholearn_lab.graph.templates import template
from patholearn_lab.paths import DataPaths


def csv_of(rows: list[list[Any]], delimiter: str = ",") -> str:
    return "".join(delimiter.join(map(str, row)) + "\n" for row in rows)


def patients(count: int = 30) -> list[list[Any]]:
    return [["age", "stage", "smoker", "dose", "diagnosis"]] + [
        [40 + n, f"stage {n % 3}", ("yes", "no")[n % 2], n / 4, ("benign", "malignant")[n % 2]] for n in range(count)
    ]


def imported(paths: DataPaths, content: str | bytes, name: str = "table.csv", **chosen: Any) -> DatasetStore:
    path = paths.root / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    library = DatasetLibrary(paths)
    library.import_archive(path, "table", choices=ImportChoices(table=TableChoices(**chosen)) if chosen else None)
    return library.open("table")


def types(manifest: Manifest) -> dict[str, tuple[str, str]]:
    return {one["name"]: (one["type"], one["role"]) for one in manifest.parameters["columns"]}


def test_columns_become_features_by_what_they_hold(data_paths: DataPaths) -> None:
    store = imported(data_paths, csv_of(patients()))
    assert types(store.manifest) == {
        "age": ("int", "input"),
        "stage": ("label", "input"),
        "smoker": ("binary", "input"),
        "dose": ("float", "input"),
        "diagnosis": ("binary", "output"),
    }
    one_hot = ("stage = stage 0", "stage = stage 1", "stage = stage 2")
    assert store.manifest.features == ("age", *one_hot, "smoker = yes", "dose")
    np.testing.assert_array_equal(store.features([4]), [[44, 0, 1, 0, 1, 1]])
    assert (store.class_of(4), store.names([4]), store.manifest.channels) == ("benign", ["line 6"], 0)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("a;b;y\n1,5;2;n\n0,25;3;j\n", ("utf-8", ";", '"', ",")),
        ("a\tb\ty\n1.5\t2\tn\n", ("utf-8", "\t", '"', ".")),
        ("a|b|y\n1.5|2|n\n", ("utf-8", "|", '"', ".")),
        ("größe,b,y\n1.5,2,n\n".encode("cp1252"), ("cp1252", ",", '"', ".")),
        ("a,b,y\n1.5,2,n\n".encode("utf-16"), ("utf-16", ",", '"', ".")),
        (b"\xef\xbb\xbfa,b,y\n1.5,2,n\n", ("utf-8-sig", ",", '"', ".")),
        ("a,b,y\n'1,5',2,n\n'3,5',2,n\n", ("utf-8", ",", "'", ".")),
        ('a,b,y\n"text, with comma",2,n\n', ("utf-8", ",", '"', ".")),
    ],
)
def test_how_a_table_was_written_is_found_out(tmp_path: Path, content: str | bytes, found: tuple[str, ...]) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    dialect = find_dialect(path, "table.csv")
    assert (dialect.encoding, dialect.delimiter, dialect.quote, dialect.decimal) == found
    assert dialect.has_header


def test_a_table_with_decimal_commas_and_quotes_is_read(data_paths: DataPaths) -> None:
    rows = ["Größe;Befund;diagnosis"] + [f'{n},5;"text; {n % 2}";{"ab"[n % 2]}' for n in range(12)]
    store = imported(data_paths, "\r\n".join(rows).encode("cp1252"))
    assert store.manifest.features == ("Größe", "Befund = text; 1")
    np.testing.assert_array_equal(store.features()[:, 0], np.arange(12) + 0.5)


def test_a_table_without_a_header_has_numbered_columns(data_paths: DataPaths) -> None:
    store = imported(data_paths, csv_of([[n, n * 2, n % 2] for n in range(12)]))
    assert store.manifest.features == ("column_1", "column_2")
    assert len(store) == 12


def test_a_missing_value_becomes_the_mean_of_the_training_lines_and_a_feature_says_so(data_paths: DataPaths) -> None:
    rows = [["age", "y"], *[["NA" if n == 3 else n, "ab"[n % 2]] for n in range(20)], ["5", "?"]]
    store = imported(data_paths, csv_of(rows))
    assert store.manifest.features == ("age", "age is missing")
    train = [n for n in store.indices("train") if n != 3]
    np.testing.assert_allclose(store.features([3, 4]), [[np.mean(train), 1], [4, 0]])
    assert len(store) == 20
    assert any("1 lines without a value to be told" in note for note in store.manifest.notes)


def test_inputs_outputs_and_categories_are_chosen(data_paths: DataPaths) -> None:
    store = imported(data_paths, csv_of(patients()), inputs=("age", "stage"), outputs=("dose",), one_hot=("stage",))
    assert (store.manifest.task, store.manifest.classes) == ("regression", ("dose",))
    assert store.manifest.features[0] == "age"
    assert len(store.manifest.features) == 4
    np.testing.assert_allclose(store.values()[:, 0], np.arange(30) / 4)


def test_several_outputs_of_two_values_are_several_labels(data_paths: DataPaths) -> None:
    store = imported(data_paths, csv_of(patients()), outputs=("smoker", "diagnosis"))
    assert (store.manifest.task, store.manifest.classes) == ("multilabel", ("smoker", "diagnosis"))
    np.testing.assert_array_equal(store.tags([0, 1]), [[1, 0], [0, 1]])


def test_patients_are_groups_and_named_splits_are_kept(data_paths: DataPaths) -> None:
    rows = [["patient_id", "split", "age", "y"]]
    rows += [[f"p{n // 4}", ("train", "val", "test")[n // 12], n, "ab"[n % 2]] for n in range(36)]
    store = imported(data_paths, csv_of(rows))
    assert (store.manifest.grouped_by, store.manifest.groups) == ("patient_id", 9)
    assert [store.manifest.count(split) for split in ("train", "valid", "test")] == [12, 12, 12]  # type: ignore[arg-type]
    assert store.manifest.features == ("age",)


def test_lines_of_one_patient_are_in_one_split(data_paths: DataPaths) -> None:
    rows = [["patient", "age", "y"], *[[f"p{n // 5}", n, "ab"[n % 2]] for n in range(60)]]
    store = imported(data_paths, csv_of(rows))
    assert store.manifest.count("valid") > 0
    for patient in range(12):
        assert len({store.split_of(patient * 5 + line) for line in range(5)}) == 1


def test_a_network_for_images_is_not_made_for_a_table(data_paths: DataPaths) -> None:
    imported(data_paths, csv_of(patients()))
    shape = DatasetLibrary(data_paths).shape("table")
    assert shape is not None
    with pytest.raises(DocumentError, match="is a table without images"):
        generate(shape)


def test_remarks_are_left_out(data_paths: DataPaths) -> None:
    rows = [["remark", "age", "y"], *[[f"seen on day {n}", n, "ab"[n % 2]] for n in range(40)]]
    store = imported(data_paths, csv_of(rows))
    assert store.manifest.features == ("age",)
    assert any("'remark' has 40 different texts" in note for note in store.manifest.notes)


def test_a_packed_table_is_taken(data_paths: DataPaths) -> None:
    assert len(imported(data_paths, gzip.compress(csv_of(patients()).encode()), "table.csv.gz")) == 30


def test_a_network_of_the_table_alone_has_no_errors(data_paths: DataPaths) -> None:
    imported(data_paths, csv_of(patients()))
    shape = DatasetLibrary(data_paths).shape
    assert check(template("mlp", "table", shape), shape).runnable


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("a,b,a\n1,2,3\n4,5,6\n", "has two columns 'a'"),
        ("a,,y\n1,2,3\n4,5,6\n", "has no name for its column 2"),
        (csv_of([*patients(), patients()[0]]), "has its header again in line 32"),
        (csv_of([*patients(), [1, 2]]), "has 2 cells in line 32, but there are 5 columns"),
        (csv_of(patients(2)), "has 2 lines"),
        ("a,y\n1,n\n2,n\n3,n\n4,n\n", "has 1 different values"),
        ('a,y\n1,n\n2,"n\n3,n\n', "unexpected end of data"),
        (csv_of([["a", "y"], *[[n, f"text {n}"] for n in range(200)]]), "has 200 different values"),
        (csv_of([["y"], ["a"], ["b"]]), "in no format"),
    ],
)
def test_a_bad_table_is_refused_with_its_line_or_column(data_paths: DataPaths, content: str, problem: str) -> None:
    with pytest.raises(ArchiveError) as caught:
        imported(data_paths, content)
    assert problem in caught.value.message
    assert list(data_paths.datasets.iterdir()) == []


def test_a_column_that_is_not_there_cannot_be_chosen(data_paths: DataPaths) -> None:
    with pytest.raises(ArchiveError, match="no column 'size'"):
        imported(data_paths, csv_of(patients()), outputs=("size",))


def test_columns_of_what_is_no_table_cannot_be_chosen(tmp_path: Path, data_paths: DataPaths) -> None:
    np.savez(tmp_path / "x.npz", x_train=[0], y_train=[0], x_test=[0], y_test=[0])
    with pytest.raises(InvalidInputError, match="is no table"):
        imported(data_paths, (tmp_path / "x.npz").read_bytes(), "x.npz", inputs=("age",))


def test_more_numbers_than_fit_are_refused_before_they_are_read(
    data_paths: DataPaths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "MOST_VALUES", 100)
    with pytest.raises(TooLargeError, match="30 lines that become 6 features"):
        imported(data_paths, csv_of(patients()))


@given(content=st.one_of(st.binary(max_size=200), st.text("a1,;.\t\n\"'-", max_size=120).map(str.encode)))
@settings(max_examples=60)
def test_any_bytes_are_a_table_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    paths = DataPaths(folder / "data")
    paths.ensure()
    try:
        imported(paths, content)
    except PathoLearnError:
        assert list(paths.datasets.iterdir()) == []
    assert [file.name for file in folder.iterdir()] == ["data"]
