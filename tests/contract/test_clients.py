"""What every client promises; the one in this process and the one over a real server inherit the class."""

from __future__ import annotations

import io
import math
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from support.archives import sound, sound_files, zip_of
from support.asking import ensure_asks_about_whole_sets
from support.curation import CurationContract
from support.jupyter_server import JupyterServer
from support.models import EVERY_OUTPUT, publish_every_task, publish_of_table
from support.versions import VersionsContract

from patholearn_lab.client.http import HttpClient
from patholearn_lab.client.interface import Client
from patholearn_lab.client.local import LocalClient
from patholearn_lab.errors import (
    ArchiveError,
    CodeError,
    ConflictError,
    DatasetError,
    DatasetNotFoundError,
    DocumentError,
    ImageError,
    InvalidInputError,
    JobNotFoundError,
    JobSpecError,
    ModelNotFoundError,
    NotFoundError,
    SampleNotFoundError,
    TemplateNotFoundError,
    TooLargeError,
)
from patholearn_lab.graph.document import document_to_dict
from patholearn_lab.graph.operations import SetParams, apply
from patholearn_lab.paths import DataPaths
from patholearn_lab.services import Services, Settings
from patholearn_lab.services.events import Event
from patholearn_lab.serving.answers import ClassAnswer, MaskAnswer


