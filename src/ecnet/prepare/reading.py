"""Read a raw file for its sample: the records that it may keep, and a count of all of them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ecnet import readers
from ecnet.datasets.declaration import Format, Source
from ecnet.errors import InputError
from ecnet.files import PACKED, plain_name
from ecnet.readers import Prefilter, lines, priority, spill
from ecnet.readers.priority import Targets
from ecnet.readers.ranges import Range
from ecnet.readers.spill import BatchReader

_LARGE = 16 << 20
"""The file size in bytes above which the prefilter saves more time than it takes to load."""

_RANGE = 1 << 30
"""The size in bytes of a range of a large file, which is read in about three seconds."""
_MOST = 8
"""The most ranges of a file; it bounds memory."""


@dataclass(frozen=True)
class RawFile:
    """A raw file, and which of its records a sample may keep.

    companions: files that are read with it, by the pattern of their source. targets: class -> most
    records; None for no limit. seed: of the sample. head: of how many records, the first ones, the
    sample is drawn; None for all.
    """

    path: Path
    format: Format
    source: Source
    companions: Mapping[str, Path]
    targets: Targets
    seed: int
    head: int | None = None


@dataclass(frozen=True)
class Found:
    """What was read of a file, or of a part of it.

    kept: the records that the sample may keep, with capture, subset and priority. counts: class ->
    number of all records. rejected: the rows that do not parse, in order. notices: what the user
    should know of how it was read.
    """

    kept: BatchReader
    counts: Counter[str]
    rejected: list[pd.DataFrame]
    notices: set[str]


def ranges(path: Path) -> int:
    """Return how many ranges of a raw file are worth a thread each; 1 if it is not there yet."""
    if path.suffix in PACKED or not path.exists():
        return 1
    return min(_MOST, 1 + path.stat().st_size // _RANGE)


@contextmanager
def read(file: RawFile, buffer: Path, count: int) -> Iterator[Found]:
    """Read a file; what is found does not depend on `count`, the most ranges to read at once.

    Where one range cannot be read, the file is read in one piece: an error may be due to the cut,
    and otherwise is the one that comes first in the file.

    buffer: where records are written for a while if they are many.

    Raises:
        InputError: the file is damaged, or has no records.
    """
    with ExitStack() as stack:
        try:
            parts = _at_once(file, buffer, count, stack)
        except InputError:
            stack.close()
            parts = []
        yield _joined(parts) if parts else stack.enter_context(_part(file, buffer))


def _at_once(file: RawFile, buffer: Path, count: int, stack: ExitStack) -> list[Found]:
    """Read the ranges of a file in threads, and leave their buffers to `stack`.

    Returns nothing if the file cannot be cut.
    """
    cut = readers.cut(file.path, file.format, count) if file.head is None else []
    if not cut:
        return []

    def one(part: Range) -> Found:
        own = buffer.with_name(f"{buffer.name}.{part.begin}")
        return stack.enter_context(_part(file, own, part, shares=len(cut)))

    # pyarrow reads each stream in a thread of its own pool; what it reads there, the labels of new
    # lines, needs another one. With fewer, all would wait for each other.
    pa.set_io_thread_count(max(pa.io_thread_count(), 2 * len(cut)))
    with ThreadPoolExecutor(len(cut)) as pool:
        try:
            parts = list(pool.map(one, cut))
        except BaseException:  # the others need not end, nor keep anyone waiting after Ctrl-C
            cut[0].stopped.set()
            raise
    if sum(len(rows) for part in parts for rows in part.rejected) >= lines.MAX_INVALID:
        raise InputError(f"{file.path}: more rows do not parse than are read in one piece")
    return parts


def _joined(parts: list[Found]) -> Found:
    """Return what was found of a file from what was found of its parts, in order."""
    return Found(
        kept=lambda columns: chain.from_iterable(part.kept(columns) for part in parts),
        counts=sum((part.counts for part in parts), Counter[str]()),
        rejected=[rows for part in parts for rows in part.rejected],
        notices=set[str]().union(*(part.notices for part in parts)),
    )


@contextmanager
def _part(
    file: RawFile, buffer: Path, part: Range | None = None, shares: int = 1
) -> Iterator[Found]:
    """Read a part of a file, or all of it. shares: how many parts are read at the same time."""
    counts: Counter[str] = Counter()
    rejected: list[pd.DataFrame] = []
    notices: set[str] = set()
    prefilter = _prefilter(file)

    def batches() -> Iterator[pa.Table]:
        for batch in readers.read(
            file.path,
            file.format,
            file.source,
            companions=file.companions,
            prefilter=prefilter,
            part=part,
        ):
            rejected.append(batch.rejected)
            notices.update(batch.notices)
            seen = counts.total()
            found = pc.value_counts(batch.table["label"]).to_pylist()
            counts.update({pair["values"]: pair["counts"] for pair in found})
            records = batch.table
            if file.head is not None:
                records = records.slice(0, max(0, file.head - seen))
            yield _ranked(records, file)
        if not rejected:
            raise InputError(f"{file.path}: contains no record; get the file again")
        if prefilter is not None:
            counts.update(prefilter.dropped)

    candidates = priority.candidates(batches(), file.targets)
    with spill.buffered(buffer, candidates, shares) as kept:
        yield Found(kept, counts, rejected, notices)


def _prefilter(file: RawFile) -> Prefilter | None:
    """Return the prefilter of a file; None if it would drop no records, or too few."""
    unlimited = file.source.subset == "test" or None in file.targets.values()
    if unlimited or file.path.stat().st_size < _LARGE:
        return None
    return Prefilter(file.format, file.source, file.targets, file.seed, plain_name(file.path.name))


def _ranked(records: pa.Table, file: RawFile) -> pa.Table:
    """Return a batch with the columns capture, subset and priority."""
    name = plain_name(file.path.name)
    for column, value in (("capture", name), ("subset", file.source.subset)):
        same = pa.repeat(pa.scalar(value, pa.string()), len(records))
        records = records.append_column(column, same)
    rows = records["row"].to_numpy()
    return records.append_column("priority", pa.array(priority.priorities(file.seed, name, rows)))
