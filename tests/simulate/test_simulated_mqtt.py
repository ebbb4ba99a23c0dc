"""The simulated MQTT-IoT-IDS2020: measures are consistent, and classes almost separable."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import simulatedfiles
import xgboost

from ecnet import datasets
from ecnet.prepare import features
from ecnet.simulate import simulator

DATASET = "mqtt-iot-ids2020"
RECORDS = 10_000
PUBLISHED = {
    "biflow_normal.csv": (86_008, 0),
    "biflow_scan_A.csv": (5_786, 19_907),
    "biflow_scan_sU.csv": (17_230, 22_434),
    "biflow_sparta.csv": (77_202, 14_116),
    "biflow_mqtt_bruteforce.csv": (2_152, 14_544),
}
PUBLISHED_RECORDS = sum(map(sum, PUBLISHED.values()))
WAYS = ("fwd", "bwd")


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("mqtt")
    return [
        simulatedfiles.write(folder, DATASET, file, first=RECORDS, of=RECORDS) for file in PUBLISHED
    ]


@pytest.fixture(scope="module")
def records(paths: list[Path]) -> pd.DataFrame:
    typed = [simulatedfiles.typed(path, DATASET) for path in paths]
    assert sum(rejected for _, rejected in typed) == 0
    return pd.concat([part for part, _ in typed], ignore_index=True)


@pytest.fixture(scope="module")
def plain(paths: list[Path]) -> pd.DataFrame:
    return pd.concat(map(simulatedfiles.plain, paths), ignore_index=True)


def number(plain: pd.DataFrame, name: str) -> np.ndarray:
    return plain[name].to_numpy("float64")


def test_files_contain_as_many_attacks_as_published() -> None:
    for allocation in simulator.allocations(DATASET, PUBLISHED_RECORDS):
        normal, attacks = PUBLISHED[allocation.file]
        assert allocation.counts["Normal"] == normal
        assert allocation.records - normal == attacks


def test_every_record_is_read_and_has_the_class_of_its_file(
    records: pd.DataFrame, plain: pd.DataFrame
) -> None:
    assert len(records) == len(plain) == RECORDS
    assert ((records["label"] == "Normal").to_numpy() == (plain["is_attack"] == "0")).all()
    assert records["label"].nunique() == len(PUBLISHED)


def test_bytes_are_packets_times_their_mean_length(plain: pd.DataFrame) -> None:
    for way in WAYS:
        total = number(plain, f"{way}_mean_pkt_len") * number(plain, f"{way}_num_pkts")
        np.testing.assert_allclose(total, number(plain, f"{way}_num_bytes"), rtol=1e-7)


@pytest.mark.parametrize("measure", ["pkt_len", "iat"])
@pytest.mark.parametrize("way", WAYS)
def test_deviations_are_possible_given_mean_and_extremes(
    plain: pd.DataFrame, way: str, measure: str
) -> None:
    low, mean, high, std = (
        number(plain, f"{way}_{what}_{measure}") for what in ("min", "mean", "max", "std")
    )
    assert ((low <= mean) & (mean <= high)).all()
    room = np.sqrt((high - mean) * (mean - low))
    # Numbers are written with a few digits, the smallest with three.
    assert (std <= room * 1.01 + 1e-8).all()
    assert (std > 0).any()


@pytest.mark.parametrize("way", WAYS)
def test_a_direction_of_one_packet_has_no_gaps_and_an_empty_one_no_lengths(
    plain: pd.DataFrame, way: str
) -> None:
    packets = number(plain, f"{way}_num_pkts")
    gaps = plain[[f"{way}_{what}_iat" for what in ("mean", "std", "min", "max")]]
    assert (gaps[packets < 2] == "0").all(axis=None)
    assert (plain[f"{way}_mean_iat"][packets > 1] != "0").all()
    none = plain[packets == 0].filter(regex=f"^{way}_")
    assert (none == "0").all(axis=None)


def test_a_published_message_is_seven_packets_and_five(plain: pd.DataFrame) -> None:
    normal = plain[plain["is_attack"] == "0"]
    shape = normal[["proto", "prt_dst", "fwd_num_pkts", "bwd_num_pkts", "bwd_num_bytes"]]
    usual = (shape == ["6", "1883", "7", "5", "272"]).all(axis=1)
    assert 0.85 < usual.mean() < 0.95
    assert set(normal["fwd_num_psh_flags"][usual]) == {"3"}


def test_scans_are_few_distinct_flows_and_brute_forces_many(records: pd.DataFrame) -> None:
    numerical, protocol = columns(records)
    distinct = (~pd.concat([numerical, protocol], axis=1).duplicated()).groupby(records["label"])
    share = distinct.mean()
    assert share[["Aggressive scan", "UDP scan"]].max() < 0.15
    assert share[["Sparta SSH bruteforce", "MQTT bruteforce"]].min() > 0.99


def test_classes_are_nearly_separable(records: pd.DataFrame) -> None:
    numerical, protocol = columns(records)
    protocol = protocol.apply(lambda column: pd.factorize(column, sort=True)[0])
    vectors = pd.concat([numerical, protocol], axis=1).to_numpy("float64")
    label = pd.factorize(records["label"], sort=True)[0]
    test = np.arange(len(records)) % 4 == 0
    model = xgboost.XGBClassifier(n_estimators=20, max_bin=64, tree_method="hist", n_jobs=1)
    model.fit(vectors[~test], label[~test])
    # Published: 99.99% of the flows (random forest).
    assert (model.predict(vectors[test]) == label[test]).mean() > 0.997


def columns(records: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    format = datasets.load(DATASET).format("biflow")
    return features.select(records, format, keep=[], drop=[])