class ClientContract(CurationContract, VersionsContract):
    """Tests against the fixture `client`, which each implementation gives; it is shared by the class' tests."""

    @pytest.fixture(scope="class")
    @classmethod
    def folder(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """What holds the data folder of the client's services."""
        return tmp_path_factory.mktemp("client")

    @pytest.fixture(scope="class")
    @classmethod
    def tissue(cls, client: Client, tmp_path_factory: pytest.TempPathFactory) -> str:
        """A small data set of two classes, imported through the client."""
        archive = tmp_path_factory.mktemp("archives") / "tissue.zip"
        archive.write_bytes(sound())
        return client.datasets.upload(archive, "tissue", "Tissue").id

    def test_the_status_has_versions_and_limits(self, client: Client) -> None:
        status = client.status()
        assert {"python", "torch"} <= status.versions.keys()
        assert status.limits.max_upload_mb > 0

    def test_an_imported_set_is_listed_and_found(self, client: Client, tissue: str) -> None:
        assert tissue in [manifest.id for manifest in client.datasets.list()]
        manifest = client.datasets.get(tissue)
        assert (manifest.name, manifest.classes, manifest.total) == ("Tissue", ("normal", "tumor"), 24)
        assert client.datasets.ensure(tissue) == manifest

    def test_public_sets_are_listed_with_size_and_licence_and_only_downloaded_on_request(
        self, client: Client, tissue: str
    ) -> None:
        path = next(one for one in client.datasets.public() if one.id == "pathmnist")
        assert (path.licence, path.bytes, path.files[0].url[:19]) == ("CC BY 4.0", 205_615_438, "https://zenodo.org/")
        with pytest.raises(DatasetNotFoundError, match="no public data set 'nomnist'"):
            client.datasets.download("nomnist")
        with pytest.raises(ConflictError, match=tissue):
            client.datasets.download("pathmnist", tissue)
        assert client.jobs.list("download") == []

    def test_a_stored_set_is_whole_and_has_a_card_for_catalogs(self, client: Client, tissue: str) -> None:
        found = client.datasets.check(tissue)
        assert found.whole
        assert found.arrays[0] == "images"
        assert client.datasets.croissant(tissue)["name"] == "Tissue"

    def test_a_taken_id_is_a_conflict(self, client: Client, tissue: str, tmp_path: Path) -> None:
        archive = tmp_path / "tissue.zip"
        archive.write_bytes(sound())
        with pytest.raises(ConflictError, match="tissue"):
            client.datasets.upload(archive, tissue)

    def test_a_bad_archive_is_refused_by_name(self, client: Client, tmp_path: Path) -> None:
        archive = tmp_path / "mine.zip"
        archive.write_bytes(zip_of({**sound_files(), "normal/x.png": b"no picture"}))
        with pytest.raises(ArchiveError, match=r"x\.png"):
            client.datasets.upload(archive, "bad")
        archive.write_bytes(b"no zip")
        with pytest.raises(ArchiveError, match=r"mine\.zip"):
            client.datasets.upload(archive, "bad")

    def test_built_in_sets_have_cards(self, client: Client) -> None:
        cards = {card.id: card for card in client.datasets.builtins()}
        assert {"digits", "he_tissue", "ihc_colon"} <= cards.keys()
        assert any(parameter.name == "seed" for parameter in cards["he_tissue"].parameters)

    def test_a_built_in_set_is_made_with_parameters_and_deleted(self, client: Client) -> None:
        images = next(card for card in client.datasets.builtins() if card.id == "he_tissue").parameters[0]
        made = client.datasets.create_builtin("he_tissue", "small", **{images.name: images.minimum})
        assert client.datasets.get("small") == made
        assert client.datasets.mask("small", 0).startswith(b"\x89PNG")
        client.datasets.delete("small")
        with pytest.raises(DatasetNotFoundError):
            client.datasets.get("small")

    def test_a_wrong_parameter_is_refused(self, client: Client) -> None:
        with pytest.raises(InvalidInputError):
            client.datasets.create_builtin("he_tissue", "small", no_such_parameter=1)

    def test_a_sample_has_the_row_of_its_table(self, client: Client) -> None:
        made = client.datasets.create_builtin("he_patients", "some-patients", samples=60)
        assert made.features[:2] == ("age_years", "sex_female")
        page = client.datasets.samples("some-patients", limit=3)
        assert all(18 <= sample.features[0] <= 95 for sample in page.samples)
        assert all(len(repr(sample.features[3])) <= 5 for sample in page.samples)
        client.datasets.delete("some-patients")

    def test_samples_come_in_pages_that_cover_everything_once(self, client: Client, tissue: str) -> None:
        indices: list[int] = []
        after: int | None = 0
        while after is not None:
            page = client.datasets.samples(tissue, class_name="tumor", after=after, limit=5)
            assert {sample.class_name for sample in page.samples} == {"tumor"}
            indices += [sample.index for sample in page.samples]
            after = page.next
        assert len(indices) == len(set(indices)) == page.total == 12

    def test_an_unknown_class_is_refused(self, client: Client, tissue: str) -> None:
        with pytest.raises((DatasetError, InvalidInputError), match="stroma"):
            client.datasets.samples(tissue, class_name="stroma")

    def test_an_image_is_a_png_of_the_sets_size(self, client: Client, tissue: str) -> None:
        with Image.open(io.BytesIO(client.datasets.image(tissue, 0))) as picture:
            assert (picture.format, picture.size, picture.mode) == ("PNG", (16, 16), "RGB")

    def test_an_exported_set_can_be_uploaded_again(self, client: Client, tissue: str, tmp_path: Path) -> None:
        client.datasets.export(tissue, tmp_path / "tissue.zip")
        again = client.datasets.upload(tmp_path / "tissue.zip", "again")
        assert again.content_hash == client.datasets.get(tissue).content_hash
        client.datasets.delete("again")
        with pytest.raises(InvalidInputError, match="no format 'tiff'"):
            client.datasets.export(tissue, tmp_path / "tissue.tiff", format="tiff")
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith("tissue")] == ["tissue.zip"]

    def test_a_sample_that_is_not_there_is_not_found(self, client: Client, tissue: str) -> None:
        with pytest.raises(SampleNotFoundError):
            client.datasets.image(tissue, 24)
        with pytest.raises(SampleNotFoundError):
            client.datasets.image(tissue, -1)

    def test_a_set_without_masks_says_so(self, client: Client, tissue: str) -> None:
        with pytest.raises(DatasetError, match="masks"):
            client.datasets.mask(tissue, 0)

    def test_a_template_is_fitted_checked_and_becomes_a_cell(self, client: Client) -> None:
        assert "lenet5" in [card.name for card in client.architectures.templates()]
        document = client.architectures.template("lenet5", "digits")
        result = client.architectures.check(document)
        assert result.runnable
        assert result.totals.parameters > 0
        cell = client.architectures.emit(document)
        compile(cell.code, "cell", "exec")
        assert cell.class_name in cell.code
        assert "conv2d" in client.architectures.catalog()["kinds"]

    def test_an_edited_cell_goes_back_and_a_change_of_the_graph_goes_into_it(self, client: Client) -> None:
        document = client.architectures.template("small_cnn", "digits")
        code = client.architectures.emit(document).code
        mine = code.replace("EPOCHS = ", "# mine\nEPOCHS = 1", 1).replace("nn.Dropout(", "nn.Dropout(0.2 + ", 1)
        read = client.architectures.read(mine, document)
        assert {operation.op for operation in read.operations} == {"setParams"}
        assert read.complete
        assert apply(document, read.operations) == read.document
        changed = apply(read.document, [SetParams(id="output", params={"batch_size": 7})])
        merged = client.architectures.merge(mine, document_to_dict(read.document), changed)
        assert merged.conflicts == ()
        assert merged.code == re.sub(r"BATCH_SIZE = \d+", "BATCH_SIZE = 7", mine)
        with pytest.raises(TooLargeError):
            client.architectures.read("#" * 200_001, document)
        with pytest.raises(CodeError):
            client.architectures.merge(mine + "(", read.document, changed)

    def test_a_graph_takes_other_forms_of_code(self, client: Client) -> None:
        document = client.architectures.template("small_cnn", "digits")
        assert "nn.Sequential(" in client.architectures.emit(document, form="sequential").code
        assert "argparse" in client.architectures.emit(document, form="script").code
        with pytest.raises(InvalidInputError, match="no form 'poem'"):
            client.architectures.emit(document, form="poem")  # type: ignore[arg-type]

    def test_whole_networks_are_found_by_parts_of_their_names(self, client: Client) -> None:
        found = client.architectures.networks("timm", "ResNet 50", pretrained=True, limit=3)
        assert found[0].name == "resnet50"
        assert found[0].parameters == 23_508_032
        assert len(found) == 3
        assert all(card.weights for card in found)
        assert not any(card.weights for card in client.architectures.networks("timm", "vit", pretrained=False))
        assert [card.name for card in client.architectures.networks("torchvision", "resnet-18")] == ["resnet18"]
        assert client.architectures.networks("smp", "unet resnet34")[0].name == "Unet/resnet34"
        with pytest.raises(NotFoundError, match="keras"):
            client.architectures.networks("keras")  # type: ignore[arg-type]
        with pytest.raises(InvalidInputError, match="limit is 0"):
            client.architectures.networks("timm", limit=0)

    def test_a_whole_network_is_generated_with_its_reasons(self, client: Client) -> None:
        small = client.architectures.generate("digits", "small")
        large = client.architectures.generate("digits", "large", prefer="exact")
        assert client.architectures.check(small.document).issues == ()
        sizes = [client.architectures.check(made.document).totals.parameters for made in (small, large)]
        assert sizes[0] < sizes[1]
        assert "10 classes" in small.reasons[0]
        masks = client.architectures.generate("he_tissue", "small", task="segmentation")
        assert masks.document.nodes["output"].kind == "segmentation_output"
        with pytest.raises(DocumentError, match="one class per pixel"):
            client.architectures.generate("digits", task="segmentation")
        with pytest.raises(InvalidInputError, match="'huge'"):
            client.architectures.generate("digits", "huge")  # type: ignore[arg-type]
        with pytest.raises(DatasetNotFoundError, match="no_such"):
            client.architectures.generate("no_such")

    def test_a_document_may_be_given_as_the_dictionary_of_its_file(self, client: Client) -> None:
        empty = {"schemaVersion": 1, "nodes": {}, "edges": {}, "groups": {}, "meta": {"id": "g1", "name": ""}}
        assert not client.architectures.check(empty).runnable
        with pytest.raises(CodeError):
            client.architectures.emit(empty)
        with pytest.raises(DocumentError):
            client.architectures.check({"nodes": 7})

    def test_what_is_not_there_is_not_found(self, client: Client) -> None:
        with pytest.raises(TemplateNotFoundError, match="no_such"):
            client.architectures.template("no_such")
        with pytest.raises(DatasetNotFoundError, match="no_such"):
            client.architectures.template("lenet5", "no_such")
        with pytest.raises(DatasetNotFoundError, match="no_such"):
            client.datasets.ensure("no_such")
        with pytest.raises(JobNotFoundError, match="no_such"):
            client.jobs.get("no_such")
        with pytest.raises(JobNotFoundError, match="no_such"):
            client.jobs.record("no_such")
        with pytest.raises(JobNotFoundError, match="no_such"):
            client.jobs.compare(["no_such"])
        with pytest.raises(InvalidInputError, match="0 runs"):
            client.jobs.compare([])
        with pytest.raises(JobNotFoundError, match="no_such"):
            client.jobs.diagnosis("no_such")
        with pytest.raises(JobNotFoundError, match="no_such"):
            client.jobs.log("no_such", search="a", level="warning")
        with pytest.raises(JobNotFoundError, match="no_such"):
            client.jobs.log_text("no_such", regex="a")
        with pytest.raises(InvalidInputError, match="level"):
            client.jobs.log_text("no_such", level="loud")
        with pytest.raises(JobNotFoundError, match="no_such"):
            client.jobs.copy("no_such", {"epochs": 2}, "best")
        with pytest.raises(JobNotFoundError, match="no_such"):
            client.jobs.reproduce("no_such", anyway=True)
        with pytest.raises(ModelNotFoundError, match="no_such"):
            client.models.get("no_such")
        with pytest.raises(ModelNotFoundError, match="no_such"):
            client.models.predict("no_such", client.datasets.builtins()[0].id.encode())
        with pytest.raises(ModelNotFoundError):
            client.models.delete("no_such", 1)

    def test_an_unknown_kind_of_job_is_refused(self, client: Client) -> None:
        with pytest.raises(JobSpecError, match="knitting"):
            client.jobs.submit("knitting", {})

    def test_there_are_no_jobs_and_no_models_yet(self, client: Client) -> None:
        assert client.jobs.list(labels={"graph": "g1"}) == []
        assert client.models.list() == []

    def test_a_model_answers_in_the_way_of_each_of_its_outputs(self, client: Client, folder: Path, tissue: str) -> None:
        publish_every_task(DataPaths(folder / "data"), folder, tissue, 16)
        assert client.models.get("every-task").outputs == EVERY_OUTPUT
        result = client.models.predict_sample("every-task", index=0)
        assert [answer.task for answer in result.answers] == [output.task for output in EVERY_OUTPUT]
        review = client.datasets.review(tissue, "every-task", limit=5)
        assert (review.judged, review.model_version, len(review.doubts)) == (24, 1, 5)
        with pytest.raises(ModelNotFoundError):
            client.datasets.review(tissue, "nobody")
        assert result.predicted in result.classes
        assert result.sample is not None
        [diagnosis, nuclei, *_] = result.answers
        assert isinstance(diagnosis, ClassAnswer)
        assert isinstance(nuclei, MaskAnswer)
        assert diagnosis.truth == result.sample.class_name
        assert nuclei.pixels.shape == (16, 16)
        own = client.models.predict("every-task", client.datasets.image(tissue, 0))
        assert own.answers[0] == diagnosis.model_copy(update={"truth": None})
        ensure_asks_about_whole_sets(client, "every-task", tissue, folder)
        client.models.delete("every-task", 1)

    def test_a_model_of_a_table_takes_a_row_with_a_picture_or_without(
        self, client: Client, folder: Path, tissue: str
    ) -> None:
        paths = DataPaths(folder / "data")
        publish_of_table(paths, folder, tissue, 16, ["age", "marker"], ["images", "features"])
        publish_of_table(paths, folder, tissue, 16, ["age", "marker"], ["features"])
        picture, row = client.datasets.image(tissue, 0), {"age": 13.0, "marker": 10.0}
        both = client.models.predict("of-table", picture, 1, row)
        alone = client.models.predict("of-table", None, 2, row)
        assert both.answers == alone.answers
        assert both.probabilities == pytest.approx([1 / (1 + math.exp(3)), 1 / (1 + math.exp(-3))])
        assert both.features == row
        assert alone.image is None
        sample = client.models.predict_sample("of-table", index=0, features={**row, "age": 4.0})
        assert sample.predicted == "normal"
        with pytest.raises(InvalidInputError, match="missing: marker"):
            client.models.predict_sample("of-table", index=0, features={"age": 4.0})
        with pytest.raises(InvalidInputError, match="no feature 'weight'"):
            client.models.predict("of-table", picture, features={**row, "weight": 70})
        with pytest.raises(ImageError, match="needs a picture"):
            client.models.predict("of-table", None, 1, row)
        for version in (1, 2):
            client.models.delete("of-table", version)

    def test_events_arrive_in_another_thread_and_end_on_request(self, client: Client, tmp_path: Path) -> None:
        archive = tmp_path / "news.zip"
        archive.write_bytes(sound())
        seen: list[tuple[Event, str]] = []
        arrived = threading.Event()

        def look(event: Event) -> None:
            seen.append((event, threading.current_thread().name))
            if event.data["deleted"]:
                arrived.set()

        end = client.events.subscribe(look, ["datasets"])
        client.datasets.upload(archive, "news")
        client.datasets.delete("news")
        assert arrived.wait(20)
        assert [event.data["id"] for event, _ in seen] == ["news", "news"]
        assert {name for _, name in seen} == {"patholearn-events"}
        end()
        end()


class TestLocalClient(ClientContract):
    """The work is done in this process."""

    @pytest.fixture(scope="class")
    @classmethod
    def client(cls, folder: Path) -> Iterator[Client]:
        services = Services(Settings(folder / "data"))
        services.start()
        with LocalClient(services, owns_services=True) as client:
            yield client


@pytest.mark.server
class TestHttpClient(ClientContract):
    """The work is done by the extension of a real Jupyter server."""

    @pytest.fixture(scope="class")
    @classmethod
    def client(cls, folder: Path) -> Iterator[Client]:
        with (
            JupyterServer.started(folder / "work", folder / "data") as server,
            HttpClient(server.url, server.token) as client,
        ):
            yield client

    @pytest.mark.parametrize(
        "body",
        [
            b"7",
            b"{",
            b'{"image": "a"}',
            b'{"image": null, "features": {"age": "old"}}',
            b'{"image": null, "features": {"age": NaN}}',
            b'{"index": -1}',
        ],
    )
    def test_a_question_of_another_form_is_refused_and_no_failure(self, client: HttpClient, body: bytes) -> None:
        with pytest.raises(InvalidInputError):
            client._wire.request(
                "POST", "models/any/predictions", content=body, headers={"Content-Type": "application/json"}
            )
