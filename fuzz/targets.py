"""One function for each reader: it takes any bytes, and must read them or raise an InputError.

Whatever else it raises is a bug. tests/project/test_corpus.py runs them on what was found before.
"""

import codecs
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import formats

from ecnet import datasets, files, readers, tables
from ecnet.config import params_file, validation
from ecnet.datasets.declaration import Format, Source
from ecnet.errors import InputError
from ecnet.evaluate import evaluate
from ecnet.fetch import listing
from ecnet.models import weights as stored
from ecnet.prepare import records
from ecnet.readers import compressed, tarred

ROOT = Path(__file__).parents[1]
MEMORY = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - no disk
FITTED = {"numerical": [{"name": "x"}], "categorical": [{"name": "p", "vocabulary": ["a", "b"]}]}
ENCODER = {
    **{"dataset": "toy", "classes": ["Normal", "DDoS"], "normal": "Normal"},
    "seeds": {"1": FITTED},
}


@contextmanager
def written(data: bytes, name: str) -> Iterator[Path]:
    """Yield a file of this content; what is refused is as it should be."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder, suppress(InputError):
        path = Path(folder) / name
        path.write_bytes(data)
        yield path


def delimited(data: bytes) -> None:
    """Read CSV; the first byte chooses the format."""
    format, source, name = formats.delimited(data[0] if data else 0)
    with written(data[1:], name) as path:
        read(path, format, source)


def zeek(data: bytes) -> None:
    """Read a Zeek log."""
    format, source, name = formats.zeek()
    with written(data, name) as path:
        read(path, format, source)


def read(path: Path, format: Format, source: Source) -> None:
    """Read a file, and check that each of its lines is a record, was set aside, or is a header."""
    told: list[int] = []
    times = [column.name for column in format.columns if column.kind == "time"]
    for batch in readers.read(path, format, source):
        told += [*batch.table["row"].to_pylist(), *batch.rejected["row"]]
        for seconds in (batch.table[name].drop_null().to_pylist() for name in times):
            assert all(datetime.fromtimestamp(second, UTC) for second in seconds), "no dates"
    assert len(set(told)) == len(told), "a line is told of twice"
    content = path.read_bytes()
    if b"\0" in content:  # UTF-16, whose lines are others
        return
    lines = content.removesuffix(b"\n").split(b"\n")
    untold = set(range(1, len(lines) + 1)) - set(told)
    for number in untold:
        line = lines[number - 1].removeprefix(codecs.BOM_UTF8)
        before = number < min(told, default=number + 1)
        nothing = line.strip() in (b"[", b"]") or (before and _is_preamble(line))
        assert nothing or _is_header(line, format), f"line {number} is lost: {line!r}"
    assert max(told, default=0) <= len(lines), "a line is told of that is not there"


def _is_preamble(line: bytes) -> bool:
    """Tell whether a line before the records says nothing of them."""
    return not line.strip() or line.strip(b'"\r').startswith(b"sep=")


def _is_header(line: bytes, format: Format) -> bool:
    """Tell whether a line is a comment of a Zeek log, or has the names of columns."""
    names = [column.header.lower().encode() for column in format.columns]
    known = sum(name in line.lower().replace(b" ", b"_") for name in names)
    return known > len(names) / 2 or (format.reader == "zeek" and line.startswith(b"#"))


def packed(data: bytes) -> None:
    """Unpack an archive; the first byte chooses its kind."""
    suffix = (".zip", ".gz", ".zst")[data[0] % 3] if data else ".zip"
    with written(data[1:], f"file{suffix}") as path, compressed.opened(path) as stream:
        while stream.read(1 << 20):
            pass


def tars(data: bytes) -> None:
    """Read the files in a .tar."""
    with written(data, "files.tar") as path, compressed.damage(path):
        for _, stream in tarred.each(path):
            while stream.read(1 << 20):
                pass


def parquet(data: bytes) -> None:
    """Read a sample."""
    with written(data, "sample.parquet") as path:
        tables.read(path, "sample", ("label", "row", "capture", "subset"))


def tensors(data: bytes) -> None:
    """Read a subset's tensors."""
    with written(data, "fit.safetensors") as path:
        encoder = records.of_seed(path, ENCODER, 1)
        records.load(path, 1, "train", "multiclass", encoder)


def weights(data: bytes) -> None:
    """Read weights."""
    with written(data, "weights.safetensors") as path:
        stored.check(stored.read(path, "1-1"), {"a": (None, 2), "b": (3,)})


def descriptions(data: bytes) -> None:
    """Read the description of a model, and predictions that should be its own."""
    with written(data, "model.json") as path:
        files.read_object(path, "train", ("dataset", "runs"))
    with written(data, "model.json") as path:
        evaluate.describe(path)


def predictions(data: bytes) -> None:
    """Read predictions."""
    described = {
        **{"dataset": "d", "format": "f", "source": "s", "protocol": "", "task": "multiclass"},
        **{"variant": "v", "family": "majority", "classes": ["a", "b"]},
        "runs": [{"split": 1, "weights": 1}],
    }
    with written(data, "p.parquet") as path:
        evaluate.read(path, described, path)


def parameters(data: bytes) -> None:
    """Look through params.yaml, and check it."""
    with written(data, "params.yaml") as path:
        validation.checked(params_file.read(path))


def checksums(data: bytes) -> None:
    """Read the list of a mirror's checksums."""
    with written(data, "SHA256SUMS") as path:
        listing.read(str(path.parent))


def captures(data: bytes) -> None:
    """Read a packet capture, without tshark and with it: a process, which guides nothing."""
    for name in ("mqttset-frames", "mqttset"):
        format = datasets.load(name).format("pcap")
        with written(data, "flood.pcap") as path:
            for _ in readers.read(path, format, format.source(path.name)):
                pass


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (
        *(delimited, zeek, packed, parquet, tensors, weights, descriptions, predictions),
        *(parameters, checksums, captures, tars),
    )
}
