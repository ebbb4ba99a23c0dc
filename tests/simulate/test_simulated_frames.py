"""The simulated captures of MQTTset: valid packets, whose masked bytes tell the class in part."""

import struct
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
import simulatedfiles

from ecnet.readers import pcap
from ecnet.readers.layers import layers
from ecnet.simulate import raw_file

DATASET = "mqttset-frames"
RECORDS = 1_500
TCP = 6


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("frames")
    raw_file.simulate(DATASET, folder=path, records=RECORDS)
    return path


@pytest.fixture(scope="module")
def records(folder: Path) -> pd.DataFrame:
    typed = [simulatedfiles.typed(path, DATASET) for path in sorted(folder.glob("*.pcap"))]
    assert sum(rejected for _, rejected in typed) == 0
    return pd.concat([part for part, _ in typed], ignore_index=True)


def packets(folder: Path) -> Iterator[tuple[bytes, bytes]]:
    """Yield the IP header and the segment of each packet that is kept whole."""
    for path in sorted(folder.glob("*.pcap")):
        for packet in pcap.packets(path):
            found = layers(packet)
            if found.end <= pcap.KEPT:
                whole = packet.data[found.ip : found.end]
                yield whole[:20], whole[20:]


def total(data: bytes) -> int:
    padded = data + bytes(len(data) % 2)
    return sum(struct.unpack(f">{len(padded) // 2}H", padded)) % 0xFFFF


def test_two_captures_are_linux_cooked_as_the_real_ones_are(folder: Path) -> None:
    links = {path.stem: next(pcap.packets(path)).link for path in folder.glob("*.pcap")}
    assert {name for name, link in links.items() if link == 113} == {"benign", "flood"}
    assert {link for name, link in links.items() if name not in ("benign", "flood")} == {1}


def test_checksums_are_right(folder: Path) -> None:
    for head, segment in packets(folder):
        assert total(head) == 0
        assert total(head[12:] + struct.pack(">HH", TCP, len(segment)) + segment) == 0


def test_masked_bytes_tell_the_class_in_part(records: pd.DataFrame) -> None:
    """The best that any model can reach: equal bytes have their most frequent class."""

    def best(view: str) -> float:
        vector = pd.util.hash_pandas_object(records.filter(regex=f"^{view}-"), index=False)
        return pd.crosstab(vector, records["label"]).max(axis=1).sum() / len(records)

    assert best("raw") == best("ip") == 1
    assert 0.4 < best("payload") <= best("masked") < 0.8
    assert records.filter(regex="^masked-").drop_duplicates().shape[0] > RECORDS / 4


def test_a_single_address_byte_tells_normal_from_attack(records: pd.DataFrame) -> None:
    counts = pd.crosstab(records["ip-15"] + 256 * records["ip-19"].astype(int), records["label"])
    assert (counts["Normal"] * counts.drop(columns="Normal").sum(axis=1) == 0).all()
