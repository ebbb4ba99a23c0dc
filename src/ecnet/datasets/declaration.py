"""The classes with which a dataset is declared: columns, formats, sources.

The adapter of a dataset is one module of this package that defines a `Dataset` as DATASET.
"""

import fnmatch
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal, TypeAlias

from ecnet.files import plain_name

if TYPE_CHECKING:  # most steps read no dataset, and pandas takes long to import
    import pandas as pd

Kind = Literal["number", "category", "port", "time", "text", "bag"]
Caveat = Literal["", "flawed", "neighbours"]
View = Literal["", "raw", "ip", "masked", "payload"]

VIEW_BYTES = 256
"""The bytes of a view of a packet, zeros behind the last one."""


@dataclass(frozen=True)
class Column:
    """One column of a format.

    name: our name. native: the name in the header of the file, if it is different; of JSON lines,
        several names mean their values, joined by blanks.
    kind: `number` (float64; becomes a feature of the numerical branch),
        `category` (string; becomes a feature of the categorical branch),
        `port` (nullable Int32; a shortcut itself, but the kind of port becomes a feature of the
        categorical branch), `time` (seconds since the epoch, UTC, float64), `text` (string) and
        `bag` (string: how often each word occurs, as JSON that `readers.bags` writes; read by the
        models that need bags, and no feature of either branch).
    shortcut: it reveals the class by how the testbed was set up, not by what the traffic is. It
        stays in the sample for the audit, but is a feature only if params.yaml says so. Ports,
        times and texts are always shortcuts.
    optional: a file may lack it.
    format: of a time that is not a number: its `strptime` format, interpreted as UTC.
    hexadecimal: of a category: the number of digits of hexadecimal values, as tshark writes them
        since version 3; 0: hexadecimal values are equal to decimal ones.
    caveat: of a feature, why a protocol of params.yaml can leave it out. `flawed`: the tool that
        wrote it computes something else than it says. `neighbours`: it is computed over a window of
        records, so that it holds what other records are.
    view: of a byte of a packet, the view that it is of: `raw` (the frame from its first byte), `ip`
        (from the IP header on), `masked` (the same with zeros for what tells hosts and connections
        apart: see `ecnet.readers.layers`) or `payload` (what TCP or UDP carries).
    """

    name: str
    kind: Kind = "number"
    native: str = ""
    shortcut: bool = False
    optional: bool = False
    format: str = ""
    hexadecimal: int = 0
    caveat: Caveat = ""
    view: View = ""

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
    """A native file of a format, or several of one kind.

    pattern: file name with shell wildcards, without the suffix of a compression.
    also: further patterns of the name.
    several: each matching name is a different file; otherwise all are names of one file, and files
        with these names must have the same content.
    unpacked: the last parts of the file's path in an unpacked official archive, if its name is
        different there; it is then read under the name `pattern`.
    holds: the patterns of sources whose records this one contains too: they are not read if it is
        present.
    url: official address; `{stem}` is replaced by an item of `stems`. Empty: a login is needed.
    stems: the names of all files behind a pattern, if known.
    bytes, sha256, records: of the official file, if known; they are verified.
    label: the class of every record of the file, if the file determines the class.
    subset: the subset of the file in the official split.
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
    """It has no records, but is read together with them: for example labelling rules."""

    def names(self, file: str) -> bool:
        """Return whether a file, compressed or not, has a name of this source."""
        plain = plain_name(file)
        return any(fnmatch.fnmatchcase(plain, pattern) for pattern in (self.pattern, *self.also))

    def native_name(self, path: str) -> str:
        """Return the name under which the file at a path is read; empty if it does not match."""
        place = PurePosixPath(path)
        if self.names(place.name):
            return place.name
        plain = place.with_name(plain_name(place.name))
        if any(plain.match(tail) for tail in self.unpacked):
            return self.pattern + place.name.removeprefix(plain.name)
        return ""


Labels: TypeAlias = "Callable[[pd.DataFrame, Source], pd.Series[str]]"
"""From the raw label columns (strings, by header name) of a batch to class names.

