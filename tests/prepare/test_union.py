"""IoT-DS2: shared features computed by hand, and a union in which every record is counted."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from native import flow_samples

from ecnet import datasets
from ecnet.datasets.declaration import Format
from ecnet.errors import InputError
from ecnet.prepare import union

IOT_DS2 = datasets.load("iot-ds2").format("shared")
SHARED = [
    pytest.param(format, id=f"{name}-{format.name}")
    for name in datasets.parts()
    for format in datasets.load(name).formats
    if format.shared
]


def shared(name: str, format: str, **record: Any) -> dict[str, Any]:
    """Return the shared features of one record; missing ones are None."""
    declared = datasets.load(name).format(format)
    assert declared.shared
    kinds = {column.name: column.kind for column in declared.columns}
    dtypes = {"number": "float64", "time": "float64", "port": "Int32"}
    columns = {
        key.replace("__", "."): pd.Series([value], dtype=dtypes.get(kinds[key], "str"))
        for key, value in record.items()
    }
    row = declared.shared.flows(pd.DataFrame(columns)).iloc[0]
    return {key: None if pd.isna(value) else value for key, value in row.items()}


def test_a_zeek_flow_has_its_ip_bytes() -> None:
    flow = {
        "ts": 1545403848.981338,
        "orig_h": "192.168.1.195",
        "orig_p": 41040,
        "resp_p": 80,
        "proto": "tcp",
        "duration": 1.477656,
        "orig_pkts": 94,
        "orig_ip_bytes": 5525,
        "resp_pkts": 96,
        "resp_ip_bytes": 139044,
    }
    assert shared("iot-23", "zeek", **flow) == {
        "host": "192.168.1.195",
        "time": 1545403848.981338,
        "protocol": "tcp",
        "source_port": 41040,
        "destination_port": 80,
        "duration": 1.477656,
        "forward_packets": 94,
        "backward_packets": 96,
        "forward_bytes": 5525,
        "backward_bytes": 139044,
    }
    assert shared("iot-23", "zeek", **flow | {"duration": None})["duration"] == 0
    of_icmp = shared("iot-23", "zeek", **flow | {"proto": "icmp"})
    assert (of_icmp["source_port"], of_icmp["destination_port"]) == (None, None)


@pytest.mark.parametrize("format", ["argus", "full5pc", "columns-35"])
def test_an_argus_flow_loses_the_14_bytes_of_each_ethernet_header(format: str) -> None:
    flow = {
        "stime": 1526344223.197482,
        "proto": "tcp",
        "saddr": "192.168.100.7",
        "sport": 139,
        "dport": 36390,
        "dur": 1453.945923,
        "spkts": 5,
        "dpkts": 5,
        "sbytes": 350,
        "dbytes": 330,
    }
    assert shared("bot-iot", format, **flow) == {
        "host": "192.168.100.7",
        "time": 1526344223.197482,
        "protocol": "tcp",
        "source_port": 139,
        "destination_port": 36390,
        "duration": 1453.945923,
        "forward_packets": 5,
        "backward_packets": 5,
        "forward_bytes": 280,
        "backward_bytes": 260,
    }
    assert shared("bot-iot", format, **flow | {"dbytes": 9})["backward_bytes"] == 0
    found = {
        name: shared("bot-iot", format, **flow | {"proto": name})["protocol"] for name in NAMES
    }
    assert found == NAMES


NAMES = {
    "UDP": "udp",
    "icmp": "icmp",
    "ipv6-icmp": "icmp",
    "arp": "arp",
    "igmp": "other",
    None: None,
}


def test_a_flow_of_cicflowmeter_gains_the_20_bytes_of_each_ip_header() -> None:
    flow = {
        "Src_IP": "192.168.0.13",
        "Src_Port": 9020,
        "Dst_Port": 52717,
        "Protocol": "6",
        "Timestamp": 1564178400.0,
        "Flow_Duration": 124,
        "Tot_Fwd_Pkts": 1,
        "Tot_Bwd_Pkts": 2,
        "TotLen_Fwd_Pkts": 0,
        "TotLen_Bwd_Pkts": 2776,
        "Fwd_Header_Len": 32,
        "Bwd_Header_Len": 64,
    }
    assert shared("iot-ni", "iotid20", **flow) == {
        "host": "192.168.0.13",
        "time": 1564178400.0,
        "protocol": "tcp",
        "source_port": 9020,
        "destination_port": 52717,
        "duration": 0.000124,
        "forward_packets": 1,
        "backward_packets": 2,
        "forward_bytes": 52,
        "backward_bytes": 2880,
    }
    other = shared("iot-ni", "iotid20", **flow | {"Protocol": "0", "Src_Port": 0})
    assert (other["protocol"], other["source_port"]) == ("other", None)


def test_a_biflow_lasts_as_long_as_its_longer_direction() -> None:
    flow = {
        "ip_src": "10.0.0.7",
        "prt_src": 32792,
        "prt_dst": 1883,
        "proto": "17",
        "fwd_num_pkts": 7,
        "bwd_num_pkts": 5,
        "fwd_mean_iat": 0.5,
        "bwd_mean_iat": 0.25,
        "fwd_num_bytes": 445,
        "bwd_num_bytes": 272,
    }
    assert shared("mqtt-iot-ids2020", "biflow", **flow) == {
        "host": "10.0.0.7",
        "time": None,
        "protocol": "udp",
        "source_port": 32792,
        "destination_port": 1883,
        "duration": 3.0,
        "forward_packets": 7,
        "backward_packets": 5,
        "forward_bytes": 445,
        "backward_bytes": 272,
    }
    slow = shared("mqtt-iot-ids2020", "biflow", **flow | {"bwd_mean_iat": 2.0})
    assert slow["duration"] == 8.0
    none = shared("mqtt-iot-ids2020", "biflow", **flow | {"fwd_num_pkts": 1, "bwd_num_pkts": 0})
    assert none["duration"] == 0


@pytest.mark.parametrize("format", SHARED)
def test_every_class_of_a_part_is_one_of_the_union(format: Format) -> None:
    assert format.shared
    assert set(format.shared.classes) == set(format.classes)
    assert set(format.shared.classes.values()) <= set(IOT_DS2.classes)
    normal = [name for name, common in format.shared.classes.items() if common == "Normal"]
    assert normal == [format.classes[0]]


def test_every_class_of_the_union_is_one_of_a_part() -> None:
    named = [datasets.load(name).formats[0].shared for name in datasets.parts()]
    assert {cls for how in named if how for cls in how.classes.values()} == set(IOT_DS2.classes)


@pytest.mark.parametrize("format", SHARED)
def test_the_flows_of_a_part_have_the_columns_of_the_union(format: Format) -> None:
    assert format.shared
    dtypes = {"number": "float64", "time": "float64", "port": "Int32"}
    empty = pd.DataFrame(
        {column.name: pd.Series(dtype=dtypes.get(column.kind, "str")) for column in format.columns}
    )
    assert list(format.shared.flows(empty)) == [column.name for column in IOT_DS2.columns]


def test_datasets_of_packets_and_without_iot_traffic_are_not_parts() -> None:
    assert datasets.parts() == ["bot-iot", "iot-23", "iot-ni", "mqtt-iot-ids2020"]


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return a sample of each part, with 60 records of each class."""
    return flow_samples(tmp_path_factory.mktemp("samples"))


