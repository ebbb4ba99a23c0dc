"""The simulator: slices equal the whole, and classes have their counts."""

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import simulatedfiles
from hypothesis import given, settings
from hypothesis import strategies as st

from ecnet import datasets
from ecnet.errors import InputError
from ecnet.prepare import split_rules
from ecnet.simulate import raw_file, simulator
from ecnet.simulate.allocation import Allocation, FileSpec, allocate

RECORDS = 1_500
DATASETS = simulator.names()


def native(dataset: str, file: str, *, block: int = 1 << 16, seed: int = 1) -> bytes:
    return b"".join(simulator.native_bytes(dataset, file, records=RECORDS, seed=seed, block=block))


def test_every_dataset_with_files_of_its_own_can_be_simulated() -> None:
    own = [name for name in datasets.names() if not datasets.load(name).union]
    assert own == DATASETS


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_bytes_of_a_file_do_not_depend_on_the_size_of_a_block(dataset: str) -> None:
    file = simulator.files(dataset, RECORDS)[-1]
    assert native(dataset, file) == native(dataset, file, block=97)


@settings(max_examples=20)
@given(first=st.integers(0, 400), length=st.integers(1, 60))
def test_a_slice_equals_the_slice_of_the_whole(first: int, length: int) -> None:
    file = simulator.files("bot-iot", RECORDS)[0]
    sampler = simulator.sampler("bot-iot", file, records=RECORDS, seed=7)
    whole = sampler.draw(0, sampler.allocation.records)
    part = sampler.draw(first, first + length)
    assert (part.label == whole.label[first : first + length]).all()
    assert (part.time == whole.time[first : first + length]).all()
    for name, values in part.columns.items():
        np.testing.assert_array_equal(values, whole.columns[name][first : first + length])


def test_a_different_seed_gives_different_records() -> None:
    file = simulator.files("iot-23", RECORDS)[0]
    assert native("iot-23", file) == native("iot-23", file) != native("iot-23", file, seed=2)


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_reader_of_real_files_reads_every_record(dataset: str, tmp_path: Path) -> None:
    counts: Counter[str] = Counter()
    for allocation in simulator.allocations(dataset, RECORDS):
        path = tmp_path / allocation.file
        path.write_bytes(native(dataset, allocation.file))
        records, rejected = simulatedfiles.typed(path, dataset)
        assert rejected == 0
        assert Counter(records["label"]) == Counter(allocation.counts)
        counts.update(records["label"])
    assert RECORDS - 20 <= counts.total() <= RECORDS
    assert len(counts) >= 5


@pytest.mark.parametrize("dataset", ["bot-iot", "iot-23"])
def test_times_increase_within_a_capture(dataset: str, tmp_path: Path) -> None:
    format = datasets.load(dataset).format(simulator.generator(dataset).format)
    allocation = max(simulator.allocations(dataset, RECORDS), key=lambda one: one.records)
    path = simulatedfiles.write(tmp_path, dataset, allocation.file, first=RECORDS, of=RECORDS)
    records, _ = simulatedfiles.typed(path, dataset)
    assert (records[format.time].diff().dropna() >= 0).all()
    assert records[format.time].between(allocation.begin, allocation.end).all()
    assert 1 < records[format.host].nunique() < len(records) / 10


def sampled(dataset: str, folder: Path) -> pd.DataFrame:
    """Return all records of a simulated dataset, with their captures."""
    parts = []
    for allocation in simulator.allocations(dataset, RECORDS):
        path = folder / allocation.file
        path.write_bytes(native(dataset, allocation.file))
        parts.append(simulatedfiles.typed(path, dataset)[0].assign(capture=allocation.file))
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("dataset", ["bot-iot", "iot-23", "iot-ni"])
def test_a_temporal_split_has_every_class_in_every_subset(dataset: str, tmp_path: Path) -> None:
    records = sampled(dataset, tmp_path)
    time = datasets.load(dataset).format(simulator.generator(dataset).format).time
    subsets = split_rules.temporal(records, time, (0.2, 0.2))
    for label, count in records["label"].value_counts().items():
        if count >= 100:
            assert set(subsets[(records["label"] == label).to_numpy()]) == {0, 1, 2}


@pytest.mark.parametrize("dataset", ["bot-iot", "iot-23", "mqtt-iot-ids2020"])
def test_whole_captures_can_be_held_out(dataset: str, tmp_path: Path) -> None:
    records = sampled(dataset, tmp_path)
    subsets = split_rules.by_capture(records["capture"], (0.2, 0.2), np.random.default_rng(1))
    assert set(subsets) == {0, 1, 2}


