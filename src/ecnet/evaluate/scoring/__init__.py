"""Score native files, or a stream of lines, with a trained model."""

import io
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa

from ecnet.errors import InputError
from ecnet.evaluate.scoring import native, stream, summary, trained
from ecnet.evaluate.scoring.drift import beside
from ecnet.evaluate.scoring.native import Batch
from ecnet.evaluate.scoring.output import table, writer
from ecnet.evaluate.scoring.trained import Trained
from ecnet.readers import describe

_STREAM = Path("-")
_PROGRESS = 10.0
"""Seconds between two lines of progress."""


def score(
    model: Path, file: Path, *, run: str = "", encoder: Path | None = None, format: str = ""
) -> Iterator[pa.Table]:
    """Yield the answers for a native file in blocks of rows; `output.schema` says which columns.

    model, run, encoder, format: as for `command`.

    Raises:
        InputError: the model or the file cannot be read, or they do not fit.
    """
    loaded = trained.load(model, run, encoder)
    for batch in native.batches(file, loaded, format):
        if len(batch.records):
            yield table(batch, loaded.score(batch.records), loaded)


def command(
    model: Path,
    files: list[Path],
    *,
    output: Path | None = None,
    run: str = "",
    encoder: Path | None = None,
    format: str = "",
    drift: float = 0.5,
) -> None:
    """Score native files with a trained model; print a summary.

    model: the folder of a trained variant: results/models/TASK/DATASET/VARIANT.
    files: native files of the model's format, compressed or not; for a model of IoT-DS2 packet
        captures too; or - for lines on standard input, which are scored as they arrive, until
        they end or Ctrl-C.
    output: one row a record, as .parquet, .csv or .jsonl; not given: JSON lines on standard output
        for -, else the summary alone.
    run: the run of the variant, such as 1-1 (split and weights); empty: the first.
    encoder: the encoder.json that the model was trained with; not given: where the project of the
        model has it.
    format: for a model of IoT-DS2, the format of the files, as dataset/format; empty: detected.
    drift: the distance of a column from training, 0 to 1, from which there is a warning.

    Raises:
        InputError: a file cannot be read, or does not fit the model.
    """
    if _STREAM in files and len(files) > 1:
        raise InputError("-: cannot be scored together with files; name one or the other")
    loaded = trained.load(model, run, encoder)
    found, distances = summary.Summary(loaded), beside(loaded)
    streamed = files == [_STREAM]
    with writer(output, loaded.format, stream=streamed) as write:
        for batch in _progress(_batches(files, loaded, format), quiet=streamed):
            found.rejected += len(batch.rejected)
            found.notices.update(dict.fromkeys(batch.notices))
            if not len(batch.records):
                continue
            scored = loaded.score(batch.records)
            write(table(batch, scored, loaded))
            found.add(batch, scored)
            if distances:
                distances.add(scored.encoded)
        if not found.records and not streamed:
            raise InputError(f"{files[0]}: contains no record that parses; {found.rejected} do not")
    shown = summary.lines(
        found,
        distances.distances() if distances else None,
        limit=drift,
        training=trained.metrics(loaded),
    )
    print("\n".join(shown), file=sys.stderr if streamed and output is None else sys.stdout)


def _batches(files: Iterable[Path], loaded: Trained, format: str) -> Iterator[Batch]:
    """Yield the records of all files; say on stderr which lines of a stream are set aside."""
    for file in files:
        if file != _STREAM:
            yield from native.batches(file, loaded, format)
            continue
        given = getattr(sys.stdin, "buffer", None)
        if not isinstance(given, io.BufferedReader):
            raise InputError("-: standard input is closed; give it lines, as in: ... | ecnet score")
        with stream.UntilInterrupt(given) as lines:
            for batch in stream.batches(lines, loaded, format):
                for place in range(len(batch.rejected)):
                    print(f"{stream.NAME}: {describe(batch.rejected[place:])}", file=sys.stderr)
                yield batch


def _progress(batches: Iterator[Batch], *, quiet: bool) -> Iterator[Batch]:
    """Yield batches; say every few seconds how many records there were."""
    said, records = time.monotonic(), 0
    for batch in batches:
        yield batch
        records += len(batch.records)
        if not quiet and time.monotonic() - said >= _PROGRESS:
            print(f"{records:,} records scored", file=sys.stderr)
            said = time.monotonic()