def made(
    folder: Path, parts: list[Path], target: int | None = None, **changes: Any
) -> tuple[pd.DataFrame, Mapping[str, Any]]:
    """Return the union of samples, and its counts."""
    settings = {
        "dataset": "iot-ds2",
        "format": "shared",
        "seed": 1,
        "rule": "priority",
        "targets": dict.fromkeys(IOT_DS2.classes, target),
        "label_counts": [],
        **changes,
    }
    union.union(
        parts=parts,
        output=folder / "iot-ds2.parquet",
        counts=folder / "iot-ds2.json",
        rejected=folder / "iot-ds2.rejected.csv",
        settings=settings,
    )
    assert (folder / "iot-ds2.rejected.csv").read_text() == "file,row,column,value,reason\n"
    assert not list(folder.glob(".*"))
    return pd.read_parquet(folder / "iot-ds2.parquet"), json.loads(
        (folder / "iot-ds2.json").read_text()
    )


def test_a_union_contains_every_record_of_its_parts_once(
    samples: dict[str, Path], tmp_path: Path
) -> None:
    records, counts = made(tmp_path, list(samples.values()))
    rows = {name: pq.read_metadata(path).num_rows for name, path in samples.items()}
    assert {file["file"]: file["records"] for file in counts["files"]} == {
        f"{name}.parquet": count for name, count in rows.items()
    }
    assert len(records) == sum(rows.values())
    assert not records.duplicated(["capture", "row"]).any()
    assert Counter(records["capture"].str.partition("/")[0]) == rows
    assert counts["published_files"] is None
    assert counts["classes"]["Theft"] == {"read": 60, "target": None, "kept": 60}
    assert records["label"].isin(IOT_DS2.classes).all()


