"""What `ecnet score` says of the records that it scored."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
import variants
from scored import answers

from ecnet.evaluate.scoring import trained
from ecnet.evaluate.scoring.summary import Timeline
from ecnet.runtime import cli


def test_the_summary_compares_measures_with_those_of_training(
    project: variants.Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.predict("xgboost")
    assert cli.main(["score", *map(str, [project.model("xgboost"), *variants.logs(project)])]) == 0
    shown = capsys.readouterr().out
    found = answers(project.model("xgboost"), *variants.logs(project))
    accuracy = (found["class"] == found["label"]).mean()
    metrics = trained.metrics(trained.load(project.model("xgboost")))
    assert metrics is not None
    assert f"accuracy: {accuracy:.4f}; test side of training: {metrics['accuracy']:.4f}" in shown
    assert "trained on simulated traffic: 960 records scored, 0 rows set aside" in shown
    hosts = found.loc[found["class"] != "Benign", "host"].value_counts()
    assert f"    {hosts.index[0]}: {hosts.iloc[0]:,}\n" in shown
    assert "drift: no column reaches 0.5" in shown
    assert "note: training had records of captures named CTU-IoT-Malware-Capture-3-1" in shown


def test_columns_unlike_those_of_training_are_named(
    project: variants.Project,
    log: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    header = log.read_text().splitlines()[6].split("\t")[1:]
    moved = []
    for line in log.read_text().splitlines():
        cells = line.split("\t")
        if not line.startswith("#"):
            cells[header.index("orig_pkts")] = "1000000"
            cells[header.index("proto")] = "carp"
        moved.append("\t".join(cells))
    changed = tmp_path / "mine.log"
    changed.write_text("\n".join(moved) + "\n")
    assert cli.main(["score", str(project.model("xgboost")), str(changed)]) == 0
    shown = capsys.readouterr().out
    assert "warning: 2 of" in shown
    assert "    orig_pkts: Kolmogorov-Smirnov 1.00\n" in shown
    assert "    proto: total variation 1.00\n" in shown
    assert "values that training did not see: in 100.0% of the records" in shown


def test_labels_that_the_model_lacks_are_counted_and_not_measured(
    project: variants.Project, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = tmp_path / log.name
    changed.write_text(log.read_text().replace("   Malicious   DDoS", "   Malicious   Novel"))
    assert cli.main(["score", str(project.model("xgboost")), str(changed)]) == 0
    novel = changed.read_text().count("Novel")
    assert f"labels: {novel:,} records have none that the model knows" in capsys.readouterr().out


def test_without_the_records_of_train_drift_and_its_measures_are_named_as_missing(
    project: variants.Project, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "a/b/c/d/model"
    shutil.copytree(project.model("xgboost"), copy)
    shutil.copy(project.place(variants.paths.ENCODER), copy)
    assert cli.main(["score", str(copy), str(log)]) == 0
    shown = capsys.readouterr().out
    assert "drift: not measured, because fit.safetensors is not beside the encoder" in shown
    assert "accuracy: " in shown
    assert "test side of training" not in shown


def test_the_timeline_widens_its_bins_and_loses_no_record() -> None:
    timeline = Timeline()
    for day in range(40):
        times = pd.Series([day * 86400.0 + second for second in range(600)])
        timeline.add(times.to_numpy(), (times % 2 == 0).to_numpy())
    timeline.add(
        pd.Series([float("nan"), -1.0, 1e300]).to_numpy(), pd.Series([True] * 3).to_numpy()
    )
    rows = timeline.rows()
    assert len(rows) == 4
    assert sum(every for _, every, _ in rows) == 40 * 600
    assert sum(attacks for _, _, attacks in rows) == 40 * 300
    assert rows[0][0] == "1970-01-01 00:00:00"
