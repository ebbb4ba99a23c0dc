"""The words in which a dataset is declared: columns, formats, sources.

A dataset's adapter is one file of this package that binds a `Dataset` to the name DATASET.
"""

import fnmatch
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

import pandas as pd

from ecnet.files import plain_name

Kind = Literal["number", "category", "port", "time", "text"]


@dataclass(frozen=True)
class Column:
    """One column of a format.

    name: our name for it. native: the name in the file's header, if it differs.
    kind: `number` (float64; becomes a feature of the numerical branch),
        `category` (string; becomes a feature of the categorical branch),
        `port` (nullable Int32; a shortcut itself, but the kind of port becomes a feature of the
        categorical branch), `time` (seconds since the epoch, UTC, float64) and `text` (string).
    shortcut: it tells classes apart by how the testbed was set up, not by what the traffic is:
        kept in the sample for the audit, no feature unless params.yaml says so. Ports, times and
        texts always are.
    optional: a file may lack it.
    format: of a time that is no number: as `strptime` has it, taken as UTC.
    hexadecimal: of a category: how many digits a value has that is written in hexadecimal, as
        tshark writes it since version 3; 0: such a value means the same as one in decimal.
    """

    name: str
    kind: Kind = "number"
    native: str = ""
    shortcut: bool = False
    optional: bool = False
    format: str = ""
    hexadecimal: int = 0

    @property
    def header(self) -> str:
        """The column's name in the file."""
        return self.native or self.name

    @property
    def feature(self) -> bool:
        """Whether the column is a feature by default."""
        return self.kind in ("number", "category") and not self.shortcut


@dataclass(frozen=True)
class Source:
    """A native file, or several of one kind, that a format is read from.

    pattern: file name with shell wildcards, without the suffix of a compression.
    also: further patterns of the name.
    several: each name that fits is a file of its own; else all are names of one file, and no two
        files of different contents may have them.
    unpacked: where the file lies in an official archive as unpacked, if it has another name there:
        the last parts of its path; it is then read under the name `pattern`.
    holds: the patterns of those sources whose records this one holds too: they are not read where
        it is there.
    url: official address; `{stem}` is replaced by an item of `stems`. Empty: a login is needed.
    stems: names of all files behind a pattern, where they are known.
    bytes, sha256, records: of the official file, where known; the last is a fact to assert.
    label: the class of every record of the file, where the file is the class.
    subset: the subset that an official split puts the file on.
    """

    pattern: str
    also: tuple[str, ...] = ()
    several: bool = False
    unpacked: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    url: str = ""
    stems: tuple[str, ...] = ()
    bytes: int | None = None
    sha256: str = ""
    records: int | None = None
    label: str = ""
    subset: Literal["", "train", "test"] = ""
    companion: bool = False
    """Read beside the records (labelling rules, say), not for records of its own."""

    def names(self, file: str) -> bool:
        """Tell whether a file, packed or not, has a name of this source."""
        plain = plain_name(file)
        return any(fnmatch.fnmatchcase(plain, pattern) for pattern in (self.pattern, *self.also))

    def native_name(self, path: str) -> str:
        """Return the name under which the file at a path is read; empty if it is no source."""
        place = PurePosixPath(path)
        if self.names(place.name):
            return place.name
        plain = place.with_name(plain_name(place.name))
        if any(plain.match(tail) for tail in self.unpacked):
            return self.pattern + place.name.removeprefix(plain.name)
        return ""


Labels = Callable[[pd.DataFrame, Source], "pd.Series[str]"]
"""From the raw label columns (strings, by header name) of a batch to class names.

Gives a missing value where the file's label is unknown: the reader then stops and names it.
"""


@dataclass(frozen=True)
class Shared:
    """How a format of flows gives what the flows of all datasets share.

    flows: from typed records (n rows) to the columns of IoT-DS2 (n rows, in the same order).
    classes: each class of the format -> the class of IoT-DS2 that it belongs to.
    """

    flows: Callable[[pd.DataFrame], pd.DataFrame]
    classes: Mapping[str, str]


