"""The hundredth of IoTID20 that laws are grown from: read back from what CICFlowMeter computed."""

from pathlib import Path

import numpy as np
import pytest

from ecnet.simulate import simulator
from ecnet.simulate.fit import Mirror, fit
from ecnet.simulate.recipes import _cicflowmeter, _iot_ni_pieces

SAMPLE = "iotid20_31_columns_binary.csv.gz"
HARD = {"Flow_IAT_Std", "Fwd_IAT_Tot", "Idle_Mean", "Idle_Max", "Idle_Min", "Pkt_Len_Std"}


@pytest.mark.parametrize(
    ("lengths", "read"),
    [([30], (30, 1, 30)), ([1388, 1388], (1388, 2, 1388)), ([1388, 30, 30], (1388, 1, 30))],
)
def test_two_lengths_are_read_from_their_sums(
    lengths: list[int], read: tuple[int, int, int]
) -> None:
    squares = float(sum(length**2 for length in lengths))
    assert _iot_ni_pieces.two_lengths(len(lengths), float(sum(lengths)), squares) == read


@pytest.mark.mirror
def test_the_real_flows_follow_from_the_columns_of_the_laws(mirror: Path) -> None:
    real = Mirror(mirror, "iot-ni").typed("sample-31", SAMPLE)
    table = _iot_ni_pieces.columns(real)
    numbers = {name: table[name].to_numpy("float64") for name in _iot_ni_pieces.DECIMALS}
    for name, values in _cicflowmeter.features(numbers).items():
        if name in real:
            # The sample has two decimals.
            same = np.isclose(values, real[name].to_numpy("float64"), rtol=1e-8, atol=0.0101)
            assert same.mean() > (0.93 if name in HARD else 0.99), name


@pytest.mark.mirror
def test_fitting_gives_the_laws_that_are_kept(mirror: Path, tmp_path: Path) -> None:
    fit(names=["iot-ni"], mirror=mirror, folder=tmp_path)
    kept = simulator.STATISTICS / "iot-ni" / "laws.json"
    assert (tmp_path / "iot-ni" / "laws.json").read_bytes() == kept.read_bytes()