def test_a_cap_keeps_the_lowest_priorities_of_a_class_and_counts_the_others(
    samples: dict[str, Path], tmp_path: Path
) -> None:
    whole, _ = made(tmp_path, list(samples.values()))
    records, counts = made(tmp_path, list(samples.values()), target=50)
    of_class = Counter(whole["label"])
    assert {label: c["read"] for label, c in counts["classes"].items()} == of_class
    assert {label: c["kept"] for label, c in counts["classes"].items()} == {
        label: min(50, n) for label, n in of_class.items()
    }
    whole["priority"] = union.priorities(whole, seed=1)
    lowest = whole[whole["label"] == "Normal"].nsmallest(50, "priority")
    kept = records[records["label"] == "Normal"]
    key = ["capture", "row"]
    assert set(kept[key].itertuples(index=False)) == set(lowest[key].itertuples(index=False))
    assert kept["capture"].str.partition("/")[0].nunique() == len(samples)


def test_a_union_depends_neither_on_the_order_of_its_parts_nor_on_their_row_groups(
    samples: dict[str, Path], tmp_path: Path
) -> None:
    first, _ = made(tmp_path / "a", list(samples.values()), target=40)
    cut = []
    for name, path in samples.items():
        cut.append(tmp_path / f"{name}.parquet")
        pq.write_table(pq.read_table(path), cut[-1], row_group_size=17)
    second, _ = made(tmp_path / "b", cut[::-1], target=40)
    pd.testing.assert_frame_equal(first, second)


def test_without_the_priority_rule_every_record_is_kept(
    samples: dict[str, Path], tmp_path: Path
) -> None:
    records, counts = made(tmp_path, list(samples.values()), target=1, rule="head")
    assert len(records) == sum(file["records"] for file in counts["files"])


def test_a_union_has_the_sources_of_all_its_parts(samples: dict[str, Path], tmp_path: Path) -> None:
    parts = [samples["iot-23"], tmp_path / "iot-ni.parquet"]
    table = pq.read_table(samples["iot-ni"])
    origin = {"dataset": "iot-ni", "format": "iotid20", "source": "simulated"}
    pq.write_table(table.replace_schema_metadata({"ecnet": json.dumps(origin)}), parts[1])
    _, counts = made(tmp_path, parts)
    assert counts["source"] == "mirror, simulated"
    said = json.loads(pq.read_schema(tmp_path / "iot-ds2.parquet").metadata[b"ecnet"])
    assert said == {"dataset": "iot-ds2", "format": "shared", "source": "mirror, simulated"}


def test_a_part_without_the_shared_features_is_an_error(
    samples: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "iot-ni.parquet"
    origin = {"dataset": "iot-ni", "format": "pcap", "source": "mirror"}
    table = pq.read_table(samples["iot-ni"])
    pq.write_table(table.replace_schema_metadata({"ecnet": json.dumps(origin)}), path)
    with pytest.raises(
        InputError, match=r"format pcap lacks .* datasets\.iot-ni\.format of params"
    ):
        made(tmp_path, [samples["iot-23"], path])
    pq.write_table(pa.table({"row": np.arange(2)}), path)
    with pytest.raises(InputError, match=r"iot-ni\.parquet: does not say .* run the sample step"):
        made(tmp_path, [samples["iot-23"], path])
    assert not list(tmp_path.glob(".*"))
