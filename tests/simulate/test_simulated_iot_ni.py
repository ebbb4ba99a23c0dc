"""The simulated IoTID20: CICFlowMeter's rules hold, and the classes are as hard as published."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import simulatedfiles
import xgboost
from sklearn.metrics import accuracy_score, precision_recall_fscore_support

from ecnet import datasets
from ecnet.prepare import features
from ecnet.simulate import simulator

FILE = "IoT Network Intrusion Dataset.csv"
PUBLISHED_RECORDS = 625_783
LEARNABLE = 40_000
# LightGBM over ten stratified splits, williamjay1/validation-controlled-iot-ids.
PUBLISHED = pd.read_csv(Path(__file__).parent / "published_iotid20.csv", index_col="class")
PUBLISHED_ACCURACY = 0.666


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with the published class shares: the first records of the whole file."""
    folder = tmp_path_factory.mktemp("iot-ni")
    return simulatedfiles.write(folder, "iot-ni", FILE, first=LEARNABLE, of=PUBLISHED_RECORDS)


@pytest.fixture(scope="module")
def records(path: Path) -> pd.DataFrame:
    typed, rejected = simulatedfiles.typed(path, "iot-ni")
    assert (len(typed), rejected) == (LEARNABLE, 0)
    return typed


@pytest.fixture(scope="module")
def plain(path: Path) -> pd.DataFrame:
    return simulatedfiles.plain(path)


def number(plain: pd.DataFrame, name: str) -> np.ndarray:
    return plain[name].to_numpy("float64")


def test_redundant_columns_are_equal(plain: pd.DataFrame) -> None:
    equal = {
        "Subflow_Fwd_Pkts": "Tot_Fwd_Pkts",
        "Subflow_Bwd_Pkts": "Tot_Bwd_Pkts",
        "Subflow_Fwd_Byts": "TotLen_Fwd_Pkts",
        "Subflow_Bwd_Byts": "TotLen_Bwd_Pkts",
        "Fwd_Seg_Size_Avg": "Fwd_Pkt_Len_Mean",
        "Bwd_Seg_Size_Avg": "Bwd_Pkt_Len_Mean",
        "PSH_Flag_Cnt": "Bwd_PSH_Flags",
        "URG_Flag_Cnt": "Bwd_URG_Flags",
    }
    for one, other in equal.items():
        assert plain[one].nunique() > 1
        assert (plain[one] == plain[other]).all()


def test_constants_are_constant(plain: pd.DataFrame) -> None:
    constant = plain.columns[plain.nunique() == 1]
    assert set(plain.columns[plain.columns.str.contains("/b_Avg|Blk_Rate_Avg")]) <= set(constant)
    assert {"Fwd_PSH_Flags", "Fwd_URG_Flags", "Fwd_Seg_Size_Min"} <= set(constant)
    assert set(plain["Init_Fwd_Win_Byts"]) == {"-1"}


def test_rates_follow_from_counts_and_duration(plain: pd.DataFrame) -> None:
    duration = number(plain, "Flow_Duration")
    packets = number(plain, "Tot_Fwd_Pkts") + number(plain, "Tot_Bwd_Pkts")
    bytes_ = number(plain, "TotLen_Fwd_Pkts") + number(plain, "TotLen_Bwd_Pkts")
    timed = duration > 0
    assert 0 < (~timed).mean() < 0.005
    seconds = duration[timed] / 1e6
    for rate, count in (("Flow_Byts/s", bytes_), ("Flow_Pkts/s", packets)):
        np.testing.assert_allclose(number(plain, rate)[timed], count[timed] / seconds, rtol=1e-9)
        assert (plain[rate][~timed] == np.where(count[~timed] > 0, "Infinity", "NaN")).all()


def test_statistics_are_between_their_extremes(plain: pd.DataFrame) -> None:
    lengths = ("Pkt_Len", "Fwd_Pkt_Len", "Bwd_Pkt_Len")
    for prefix in (*lengths, "Flow_IAT", "Fwd_IAT", "Bwd_IAT", "Active", "Idle"):
        low, mean, high, std = (
            number(plain, f"{prefix}_{what}") for what in ("Min", "Mean", "Max", "Std")
        )
        assert ((low <= mean) & (mean <= high)).all()
        assert ((std > 0) <= (high > low)).all()
        assert high.max() > 0
    np.testing.assert_allclose(
        number(plain, "Pkt_Len_Var"), number(plain, "Pkt_Len_Std") ** 2, rtol=1e-6, atol=1e-6
    )
    assert number(plain, "Flow_Duration").max() <= 99_984
    assert number(plain, "Pkt_Len_Max").max() <= 1_464