@pytest.mark.parametrize("dataset", ["bot-iot", "iot-23", "iot-ni", "mqtt-iot-ids2020"])
def test_hosts_send_normal_traffic_and_attacks(dataset: str, tmp_path: Path) -> None:
    loaded = datasets.load(dataset)
    host = loaded.format(simulator.generator(dataset).format).host
    records = sampled(dataset, tmp_path)
    normal = records["label"] == loaded.normal
    # The SYN flood comes from forged addresses, each of which occurs once.
    assert records.groupby(host)["row"].transform("size").median() > 8
    assert set(records[host][normal]) != set(records[host][~normal])


def test_argus_files_have_their_hexadecimal_ports_and_blanks() -> None:
    format = datasets.load("bot-iot").format("argus")
    rows = []
    for file in simulator.files("bot-iot", 20_000):
        text = b"".join(simulator.native_bytes("bot-iot", file, records=20_000, seed=1)).decode()
        rows += [
            dict(zip(format.layout, line.split(","), strict=True)) for line in text.splitlines()
        ]
    flows = pd.DataFrame(rows)
    assert (flows["sport"][flows["proto"] == "arp"] == "").all()
    assert flows["sport"][flows["proto"].isin(["icmp", "ipv6-icmp"])].str.startswith("0x").all()
    assert flows["dport"][flows["proto"].isin(["tcp", "udp"])].str.fullmatch(r"\d+").all()
    assert set(flows["proto"]) >= {"tcp", "udp", "icmp"}
    assert 0 < flows["category"].str.startswith(" ").mean() < 0.02


counts = st.lists(st.integers(0, 5_000), min_size=1, max_size=6).filter(any)


@given(published=st.lists(counts, min_size=1, max_size=3), records=st.integers(1, 20_000))
def test_a_class_is_reduced_only_if_no_larger_class_is_complete(
    published: list[list[int]], records: int
) -> None:
    files = [
        FileSpec(
            name=f"{number}.csv",
            start=0,
            span=1,
            published={str(place): size for place, size in enumerate(sizes) if size},
            distribution={},
        )
        for number, sizes in enumerate(published)
    ]
    held: Counter[str] = Counter()
    for allocation in allocate(files, records):
        held.update(allocation.counts)
    sizes: Counter[str] = Counter()
    for file in files:
        sizes.update(file.published)
    if records >= sizes.total():
        assert abs(held.total() - records) <= sum(map(len, published)) * len(files)
        return
    assert held.total() <= records
    assert held.total() >= records - len(sizes)
    assert all(held[name] <= size for name, size in sizes.items())
    cut = [held[name] for name, size in sizes.items() if held[name] < size]
    assert max(cut) - min(cut) <= 1
    assert max(held.values()) <= max(cut) + 1


@given(sizes=st.lists(st.integers(1, 300), min_size=1, max_size=5))
def test_a_file_contains_the_stated_count_of_each_class(sizes: list[int]) -> None:
    held = {str(place): size for place, size in enumerate(sizes)}
    allocation = Allocation(file="", begin=0, end=1, before=0, counts=held, distribution={})
    found = np.bincount(allocation.class_of(np.arange(allocation.records)), minlength=len(sizes))
    assert found.tolist() == sizes


def test_the_records_of_a_class_are_spread_evenly_over_a_file() -> None:
    allocation = Allocation(
        file="", begin=0, end=1, before=0, counts={"a": 900, "b": 100}, distribution={}
    )
    rare = np.flatnonzero(allocation.class_of(np.arange(1_000)) == 1)
    assert np.diff(rare).max() < 30
    assert rare[0] < 30


def test_an_unknown_file_or_dataset_is_an_error() -> None:
    with pytest.raises(InputError, match="has no file other"):
        list(simulator.native_bytes("mqttset", "other.csv", records=RECORDS, seed=1))
    with pytest.raises(InputError, match="'iot-ds2' cannot be simulated"):
        simulator.generator("iot-ds2")


def test_an_impossible_request_writes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    for records, file, why in ((RECORDS, "other.csv", "has no file other"), (0, "", "ask for 1")):
        with pytest.raises(InputError, match=why):
            raw_file.simulate(dataset="mqttset", folder=folder, records=records, seed=1, file=file)
    assert not folder.exists()


def test_a_note_beside_simulated_files_says_that_they_are_simulated(tmp_path: Path) -> None:
    raw_file.simulate(dataset="mqttset", folder=tmp_path, records=RECORDS, seed=3, file="")
    assert json.loads((tmp_path / raw_file.NOTE).read_text())["source"] == "simulated"
    names = {path.name for path in tmp_path.iterdir()} - {raw_file.NOTE}
    assert names == set(simulator.files("mqttset", RECORDS))
