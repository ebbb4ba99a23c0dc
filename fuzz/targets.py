"""One function for each reader: it takes any bytes, and must read them or raise an InputError.

Whatever else it raises is a bug. tests/test_corpus.py runs them on what was found before.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ecnet import (
    datasets,
    evaluate,
    files,
    params,
    params_file,
    readers,
    records,
    sources,
    tables,
)
from ecnet.errors import InputError
from ecnet.models import _arrays
from ecnet.readers import compressed

ROOT = Path(__file__).parents[1]
MEMORY = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - no disk
DELIMITED = (
    ("bot-iot", "argus", "UNSW_2018_IoT_Botnet_Dataset_1.csv"),
    ("bot-iot", "columns-12", "bot_iot_12_columns.csv"),
    ("nsl-kdd", "", "KDDTrain+.txt"),
    ("iot-ni", "", ""),
)
ENCODER = {
    **{"dataset": "toy", "seed": 1, "classes": ["Normal", "DDoS"], "normal": "Normal"},
    **{"statistical": [{"name": "x"}], "protocol": [{"name": "p", "vocabulary": ["a", "b"]}]},
}


@contextmanager
def written(data: bytes, name: str) -> Iterator[Path]:
    """Yield a file of this content; what is refused is as it should be."""
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder, suppress(InputError):
        path = Path(folder) / name
        path.write_bytes(data)
        yield path


def delimited(data: bytes) -> None:
    """Read CSV; the first byte chooses the form."""
    dataset, form_name, name = DELIMITED[data[0] % len(DELIMITED)] if data else DELIMITED[0]
    found = datasets.load(dataset)
    form = found.form(form_name) if form_name else found.forms[0]
    source = form.source(name) if name else form.sources[0]
    with written(data[1:], name or "file.csv") as path:
        for _ in readers.read(path, form, source):
            pass


def zeek(data: bytes) -> None:
    """Read a Zeek log."""
    form = datasets.load("iot-23").form("zeek")
    with written(data, "CTU-IoT-Malware-Capture-3-1.conn.log.labeled") as path:
        for _ in readers.read(path, form, form.source(path.name)):
            pass


def packed(data: bytes) -> None:
    """Unpack an archive; the first byte chooses its kind."""
    suffix = (".zip", ".gz", ".zst")[data[0] % 3] if data else ".zip"
    with written(data[1:], f"file{suffix}") as path, compressed.opened(path) as stream:
        while stream.read(1 << 20):
            pass


def parquet(data: bytes) -> None:
    """Read a sample."""
    with written(data, "sample.parquet") as path:
        tables.read(path, "sample", ("label", "row", "capture", "side"))


def tensors(data: bytes) -> None:
    """Read a side's tensors."""
    with written(data, "train.safetensors") as path:
        records.load(path.parent, "train", "multiclass", ENCODER)


def weights(data: bytes) -> None:
    """Read weights."""
    with written(data, "weights.safetensors") as path:
        _arrays.load(path, {"a": (None, 2), "b": (3,)})


def descriptions(data: bytes) -> None:
    """Read the description of a model, and predictions that should be its own."""
    with written(data, "model.json") as path:
        files.read_object(path, "train", ("dataset", "runs"))
    with written(data, "model.json") as path:
        evaluate.describe(path)


def predictions(data: bytes) -> None:
    """Read predictions."""
    described = {
        **{"dataset": "d", "form": "f", "source": "s", "protocol": "", "task": "multiclass"},
        **{"variant": "v", "family": "majority", "classes": ["a", "b"]},
    }
    with written(data, "p.parquet") as path:
        evaluate.read(path, described, path)


def parameters(data: bytes) -> None:
    """Look through params.yaml, and check it."""
    with written(data, "params.yaml") as path:
        params.checked(params_file.read(path))


def checksums(data: bytes) -> None:
    """Read the list of a mirror's checksums."""
    with written(data, "SHA256SUMS") as path:
        sources.listing(str(path.parent))


def captures(data: bytes) -> None:
    """Read a packet capture; tshark is a process of its own, which guides nothing."""
    form = next(form for form in datasets.load("mqttset").forms if form.reader == "packets")
    with written(data, "flood.pcap") as path:
        for _ in readers.read(path, form, form.source(path.name)):
            pass


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target
    for target in (
        *(delimited, zeek, packed, parquet, tensors, weights, descriptions, predictions),
        *(parameters, checksums, captures),
    )
}
