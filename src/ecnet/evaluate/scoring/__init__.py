"""Score native files, or a stream of lines, with a trained model."""

import io
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa

from ecnet.errors import InputError
from ecnet.evaluate.scoring import native, stream, summary, trained
from ecnet.evaluate.scoring.drift import beside
from ecnet.evaluate.scoring.native import Batch
from ecnet.evaluate.scoring.output import alarming, table, writer
from ecnet.evaluate.scoring.summary import Summary
from ecnet.evaluate.scoring.trained import Scored, Trained
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
    alerts: bool = False,
    at_least: float = 0.0,
    run: str = "",
    encoder: Path | None = None,
    format: str = "",
    drift: float = 0.5,
    cores: int = 1,
) -> None:
    """Score native files with a trained model; print a summary.

    model: the folder of a trained variant, results/models/TASK/DATASET/VARIANT, or the name of an
        artifact in dvc.yaml, such as ecnet/iot-23.
    files: native files of the model's format, compressed or not; for a model of IoT-DS2 packet
        captures too; or - for lines on standard input, which are scored as they arrive, until
        they end or Ctrl-C.
    output: one row a record, as .parquet, .csv or .jsonl; not given: JSON lines on standard output
        for -, else the summary alone.
    alerts: write only the records that are not of the normal class.
    at_least: with --alerts: write only those of this probability or more, 0 to 1.
    run: the run of the variant, such as 1-1 (split and weights); empty: the first.
    encoder: the encoder.json that the model was trained with; not given: where the project of the
        model has it.
    format: for a model of IoT-DS2, the format of the files, as dataset/format; empty: detected.
    drift: the distance of a column from training, 0 to 1, from which there is a warning.
    cores: how many blocks of a file are scored at the same time; answers do not depend on it.

    Raises:
        InputError: a file cannot be read, or does not fit the model.
    """
    _check(files, alerts=alerts, at_least=at_least, cores=cores)
    loaded = trained.load(model, run, encoder)
    found, distances = Summary(loaded), beside(loaded)
    streamed = files == [_STREAM]
    given = _counted(_batches(files, loaded, format), found, quiet=streamed)
    with writer(output, loaded.format, stream=streamed) as write:
        for batch, scored in _scored(given, loaded, 1 if streamed else cores):
            answers = table(batch, scored, loaded)
            write(alarming(answers, loaded.normal, at_least) if alerts else answers)
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


def _check(files: list[Path], *, alerts: bool, at_least: float, cores: int) -> None:
    """Stop if arguments rule each other out, or are out of their range."""
    if _STREAM in files and len(files) > 1:
        raise InputError("-: cannot be scored together with files; name one or the other")
    if not 0 <= at_least <= 1:
        raise InputError(f"--at-least {at_least}: is no probability; name one from 0 to 1")
    if at_least and not alerts:
        raise InputError(f"--at-least {at_least}: is for alerts; name --alerts too")
    if cores < 1:
        raise InputError(f"--cores {cores}: is not possible; name 1 or more")


def _batches(files: Iterable[Path], loaded: Trained, format: str) -> Iterator[Batch]:
    """Yield the records of all files; say on stderr which lines of a stream are set aside."""
    for file in files:
        if file != _STREAM:
            yield from native.batches(file, loaded, format)
            continue
        given = getattr(sys.stdin, "buffer", None)
        if not isinstance(given, io.BufferedReader):
            raise InputError("-: standard input is closed; give it lines, as in: ... | ecnet score")
        stream.widen(given)
        with stream.UntilInterrupt(given) as lines:
            for batch in stream.batches(lines, loaded, format):
                for place in range(len(batch.rejected)):
                    print(f"{stream.NAME}: {describe(batch.rejected[place:])}", file=sys.stderr)
                yield batch


def _counted(batches: Iterator[Batch], found: Summary, *, quiet: bool) -> Iterator[Batch]:
    """Yield batches that have records; count what is set aside; say every few seconds how far."""
    said, records = time.monotonic(), 0
    for batch in batches:
        found.rejected += len(batch.rejected)
        found.notices.update(dict.fromkeys(batch.notices))
        if len(batch.records):
            yield batch
        records += len(batch.records)
        if not quiet and time.monotonic() - said >= _PROGRESS:
            print(f"{records:,} records scored", file=sys.stderr)
            said = time.monotonic()


def _scored(
    batches: Iterator[Batch], loaded: Trained, cores: int
) -> Iterator[tuple[Batch, Scored]]:
    """Yield batches with their answers, in order; `cores` threads score one each.

    Threads are enough, because the libraries that do the work release the interpreter's lock.
    """
    if cores == 1:
        yield from ((batch, loaded.score(batch.records)) for batch in batches)
        return
    waiting: deque[tuple[Batch, Future[Scored]]] = deque()
    with ThreadPoolExecutor(cores) as pool:
        for batch in batches:
            waiting.append((batch, pool.submit(loaded.score, batch.records)))
            if len(waiting) > cores:
                first, answer = waiting.popleft()
                yield first, answer.result()
        yield from ((batch, answer.result()) for batch, answer in waiting)