The result is missing for unknown labels; the reader then raises an error that names the label.
"""


@dataclass(frozen=True)
class Shared:
    """How a format of flows becomes a part of IoT-DS2.

    flows: from typed records (n rows) to the columns of IoT-DS2 (n rows, in the same order).
    classes: class of the format -> class of IoT-DS2.
    """

    flows: "Callable[[pd.DataFrame], pd.DataFrame]"
    classes: Mapping[str, str]


@dataclass(frozen=True)
class Format:
    """One variant in which a dataset is published; each has its own features.

    reader: `delimited` (CSV, TSV; with or without header), `zeek`, `packets` (pcap by tshark),
        `frames` (bytes of the packets of a pcap), `jsonlines`; `union`, if no file is read, because
        the records are those of other datasets.
    labels: the raw columns that `classify` needs, by header name.
    classes: all class names, the normal one first, in the order of the tables.
    partial: any of the sources is enough, because each is a separate capture.
    headerless: files may have no header line; they have the columns of `layout` then.
    layout: the header names of a headerless file, in order.
    host: the column with the source host, for `sequence: flows`; empty if there is none.
    time: the column with the time; empty if there is none.
    shared: how it becomes a part of IoT-DS2; None if it does not.
    """

    name: str
    title: str
    reader: Literal["delimited", "zeek", "packets", "frames", "jsonlines", "union"]
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
    shared: Shared | None = None

    @property
    def captured(self) -> bool:
        """Whether its files are packet captures."""
        return self.reader in ("packets", "frames")

    def source(self, file: str) -> Source:
        """Return the source of a file name (LookupError if there is none)."""
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

        present: the columns of the sample. keep: shortcuts to use as features.
        drop: features to leave out; the kind of a port is named `<port>_kind`.
        """
        numerical: list[str] = []
        categorical: list[str] = []
        for column in self.columns:
            if column.name not in present or column.kind == "bag":
                continue
            if column.kind == "port" and f"{column.name}_kind" not in drop:
                categorical.append(f"{column.name}_kind")
            if (column.feature or column.name in keep) and column.name not in drop:
                numeric = column.kind in ("number", "port", "time")
                (numerical if numeric else categorical).append(column.name)
        return numerical, categorical

    def bags(self, present: Collection[str], drop: Collection[str] = ()) -> list[str]:
        """Return the names of the bags of words; the arguments are those of `features`."""
        return [
            column.name
            for column in self.columns
            if column.kind == "bag" and column.name in present and column.name not in drop
        ]


@dataclass(frozen=True)
class Issue:
    """A problem of a dataset that is known from the literature, with a citation."""

    text: str
    citation: str


@dataclass(frozen=True)
class Dataset:
    """A dataset: information for users, and the formats in which it is published."""

    name: str
    title: str
    page: str
    size: str
    licence: str
    citation: str
    normal: str
    formats: tuple[Format, ...]
    steps: tuple[str, ...] = field(default=())
    """How to get the files if a login is needed; one line per step."""
    known_issues: tuple[Issue, ...] = ()
    place: str = ""
    """The only table that shows it, as in `shown` of params.yaml; empty: all that show datasets."""
    holds: str = ""
    """What its records hold that only some families can read: `NEEDS` of a model family."""
    files_of: str = ""
    """The dataset whose files it reads; empty: it has its own."""

    @property
    def folder(self) -> str:
        """The folder of a mirror that holds its files."""
        return self.files_of or self.name

    @property
    def union(self) -> bool:
        """Whether it consists of the records of other datasets, and so has no source."""
        return any(format.reader == "union" for format in self.formats)

    def format(self, name: str) -> Format:
        """Return the format `name` (LookupError if there is none)."""
        for format in self.formats:
            if format.name == name:
                return format
        known = ", ".join(format.name for format in self.formats)
        raise LookupError(f"{self.name} has no format {name}; it has {known}")
