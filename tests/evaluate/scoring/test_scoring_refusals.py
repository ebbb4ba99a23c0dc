"""What `ecnet score` refuses, each with one line that says what to do."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import variants
from scored import answers, failure


def test_a_file_without_a_record_leaves_earlier_answers_alone(
    project: variants.Project, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output, broken = tmp_path / "answers.csv", tmp_path / log.name
    output.write_text("earlier")
    head = [line for line in log.read_text().splitlines() if line.startswith("#")][:8]
    broken.write_text("\n".join([*head, "no flow"]) + "\n")
    shown = failure(capsys, project.model("xgboost"), broken, "--output", output)
    assert f"{broken}: contains no record" in shown
    assert output.read_text() == "earlier"


def test_a_file_of_another_format_is_refused(
    project: variants.Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    shown = failure(capsys, project.model("xgboost"), other)
    assert shown.startswith(f"ecnet: {other}: ")
    shown = failure(capsys, project.model("xgboost"), tmp_path / "none.log")
    assert "no such file" in shown


def test_a_file_without_a_column_that_the_model_uses_is_refused(
    project: variants.Project, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = tmp_path / log.name
    changed.write_text(log.read_text().replace("\torig_pkts\t", "\tpackets\t"))
    shown = failure(capsys, project.model("xgboost"), changed)
    assert f"{changed}: has no column orig_pkts of IoT-23 Zeek log" in shown


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (lambda folder: (folder / "model.json").unlink(), "model.json: cannot be read"),
        (lambda folder: (folder / "weights.safetensors").write_bytes(b"x"), "SHA-256 is"),
        (lambda folder: (folder / "encoder.json").write_text("{}"), "SHA-256 is"),
        (lambda folder: edited(folder, hyperparameters={}), "lacks the hyperparameter"),
        (
            lambda folder: edited(folder, hyperparameters={"sequence": "flows"}),
            "sequences of flows",
        ),
        (lambda folder: edited(folder, family="oracle"), "'oracle' is not known"),
    ],
)
def test_a_model_that_is_not_whole_is_refused(
    project: variants.Project, log: Path, tmp_path: Path, capsys: Any, change: Any, wanted: str
) -> None:
    folder = tmp_path / "model"
    shutil.copytree(project.model("xgboost"), folder)
    shutil.copy(project.place(variants.paths.ENCODER), folder)
    assert len(answers(folder, log))
    change(folder)
    assert wanted in failure(capsys, folder, log)


def edited(folder: Path, **changes: Any) -> None:
    path = folder / "model.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_what_cannot_be_asked_is_refused(
    project: variants.Project, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = project.model("xgboost")
    assert "name one of 1-1, 2-1 with --run" in failure(capsys, model, log, "--run", "9-9")
    assert "end it with .parquet" in failure(capsys, model, log, "--output", "x.txt")
    assert "together with files" in failure(capsys, model, log, "-")
    assert "name --alerts too" in failure(capsys, model, log, "--at-least", "0.5")
    assert "0 to 1" in failure(capsys, model, log, "--alerts", "--at-least", "2")
    assert "name 1 or more" in failure(capsys, model, log, "--cores", "0")
    assert "takes iot-23/zeek only" in failure(capsys, model, log, "--format", "nsl-kdd/full")
    copy = tmp_path / "model"
    shutil.copytree(model, copy)
    assert "with --encoder" in failure(capsys, copy, log)
    encoder = project.place(variants.paths.ENCODER)
    assert len(answers(copy, log, encoder=encoder))


def test_a_model_of_a_protocol_without_data_of_its_own_uses_the_default_encoder(
    project: variants.Project, log: Path
) -> None:
    model = project.model("tree")
    copy = model.parent.with_name(f"{model.parent.name}.rivals") / model.name
    shutil.copytree(model, copy)
    try:
        assert answers(copy, log).equals(answers(model, log))
    finally:
        shutil.rmtree(copy.parent)


@pytest.mark.parametrize(
    ("artifacts", "wanted"),
    [
        (
            "{ours: {path: results/models/multiclass/iot-23/ecnet}}",
            "dvc pull results/models/multiclass/iot-23/ecnet data/encoded/iot-23",
        ),
        ("{theirs: {path: a}, mine: {path: b}}", "the artifacts are: theirs, mine"),
        ("{ours: {path: ../other}}", "artifacts.ours.path is '../other'"),
        ("{ours: {path: /other}}", "artifacts.ours.path is '/other'"),
        ("{ours: 1}", "artifacts.ours.path is None"),
        ("[ours]", "the artifacts are: none"),
    ],
)
def test_an_artifact_that_is_not_here_is_refused(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    artifacts: str,
    wanted: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dvc.yaml").write_text(f"artifacts: {artifacts}\n")
    assert wanted in failure(capsys, "ours", "conn.log")
