"""`ecnet score` on packet captures: a model of IoT-DS2 answers for their flows."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import native
import pandas as pd
import pytest
import variants
from captures import datagram, fake_tshark, ip, pcap, segment

from ecnet.evaluate import scoring
from ecnet.runtime import cli


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return variants.iot_ds2(tmp_path_factory.mktemp("union")).train("xgboost")


@pytest.fixture
def capture(file: Any) -> Path:
    frames = [
        ip(6, "10.0.0.9", segment((50000, 1883), 0x02), source="10.0.0.5"),
        ip(6, "10.0.0.5", segment((1883, 50000), 0x12), source="10.0.0.9"),
        ip(17, "10.0.0.1", datagram((40000, 53), b"query"), source="10.0.0.5"),
        ip(1, "10.0.0.7", bytes(8), source="10.0.0.5"),
    ]
    path: Path = file(pcap(*frames), "mine.pcap")
    return path


@pytest.mark.tshark
def test_each_flow_has_an_answer(
    model: Path, capture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "answers.csv"
    assert cli.main(["score", str(model), str(capture), "--output", str(output)]) == 0
    found = pd.read_csv(output)
    assert found["capture"].unique().tolist() == ["mine.pcap"]
    assert found["row"].tolist() == [1, 3, 4]
    assert found["time"].tolist() == [1000.25, 1002.25, 1003.25]
    assert found["host"].unique().tolist() == ["10.0.0.5"]
    assert found["destination"].tolist() == ["10.0.0.9", "10.0.0.1", "10.0.0.7"]
    assert found["destination_port"].fillna(-1).tolist() == [1883, 53, -1]
    assert found["protocol"].tolist() == ["tcp", "udp", "icmp"]
    assert found["probability"].between(0, 1).all()
    shown = capsys.readouterr().out
    assert "3 records scored, 0 rows set aside" in shown
    assert "note: mine.pcap: 4 packets read with TShark" in shown
    assert "accuracy" not in shown


@pytest.mark.tshark
def test_the_name_of_a_capture_of_a_dataset_makes_no_difference(model: Path, capture: Path) -> None:
    named = capture.rename(capture.with_name("benign.pcap"))
    (table,) = scoring.score(model, named)
    assert table["capture"].unique().to_pylist() == ["benign.pcap"]
    assert table["label"].null_count == 3


@pytest.mark.tshark
def test_answers_for_files_of_other_tools_have_the_same_columns(
    model: Path, capture: Path, tmp_path: Path
) -> None:
    native.write_iot_23(tmp_path / "raw")
    (table,) = scoring.score(model, min((tmp_path / "raw").iterdir()))
    (wanted,) = scoring.score(model, capture)
    assert table.schema == wanted.schema
    assert table["destination"].null_count == len(table)
    assert table["protocol"].null_count == 0


def test_a_model_of_another_dataset_refuses_a_capture_and_names_the_way(
    tmp_path: Path, capture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    zeek = variants.iot_23(tmp_path / "project").train("majority")
    capsys.readouterr()
    assert cli.main(["score", str(zeek), str(capture)]) == 2
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    assert f"{capture}: is a packet capture" in shown
    assert "takes IoT-23 Zeek log only" in shown
    assert "name a model of iot-ds2" in shown


def test_ctrl_c_ends_the_process_that_reads_the_capture(
    model: Path, capture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_tshark(tmp_path / "bin", f"echo $$ > {tmp_path}/pid; exec sleep 60")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    command = [sys.executable, "-m", "ecnet.runtime.cli", "score", model, capture]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert process.returncode == 130
    reader = int((tmp_path / "pid").read_text())
    assert not Path(f"/proc/{reader}").exists()
