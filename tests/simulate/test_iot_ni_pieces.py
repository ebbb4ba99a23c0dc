"""The 1% sample of IoTID20 that distributions are fitted on: inverting CICFlowMeter's features."""

from pathlib import Path

import numpy as np
import pytest

from ecnet.simulate import simulator
from ecnet.simulate.fit import RealRecords, fit
from ecnet.simulate.generators import _cicflowmeter, _iot_ni_pieces

SAMPLE = "iotid20_31_columns_binary.csv.gz"
HARD = {"Flow_IAT_Std", "Fwd_IAT_Tot", "Idle_Mean", "Idle_Max", "Idle_Min", "Pkt_Len_Std"}


@pytest.mark.parametrize(
    ("lengths", "read"),
    [([30], (30, 1, 30)), ([1388, 1388], (1388, 2, 1388)), ([1388, 30, 30], (1388, 1, 30))],
)
def test_two_lengths_are_recovered_from_their_sums(
    lengths: list[int], read: tuple[int, int, int]
) -> None:
    squares = float(sum(length**2 for length in lengths))
    assert _iot_ni_pieces.two_lengths(len(lengths), float(sum(lengths)), squares) == read


@pytest.mark.mirror
def test_the_real_features_follow_from_the_columns_of_the_distributions(mirror: Path) -> None:
    real = RealRecords(mirror, "iot-ni").typed("sample-31", SAMPLE)
    table = _iot_ni_pieces.columns(real)
    numbers = {name: table[name].to_numpy("float64") for name in _iot_ni_pieces.DECIMALS}
    for name, values in _cicflowmeter.features(numbers).items():
        if name in real:
            # The sample is rounded to two decimals.
            same = np.isclose(values, real[name].to_numpy("float64"), rtol=1e-8, atol=0.0101)
            assert same.mean() > (0.93 if name in HARD else 0.99), name


@pytest.mark.mirror
def test_fitting_reproduces_the_committed_distributions(mirror: Path, tmp_path: Path) -> None:
    fit(names=["iot-ni"], mirror=mirror, folder=tmp_path)
    committed = simulator.STATISTICS / "iot-ni" / "distributions.json"
    assert (tmp_path / "iot-ni" / "distributions.json").read_bytes() == committed.read_bytes()
