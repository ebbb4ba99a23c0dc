"""The simulator: any slice equals the whole, classes have their counts, statistics are safe."""

import itertools
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import simulatedfiles
from hypothesis import given, settings
from hypothesis import strategies as st

from ecnet import datasets, fit_simulator, simulate, simulator, split
from ecnet.errors import InputError
from ecnet.simulator import law
from ecnet.simulator.composition import File, Share, shares
from ecnet.simulator.grow import grow
from ecnet.simulator.law import ABSENT, LEAST

RECORDS = 1_500
DATASETS = simulator.names()


def native(dataset: str, file: str, *, block: int = 1 << 16, seed: int = 1) -> bytes:
    return b"".join(simulator.native(dataset, file, records=RECORDS, seed=seed, block=block))


def test_every_dataset_with_files_of_its_own_can_be_simulated() -> None:
    own = [name for name in datasets.names() if not datasets.load(name).union]
    assert own == DATASETS


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_bytes_of_a_file_do_not_depend_on_the_size_of_a_block(dataset: str) -> None:
    file = simulator.files(dataset, RECORDS)[-1]
    assert native(dataset, file) == native(dataset, file, block=97)


@settings(max_examples=20, deadline=None)
@given(first=st.integers(0, 400), length=st.integers(1, 60))
def test_a_slice_equals_the_slice_of_the_whole(first: int, length: int) -> None:
    file = simulator.files("bot-iot", RECORDS)[0]
    drawing = simulator.generator("bot-iot", file, records=RECORDS, seed=7)
    whole = drawing.draw(0, drawing.share.records)
    part = drawing.draw(first, first + length)
    assert (part.label == whole.label[first : first + length]).all()
    assert (part.time == whole.time[first : first + length]).all()
    for name, values in part.columns.items():
        np.testing.assert_array_equal(values, whole.columns[name][first : first + length])


def test_another_seed_gives_other_records() -> None:
    file = simulator.files("iot-23", RECORDS)[0]
    assert native("iot-23", file) == native("iot-23", file) != native("iot-23", file, seed=2)


@pytest.mark.parametrize("dataset", DATASETS)
def test_the_reader_of_real_files_reads_every_record(dataset: str, tmp_path: Path) -> None:
    counts: Counter[str] = Counter()
    for share in simulator.composition(dataset, RECORDS):
        path = tmp_path / share.file
        path.write_bytes(native(dataset, share.file))
        records, rejected = simulatedfiles.typed(path, dataset)
        assert rejected == 0
        assert Counter(records["label"]) == Counter(share.counts)
        counts.update(records["label"])
    assert RECORDS - 20 <= counts.total() <= RECORDS
    assert len(counts) >= 5


@pytest.mark.parametrize("dataset", ["bot-iot", "iot-23"])
def test_times_rise_within_a_capture(dataset: str, tmp_path: Path) -> None:
    form = datasets.load(dataset).form(simulator.recipe(dataset).form)
    share = max(simulator.composition(dataset, RECORDS), key=lambda share: share.records)
    path = simulatedfiles.write(tmp_path, dataset, share.file, first=RECORDS, of=RECORDS)
    records, _ = simulatedfiles.typed(path, dataset)
    assert (records[form.time].diff().dropna() >= 0).all()
    assert records[form.time].between(share.begin, share.end).all()
    assert 1 < records[form.host].nunique() < len(records) / 10


def sampled(dataset: str, folder: Path) -> pd.DataFrame:
    """Return all records of a simulated dataset, with their captures."""
    parts = []
    for share in simulator.composition(dataset, RECORDS):
        path = folder / share.file
        path.write_bytes(native(dataset, share.file))
        parts.append(simulatedfiles.typed(path, dataset)[0].assign(capture=share.file))
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("dataset", ["bot-iot", "iot-23", "iot-ni"])
def test_a_temporal_split_leaves_every_class_on_every_side(dataset: str, tmp_path: Path) -> None:
    records = sampled(dataset, tmp_path)
    time = datasets.load(dataset).form(simulator.recipe(dataset).form).time
    sides = split.temporal(records, time, (0.2, 0.2))
    for label, count in records["label"].value_counts().items():
        if count >= 100:
            assert set(sides[(records["label"] == label).to_numpy()]) == {0, 1, 2}


@pytest.mark.parametrize("dataset", ["bot-iot", "iot-23", "mqtt-iot-ids2020"])
def test_whole_captures_can_be_held_out(dataset: str, tmp_path: Path) -> None:
    records = sampled(dataset, tmp_path)
    sides = split.by_capture(records["capture"], (0.2, 0.2), np.random.default_rng(1))
    assert set(sides) == {0, 1, 2}


@pytest.mark.parametrize("dataset", ["bot-iot", "iot-23", "iot-ni", "mqtt-iot-ids2020"])
def test_hosts_send_normal_traffic_and_attacks(dataset: str, tmp_path: Path) -> None:
    loaded = datasets.load(dataset)
    host = loaded.form(simulator.recipe(dataset).form).host
    records = sampled(dataset, tmp_path)
    normal = records["label"] == loaded.normal
    # The flood of SYN packets comes from forged addresses, each of which is seen once.
    assert records.groupby(host)["row"].transform("size").median() > 8
    assert set(records[host][normal]) != set(records[host][~normal])