def test_gaps_add_up_to_the_duration(plain: pd.DataFrame) -> None:
    forward, backward = number(plain, "Tot_Fwd_Pkts"), number(plain, "Tot_Bwd_Pkts")
    duration = number(plain, "Flow_Duration")
    total = number(plain, "Flow_IAT_Mean") * (forward + backward - 1)
    np.testing.assert_allclose(total, duration, rtol=1e-6, atol=1e-6)
    for way, packets in (("Fwd", forward), ("Bwd", backward)):
        spent = number(plain, f"{way}_IAT_Tot")
        assert (spent <= duration + 1e-6).all()
        assert (spent[packets < 2] == 0).all()
    alone = forward == 0
    assert (plain["Bwd_IAT_Std"] == plain["Flow_IAT_Std"])[alone].all()


def test_the_first_length_counts_twice(plain: pd.DataFrame) -> None:
    pair = (plain["Tot_Fwd_Pkts"] == "1") & (plain["Tot_Bwd_Pkts"] == "1")
    forward, backward = (
        number(plain[pair], f"TotLen_{way}_Pkts").astype(float) for way in ("Fwd", "Bwd")
    )
    average = number(plain[pair], "Pkt_Size_Avg")
    np.testing.assert_allclose(average, (forward + 2 * backward) / 2)


def test_labels_and_identifiers_agree(plain: pd.DataFrame) -> None:
    assert len(plain.columns) == 86
    normal = plain["Sub_Cat"] == "Normal"
    assert (plain["Label"] == np.where(normal, "Normal", "Anomaly")).all()
    category = plain["Sub_Cat"].str.extract(r"^(DoS|Mirai|Scan)\b", expand=False)
    assert (plain["Cat"] == category.fillna(plain["Sub_Cat"])).all()
    ends = plain["Src_IP"] + "-" + plain["Dst_IP"] + "-" + plain["Src_Port"]
    assert (plain["Flow_ID"] == ends + "-" + plain["Dst_Port"] + "-" + plain["Protocol"]).all()
    assert plain["Timestamp"].str.fullmatch(r"\d\d/\d\d/2019 (0[1-9]|1[012]):\d\d:\d\d [AP]M").all()


def test_flags_distinguish_syn_floods_from_other_tcp(plain: pd.DataFrame) -> None:
    tcp = plain["Protocol"] == "6"
    assert ((plain["SYN_Flag_Cnt"] == "1") ^ (plain["ACK_Flag_Cnt"] == "1"))[tcp].all()
    flags = plain.filter(regex="Flag_Cnt|Flag_Count")
    assert (flags[~tcp] == "0").all(axis=None)
    flood = plain["Sub_Cat"] == "DoS-Synflooding"
    assert (plain["SYN_Flag_Cnt"] == "1")[flood].mean() > 0.99


def test_a_quarter_of_flows_are_duplicates_as_in_the_real_sample(records: pd.DataFrame) -> None:
    numerical, protocol = columns(records)
    sample = pd.concat([numerical, protocol], axis=1).head(6_252)
    # 26% in the published file; 27.7% in the sample's 31 columns; rare flags make some distinct.
    assert 0.1 < sample.duplicated().mean() < 0.35


def test_classes_are_as_hard_as_published(records: pd.DataFrame) -> None:
    numerical, protocol = columns(records)
    protocol = protocol.apply(lambda column: pd.factorize(column, sort=True)[0])
    vectors = pd.concat([numerical.clip(upper=1e15), protocol], axis=1).to_numpy("float64")
    label = pd.Categorical(records["label"], categories=PUBLISHED.index).codes
    train = LEARNABLE * 4 // 5
    model = xgboost.XGBClassifier(
        n_estimators=40, learning_rate=0.2, max_bin=64, tree_method="hist", n_jobs=1
    ).fit(vectors[:train], label[:train])
    predicted = model.predict(vectors[train:])
    precision, recall, _, _ = precision_recall_fscore_support(
        label[train:], predicted, labels=range(len(PUBLISHED)), zero_division=0
    )
    found = pd.DataFrame({"precision": precision, "recall": recall}, index=PUBLISHED.index)
    off = (found - PUBLISHED).abs()
    assert off.max(axis=None) < 0.13, found
    assert off.mean(axis=None) < 0.04, found
    assert accuracy_score(label[train:], predicted) == pytest.approx(PUBLISHED_ACCURACY, abs=0.03)


def test_weights_add_up_to_the_published_counts() -> None:
    published = simulator.allocations("iot-ni", PUBLISHED_RECORDS)[0].counts
    mixtures = simulator.mixtures("iot-ni")
    for name, count in published.items():
        assert sum(weight for weight, _ in mixtures[name]) == pytest.approx(count, abs=5)


def columns(records: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    format = datasets.load("iot-ni").format("iotid20")
    return features.select(records, format, keep=[], drop=[])
