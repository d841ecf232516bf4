"""``patholearn schema export``: the types and the catalogue that the labextension shares with Python."""

from __future__ import annotations

import sys
from pathlib import Path

from patholearn_lab.errors import NotFoundError
from patholearn_lab.paths import write_atomically

GENERATED = Path("labextension") / "src" / "generated"
DOCUMENT_SCHEMA = Path("docs") / "reference" / "architecture.schema.json"


def export_schema(*, check: bool, project: Path | None = None) -> int:
    """Write the generated files below ``labextension/src/generated`` and the schema in the reference, or only compare.

    Parameters
    ----------
    check
        Write nothing, and return 1 where a file is missing, out of date, or not generated any more.
    project
        The project's folder; the one that this package lies in where None.
    """
    from patholearn_lab.codegen.typescript import generated_files
    from patholearn_lab.graph.json_schema import document_schema_text

    root = project or Path(__file__).parents[2]
    folder, reference = root / GENERATED, root / DOCUMENT_SCHEMA
    if not folder.parent.is_dir():
        raise NotFoundError(
            f"There is no folder {str(folder.parent)!r}.",
            "Run this in a checkout of the project, installed as editable.",
        )
    wanted = generated_files()
    present = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*")} if folder.is_dir() else {}
    stale = sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))
    schema = document_schema_text()
    has_schema = not reference.parent.is_dir() or (
        reference.is_file() and reference.read_text(encoding="utf-8") == schema
    )
    if check:
        for path in [*(GENERATED / name for name in stale), *([] if has_schema else [DOCUMENT_SCHEMA])]:
            print(f"{path} is out of date: run 'patholearn schema export'.", file=sys.stderr)
        return 1 if stale or not has_schema else 0
    if not has_schema:
        write_atomically(reference, schema)
    folder.mkdir(exist_ok=True)
    for name in stale:
        if name in wanted:
            write_atomically(folder / name, wanted[name])
        else:
            (folder / name).unlink()
    print(f"{len(wanted)} files, {len(stale)} changed.")
    return 0