def test_argus_files_have_their_hexadecimal_ports_and_blanks() -> None:
    form = datasets.load("bot-iot").form("argus")
    rows = []
    for file in simulator.files("bot-iot", 20_000):
        text = b"".join(simulator.native("bot-iot", file, records=20_000, seed=1)).decode()
        rows += [dict(zip(form.layout, line.split(","), strict=True)) for line in text.splitlines()]
    flows = pd.DataFrame(rows)
    assert (flows["sport"][flows["proto"] == "arp"] == "").all()
    assert flows["sport"][flows["proto"].isin(["icmp", "ipv6-icmp"])].str.startswith("0x").all()
    assert flows["dport"][flows["proto"].isin(["tcp", "udp"])].str.fullmatch(r"\d+").all()
    assert set(flows["proto"]) >= {"tcp", "udp", "icmp"}
    assert 0 < flows["category"].str.startswith(" ").mean() < 0.02


counts = st.lists(st.integers(0, 5_000), min_size=1, max_size=6).filter(any)


@given(published=st.lists(counts, min_size=1, max_size=3), records=st.integers(1, 20_000))
def test_a_class_is_cut_only_where_no_larger_one_is_kept_whole(
    published: list[list[int]], records: int
) -> None:
    files = [
        File(
            name=f"{number}.csv",
            start=0,
            span=1,
            published={str(place): size for place, size in enumerate(sizes) if size},
            law={},
        )
        for number, sizes in enumerate(published)
    ]
    held: Counter[str] = Counter()
    for share in shares(files, records):
        held.update(share.counts)
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
def test_a_file_holds_each_class_as_often_as_it_says(sizes: list[int]) -> None:
    held = {str(place): size for place, size in enumerate(sizes)}
    share = Share(file="", begin=0, end=1, before=0, counts=held, law={})
    found = np.bincount(share.class_of(np.arange(share.records)), minlength=len(sizes))
    assert found.tolist() == sizes


def test_the_records_of_a_class_lie_evenly_over_a_file() -> None:
    share = Share(file="", begin=0, end=1, before=0, counts={"a": 900, "b": 100}, law={})
    rare = np.flatnonzero(share.class_of(np.arange(1_000)) == 1)
    assert np.diff(rare).max() < 30
    assert rare[0] < 30


def stored(dataset: str) -> dict[str, dict]:
    found: dict[str, dict] = {}
    for path in sorted((simulator.STATISTICS / dataset).glob("laws*.json")):
        found |= json.loads(path.read_text(encoding="utf-8"))["laws"]
    return found


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_value_says_whether_it_is_fitted_and_on_what(dataset: str) -> None:
    files = json.loads((simulator.STATISTICS / dataset / "files.json").read_text(encoding="utf-8"))
    for entry in [*stored(dataset).values(), *files["files"]]:
        assert entry["origin"] in ("fitted", "assumed")
        assert len(entry["basis"]) > 10
    used = {name for file in simulator.described_files(dataset) for name in file.law.values()}
    assert used <= set(simulator.laws(dataset))


@pytest.mark.parametrize("dataset", DATASETS)
def test_every_fitted_weight_stands_on_enough_records(dataset: str) -> None:
    for entry in stored(dataset).values():
        if entry["origin"] == "fitted" and "variables" in entry:
            leaves = [leaf for variable in entry["variables"] for leaf in variable["leaves"]]
            assert min(segment[0] for leaf in leaves for segment in leaf) >= LEAST


@pytest.mark.parametrize("dataset", DATASETS)
def test_statistics_stay_small(dataset: str) -> None:
    sizes = [path.stat().st_size for path in (simulator.STATISTICS / dataset).iterdir()]
    assert sum(sizes) < 600_000


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda entry: entry.pop("basis"), "basis"),
        (lambda entry: entry["variables"][0].pop("leaves"), "leaves"),
        (lambda entry: entry["variables"][0]["leaves"].clear(), "is empty"),
        (lambda entry: entry["variables"][0].update(leaves=[[[-1, 0]]]), "not positive"),
        (lambda entry: entry["variables"][0].update(nodes=[["b", "<=", 1, -1, -2]]), "asks for b"),
        (lambda entry: entry["variables"][1].update(nodes=[["a", "<=", 1, 1, -1]]), "node"),
    ],
)
def test_a_law_that_is_not_well_formed_is_named(change: object, why: str) -> None:
    entry = {
        "origin": "assumed",
        "basis": "a test",
        "variables": [
            {"name": "a", "leaves": [[[1, 0], [2, 1, 3]]]},
            {"name": "b", "nodes": [["a", "<=", 1, -1, -2]], "leaves": [[[1, 0]], [[1, 5]]]},
        ],
    }
    assert law.read(entry, "x").variables[1].name == "b"
    change(entry)  # type: ignore[operator]
    with pytest.raises(InputError, match=f"x: .*{why}"):
        law.read(entry, "x")


