"""Reading a CSV line by line, and finding out how it was written: encoding, delimiter, quotes, decimal comma.

A file is never held in memory: it is gone over twice, once to know its columns and once to take its values.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from patholearn_lab.datasets.importers.metadata import LONGEST_NAME, MOST_FEATURES
from patholearn_lab.errors import ArchiveError

LONGEST_CELL = 10_000
_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 64 * 2**10
_SAMPLE_LINES = 50
_PART = 2**20
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")  # what no text has: the file is something else
_NUMBER = re.compile(r"[-+]?(\d+([.,]\d*)?|[.,]\d+)([eE][-+]?\d+)?")
_COMMA = re.compile(r"[-+]?\d*,\d+([eE][-+]?\d+)?")
_POINT = re.compile(r"[-+]?\d*\.\d+([eE][-+]?\d+)?")


@dataclass(frozen=True)
class Dialect:
    """How a CSV is written.

    Parameters
    ----------
    encoding
        As Python calls it.
    delimiter, quote
        Between cells, and around cells that hold a delimiter.
    decimal
        ``.`` or ``,``.
    has_header
        Whether its first line names the columns.
    """

    encoding: str
    delimiter: str
    quote: str
    decimal: str
    has_header: bool


def looks_delimited(path: Path) -> bool:
    """Return whether a file begins as lines of text with the same number of cells, at least two."""
    try:
        lines = _first_lines(path, _encoding_of(path, whole=False))
    except (OSError, UnicodeError):
        return False
    return len(lines) > 1 and not any(map(_CONTROL.search, lines)) and _delimiter_of(lines, '"') is not None


def find_dialect(path: Path, name: str) -> Dialect:
    """Return how the file is written.

    Raises
    ------
    ArchiveError
        When it is no table of text.
    """
    encoding = _encoding_of(path, whole=True)
    lines = _first_lines(path, encoding)
    quote = "'" if _quoted_by("'", lines) > _quoted_by('"', lines) else '"'
    delimiter = _delimiter_of(lines, quote)
    if delimiter is None:
        raise ArchiveError(
            f"The lines of {name!r} have no cells that could be told apart.",
            "Save it as CSV: one line a sample, cells between commas, semicolons or tabs, as many in each line.",
            file=name,
        )
    rows = list(csv.reader(lines, delimiter=delimiter, quotechar=quote))
    cells = [cell.strip() for row in rows[1:] for cell in row]
    commas, points = (sum(bool(form.fullmatch(cell)) for cell in cells) for form in (_COMMA, _POINT))
    decimal = "," if delimiter != "," and commas > points else "."
    has_header = not any(_NUMBER.fullmatch(cell.strip()) for cell in rows[0])
    return Dialect(encoding, delimiter, quote, decimal, has_header)


class DelimitedFile:
    """A CSV whose dialect is known.

    Attributes
    ----------
    columns
        The names of its columns: those of its header, or column_1, column_2, ….

    Raises
    ------
    ArchiveError
        When the header is not as it must be.
    """

    def __init__(self, path: Path, dialect: Dialect, name: str) -> None:
        self._path, self._name = path, name
        self.dialect = dialect
        first = next(self._lines(), (1, []))[1]
        self._header = first if dialect.has_header else []
        self.columns = first if dialect.has_header else [f"column_{number + 1}" for number in range(len(first))]
        self._ensure_columns()

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the lines below the header with their numbers (from 1), cells stripped; empty lines are passed over.

        Raises
        ------
        ArchiveError
            When a line has more or fewer cells than there are columns, or is the header again.
        """
        lines = self._lines()
        if self.dialect.has_header:
            next(lines)
        width = len(self.columns)
        for number, cells in lines:
            if len(cells) != width:
                raise self._refuse(
                    f"has {len(cells)} cells in line {number}, but there are {width} columns",
                    "Give each line one cell for each column; put texts that hold a delimiter in quotation marks.",
                )
            if cells == self._header:
                raise self._refuse(
                    f"has its header again in line {number}", "Two tables were joined: leave the second header out."
                )
            yield number, cells

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        dialect = self.dialect
        try:
            with self._path.open(encoding=dialect.encoding, newline="") as file:
                reader = csv.reader(file, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)
                for cells in reader:
                    if any(cell.strip() for cell in cells):
                        yield reader.line_num, [cell.strip() for cell in cells]
        except (UnicodeError, csv.Error) as error:
            raise self._refuse(f"cannot be read: {error}", "Save it as CSV, encoded as UTF-8.") from error

    def _ensure_columns(self) -> None:
        columns = self.columns
        twice = next((column for column, count in Counter(columns).items() if count > 1), None)
        longest = max(columns, key=len, default="")
        if "" in columns:
            raise self._refuse(f"has no name for its column {columns.index('') + 1}", "Name all columns in line 1.")
        if twice is not None:
            raise self._refuse(f"has two columns {twice!r}", "Give each column a name of its own.")
        if len(longest) > LONGEST_NAME:
            raise self._refuse(f"has a column whose name is {len(longest)} characters long", "Use short names.")
        if len(columns) > MOST_FEATURES + 10:
            raise self._refuse(f"has {len(columns):,} columns", f"At most {MOST_FEATURES:,} features are taken.")

    def _refuse(self, problem: str, hint: str) -> ArchiveError:
        return ArchiveError(f"The table {self._name!r} {problem}.", hint, file=self._name)


def _encoding_of(path: Path, *, whole: bool) -> str:
    """Return the encoding: as a mark says, UTF-8 where all (or the beginning) is UTF-8, else Windows' Latin letters."""
    with path.open("rb") as file:
        part = file.read(_SAMPLE)
        for mark, encoding in _MARKS.items():
            if part.startswith(mark):
                return encoding
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while part:
                decoder.decode(part)
                part = file.read(_PART) if whole else b""
            decoder.decode(b"", final=whole)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def _first_lines(path: Path, encoding: str) -> list[str]:
    """Return the first lines that are whole."""
    with path.open("rb") as file:
        data = file.read(_SAMPLE)
        ended = not file.read(1)
    text = data.decode(encoding, "strict" if ended else "ignore")
    lines = text.splitlines(keepends=True)
    return lines[:_SAMPLE_LINES] if ended or len(lines) > _SAMPLE_LINES else lines[:-1]


def _quoted_by(quote: str, lines: list[str]) -> int:
    mark = re.escape(quote)
    return sum(len(re.findall(rf"(?:^|[,;\t|]){mark}[^{mark}]*{mark}(?=[,;\t|\r\n]|$)", line)) for line in lines)


def _delimiter_of(lines: list[str], quote: str) -> str | None:
    """Return what parts every line into as many cells, the most of them; None where nothing does."""
    best, most = None, 1
    for delimiter in _DELIMITERS:
        try:
            rows = [row for row in csv.reader(lines, delimiter=delimiter, quotechar=quote) if any(row)]
        except csv.Error:
            continue
        widths = Counter(map(len, rows))
        if not widths:
            continue
        width, count = widths.most_common(1)[0]
        # A line that is broken is named later; here most of them have to agree.
        if width > most and count >= 0.8 * len(rows):
            best, most = delimiter, width
    return best