@dataclass(frozen=True)
class Format:
    """One shape in which a dataset is published; each has features of its own.

    reader: `delimited` (CSV, TSV; with or without header), `zeek`, `packets` (pcap by tshark);
        `union`, where no file is read, since the records are those of other datasets.
    labels: the raw columns that `classify` needs, by header name.
    classes: all class names, the normal one first, in the order in which tables show them.
    partial: any of the sources is enough, as each is a capture of its own.
    headerless: files may come without a header line; the columns then are `columns`, then
        `labels`, in the order of `layout`.
    layout: the header names of a headerless file, in order.
    host: the column that holds the source host, for `sequence: flows`; empty where none does.
    time: the column that holds the time; empty where none does.
    shared: how it becomes a part of IoT-DS2; None where it does not.
    """

    name: str
    title: str
    reader: Literal["delimited", "zeek", "packets", "union"]
    sources: tuple[Source, ...]
    columns: tuple[Column, ...]
    labels: tuple[str, ...]
    classify: Labels
    classes: tuple[str, ...]
    layout: tuple[str, ...] = ()
    partial: bool = False
    headerless: bool = False
    host: str = ""
    time: str = ""
    paper_counts: tuple["PaperCount", ...] = ()
    shared: Shared | None = None

    def source(self, file: str) -> Source:
        """Return the source that a file name belongs to (LookupError if there is none)."""
        for source in self.sources:
            if source.names(file):
                return source
        raise LookupError(f"{file} belongs to no source of the format {self.name}")

    def features(
        self,
        present: Collection[str],
        keep: Collection[str] = (),
        drop: Collection[str] = (),
    ) -> tuple[list[str], list[str]]:
        """Return the names of the numerical and of the categorical features.

        present: the columns that the sample holds. keep: shortcuts to use as features.
        drop: features to leave out; the kind of a port is named `<port>_kind`.
        """
        numerical: list[str] = []
        categorical: list[str] = []
        for column in self.columns:
            if column.name not in present:
                continue
            if column.kind == "port" and f"{column.name}_kind" not in drop:
                categorical.append(f"{column.name}_kind")
            if (column.feature or column.name in keep) and column.name not in drop:
                numeric = column.kind in ("number", "port", "time")
                (numerical if numeric else categorical).append(column.name)
        return numerical, categorical


@dataclass(frozen=True)
class PaperCount:
    """One row of the paper's Tables I-V; `label` is our class, empty where the data has none."""

    paper: str
    count: int
    label: str = ""


@dataclass(frozen=True)
class Issue:
    """What the literature says is wrong with a dataset, and where it says so."""

    text: str
    citation: str


@dataclass(frozen=True)
class Dataset:
    """A dataset: what a person must know, and the formats in which it is published."""

    name: str
    title: str
    page: str
    size: str
    licence: str
    citation: str
    normal: str
    formats: tuple[Format, ...]
    paper_table: str = ""
    steps: tuple[str, ...] = field(default=())
    """What a person does to get the files, where a login is needed; one line each."""
    known_issues: tuple[Issue, ...] = ()

    @property
    def union(self) -> bool:
        """Whether it is made of the records of other datasets, and so has no source."""
        return any(format.reader == "union" for format in self.formats)

    @property
    def unknown_labels(self) -> list[str]:
        """The labels of the paper's table that no format of the dataset has."""
        known = {cls for format in self.formats for cls in format.classes}
        known |= {row.paper for format in self.formats for row in format.paper_counts if row.label}
        rows = self.formats[0].paper_counts
        return [row.paper for row in rows if row.paper not in known]

    def format(self, name: str) -> Format:
        """Return the format `name` (LookupError if there is none)."""
        for format in self.formats:
            if format.name == name:
                return format
        known = ", ".join(format.name for format in self.formats)
        raise LookupError(f"{self.name} has no format {name}; it has {known}")