def test_a_column_follows_the_one_that_its_tree_asks_for() -> None:
    entry = {
        "origin": "assumed",
        "basis": "a test",
        "variables": [
            {"name": "a", "leaves": [[[1, 0], [3, 1]]]},
            {"name": "b", "nodes": [["a", "=", 0, -1, -2]], "leaves": [[[1, None]], [[1, 8, 32]]]},
        ],
    }
    drawn = law.read(entry, "x").draw(np.random.default_rng(1).random((4_000, 2)))
    assert abs((drawn["a"] == 1).mean() - 0.75) < 0.03
    assert (drawn["b"][drawn["a"] == 0] == ABSENT).all()
    some = drawn["b"][drawn["a"] == 1]
    assert some.min() == 8
    assert some.max() == 32
    assert abs(np.median(some) - 16) <= 1  # geometric, as it spans more than a factor of two


def test_a_file_that_a_dataset_has_not_is_refused() -> None:
    with pytest.raises(InputError, match="has no file other"):
        list(simulator.native("mqttset", "other.csv", records=RECORDS, seed=1))
    with pytest.raises(InputError, match="iot-ds2 cannot be simulated"):
        simulator.recipe("iot-ds2")


def test_a_request_that_cannot_be_met_writes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    for records, file, why in ((RECORDS, "other.csv", "has no file other"), (0, "", "ask for 1")):
        with pytest.raises(InputError, match=why):
            simulate.simulate(dataset="mqttset", folder=folder, records=records, seed=1, file=file)
    assert not folder.exists()


def test_simulated_files_lie_beside_a_note_that_says_so(tmp_path: Path) -> None:
    simulate.simulate(dataset="mqttset", folder=tmp_path, records=RECORDS, seed=3, file="")
    assert json.loads((tmp_path / simulate.NOTE).read_text())["source"] == "simulated"
    names = {path.name for path in tmp_path.iterdir()} - {simulate.NOTE}
    assert names == set(simulator.files("mqttset", RECORDS))


@pytest.mark.mirror
@pytest.mark.parametrize("dataset", ["bot-iot", "iot-23"])
def test_the_committed_laws_are_those_of_the_real_records(
    dataset: str, mirror: Path, tmp_path: Path
) -> None:
    fit_simulator.fit(names=[dataset], mirror=mirror, folder=tmp_path)
    committed = simulator.STATISTICS / dataset / fit_simulator.LAWS
    assert (tmp_path / dataset / fit_simulator.LAWS).read_bytes() == committed.read_bytes()


def table(rows: list[tuple[str, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["kind", "size"])


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.sampled_from("abcd"), st.integers(0, 40).map(lambda size: size / 4)),
        min_size=40,
        max_size=200,
    )
)
def test_a_grown_law_speaks_of_no_rare_value(
    rows: list[tuple[str, float]],
) -> None:
    records = table([*rows, *[("a", 1.0)] * LEAST])
    grown = grow({"t": records}, {"kind": "t", "size": "t"}, {"size": 2})
    kinds = records["kind"].value_counts()
    assert set(grown[0]["levels"]) == set(kinds.index[kinds >= LEAST])
    sizes = records["size"].value_counts()
    for segment in itertools.chain(*grown[1]["leaves"]):
        assert segment[0] >= LEAST
        if len(segment) == 2:
            assert sizes[segment[1]] >= LEAST
        else:
            low, high = segment[1:]
            # The interval of a single bin has its deviation, and may reach beyond its values.
            reach = records["size"].std() * 2
            assert 0 <= low <= high <= records["size"].max() + reach


def test_a_grown_law_keeps_how_columns_hang_together() -> None:
    random = np.random.default_rng(5)
    kind = random.choice(["tcp", "udp"], 2_000, p=[0.7, 0.3])
    size = np.where(kind == "tcp", random.normal(100, 5, 2_000), 20)
    grown = grow(
        {"t": pd.DataFrame({"kind": kind, "size": size})}, {"kind": "t", "size": "t"}, {"size": 1}
    )
    drawn = law.read({"origin": "fitted", "basis": "t", "variables": grown}, "t").draw(
        random.random((5_000, 2))
    )
    tcp = drawn["kind"] == grown[0]["levels"].index("tcp")
    assert abs(tcp.mean() - 0.7) < 0.03
    assert (drawn["size"][~tcp] == 20).all()
    assert abs(drawn["size"][tcp].mean() - 100) < 1
    assert abs(drawn["size"][tcp].std() - 5) < 1


def test_too_few_records_grow_no_law() -> None:
    with pytest.raises(ValueError, match="9 records are too few"):
        grow({"t": table([("a", 1.0)] * 9)}, {"kind": "t"}, {})


def test_a_column_of_rare_values_alone_grows_no_law() -> None:
    rare = table([(f"kind {number}", 1.0) for number in range(LEAST + 5)])
    with pytest.raises(ValueError, match="kind: no value of it is held by 10 records"):
        grow({"t": rare}, {"kind": "t"}, {})
