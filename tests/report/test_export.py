"""`ecnet export`: a folder with all that scoring needs, and a card that says what it is."""

import re
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import variants
import yaml
from safetensors.numpy import load_file

from ecnet.evaluate import scoring
from ecnet.evaluate.interval import MeanInterval
from ecnet.evaluate.measures import ACCURACY
from ecnet.evaluate.scoring import trained
from ecnet.files import read_json, sha256, write_json
from ecnet.report import model_card
from ecnet.report.export import export
from ecnet.runtime import cli

ONNX = "onnxruntime is not installed: pip install -e '.[onnx]'"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> variants.Project:
    project = variants.iot_23(tmp_path_factory.mktemp("project"))
    for variant in ("xgboost", "majority", "tree"):
        project.train(variant)
        project.predict(variant)
    return project


@pytest.fixture
def exported(project: variants.Project, tmp_path: Path) -> Path:
    export(project.model("xgboost"), tmp_path / "exported")
    return tmp_path / "exported"


def card(folder: Path) -> str:
    return (folder / "README.md").read_text()


def front(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(card(folder).split("---\n")[1])
    return found


def digests(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path) for path in folder.iterdir()}


@pytest.mark.parametrize("run", ["1-1", "2-1"])
def test_the_folder_scores_as_the_model_does(
    project: variants.Project, tmp_path: Path, capsys: pytest.CaptureFixture[str], run: str
) -> None:
    model, folder = project.model("xgboost"), tmp_path / "exported"
    assert cli.main(["export", str(model), str(folder), "--run", run]) == 0
    log = variants.logs(project)[0]
    answers = [
        pd.concat([table.to_pandas() for table in scoring.score(place, log, **options)])
        for place, options in ((folder, {}), (model, {"run": run}))
    ]
    pd.testing.assert_frame_equal(*answers)
    capsys.readouterr()
    shown = []
    for arguments in ([folder, log], [model, log, "--run", run]):
        assert cli.main(["score", *map(str, arguments)]) == 0
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1]
    assert "test side of training" in shown[0]
    assert "drift: no column" in shown[0]


def test_the_folder_holds_one_run(exported: Path, project: variants.Project) -> None:
    assert {name.split("/")[0] for name in load_file(exported / "weights.safetensors")} == {"1-1"}
    tensors = load_file(exported / "fit.safetensors")
    assert {name.rpartition("/")[0] for name in tensors} == {"1/train"}
    assert list(read_json(exported / "encoder.json")["seeds"]) == ["1"]
    described = read_json(exported / "model.json")
    assert [(run["split"], run["weights"]) for run in described["runs"]] == [(1, 1)]
    origin = described["exported"]
    assert origin["data"] == {log.name: sha256(log) for log in variants.logs(project)}
    whole = read_json(project.model("xgboost") / "model.json")
    assert origin["weights_sha256"] == whole["weights_sha256"]


def test_the_same_model_gives_the_same_bytes(
    project: variants.Project, exported: Path, tmp_path: Path
) -> None:
    export(project.model("xgboost"), tmp_path / "again")
    assert digests(exported) == digests(tmp_path / "again")


def test_an_exported_model_is_exported_again_as_it_is(exported: Path, tmp_path: Path) -> None:
    export(exported, tmp_path / "again")
    first, second = digests(exported), digests(tmp_path / "again")
    assert first.pop("README.md") != second.pop("README.md")  # the controls are not at hand
    assert first == second
    assert "trivial baselines were not at hand" in card(tmp_path / "again")


def test_the_card_says_simulated(exported: Path) -> None:
    assert "**Trained on simulated traffic.**" in card(exported)
    assert "| simulated file | SHA-256 |" in card(exported)
    assert front(exported)["license"] == "mit"
    assert "simulated-data" in front(exported)["tags"]
    named = front(exported)["model-index"][0]["results"][0]["dataset"]
    assert named["name"] == "IoT-23 (simulated)"


def test_the_card_of_real_records_has_their_licence(tmp_path: Path) -> None:
    variants.native.write_iot_23(tmp_path / "data/raw/iot-23")
    project = variants.Project(tmp_path, "iot-23", "zeek", source="mirror")
    project.sample(*variants.logs(project))
    project.encode()
    export(project.train("majority"), tmp_path / "exported")
    assert "imulated" not in card(tmp_path / "exported")
    assert front(tmp_path / "exported")["license"] == "cc-by-4.0"
    assert "metrics were not at hand" in card(tmp_path / "exported")


def test_the_card_has_measures_beside_those_of_the_controls(
    project: variants.Project, exported: Path
) -> None:
    metrics = read_json(project.place(variants.paths.METRICS, variant="xgboost"))
    own = metrics["runs"]["1-1"]["vector"]
    values = [100 * own["accuracy"], 100 * own["macro"]["f1"]]
    row = re.search(r"\| xgboost, this run \| ([\d.]+) \| ([\d.]+) \|", card(exported))
    assert row
    assert [float(value) for value in row.groups()] == [round(value, 2) for value in values]
    assert "| majority, mean of 2 splits |" in card(exported)
    assert "| tree, mean of 2 splits |" in card(exported)
    first = front(exported)["model-index"][0]["results"][0]["metrics"][0]
    assert (first["type"], first["value"]) == ("accuracy", own["accuracy"])


def test_an_interval_is_shown_if_it_says_something() -> None:
    found = MeanInterval(91.0, 1.0, 89.5, 92.5, n=3)
    assert model_card.interval(ACCURACY, found) == "91.00 (89.50 to 92.50)"
    assert model_card.interval(ACCURACY, found._replace(n=2)) == "91.00"
    assert model_card.interval(ACCURACY, found._replace(low=-20.0)) == "91.00"
    assert model_card.interval(ACCURACY, MeanInterval(91.0)) == "91.00"


def test_the_card_has_classes_features_and_digests(exported: Path) -> None:
    model, shown = trained.load(exported), card(exported)
    assert all(f"\n| {name} | " in shown for name in model.classes)
    for kind in ("numerical", "categorical"):
        assert all(f"\n| {one['name']} | " in shown for one in model.fitted[kind])
    for name, digest in digests(exported).items():
        assert name == "README.md" or re.search(rf"\n\| {name} \| [\d,]+ \| {digest} \|", shown)


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert cli.main(["export", *map(str, arguments)]) == 2
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    return shown


def test_a_folder_that_holds_something_is_refused(
    project: variants.Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine").write_text("")
    assert "name a new folder" in refused(capsys, project.model("xgboost"), tmp_path)
    assert "name a new folder" in refused(capsys, project.model("xgboost"), tmp_path / "mine")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_an_onnx_file_is_checked_and_scored_with(
    project: variants.Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("onnxruntime", reason=ONNX)
    folder = tmp_path / "exported"
    model = str(project.model("xgboost"))
    assert cli.main(["export", model, str(folder), "--to", "onnx"]) == 0
    shown = capsys.readouterr().out
    test = read_json(project.place(variants.paths.METRICS, variant="xgboost"))
    n = test["runs"]["1-1"]["vector"]["n"]
    assert f"over {n:,} test records and 2,000 made-up ones" in shown
    assert shown.splitlines()[-1].split(": ", 1)[1] in card(folder)
    assert f"| model.onnx | {(folder / 'model.onnx').stat().st_size:,} |" in card(folder)
    assert "onnx" in front(folder)["tags"]


def test_an_onnx_file_that_differs_is_not_written(
    project: variants.Project,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("onnxruntime", reason=ONNX)
    from ecnet.evaluate.onnx import check

    monkeypatch.setattr(check, "difference", lambda *_: 2e-5)
    arguments = project.model("xgboost"), tmp_path / "exported", "--to", "onnx"
    assert "differs by 2e-05" in refused(capsys, *arguments)
    assert not any(tmp_path.iterdir())


def test_the_model_in_c_is_in_a_folder_of_its_own(
    project: variants.Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "exported"
    model = str(project.model("xgboost"))
    assert cli.main(["export", model, str(folder), "--to", "c"]) == 0
    assert f"make -C {folder / 'c'} check" in capsys.readouterr().out
    test = read_json(project.place(variants.paths.METRICS, variant="xgboost"))
    n = min(200, test["runs"]["1-1"]["vector"]["n"])
    assert f"#define ECNET_RECORDS {n} " in (folder / "c/model.h").read_text()
    assert f"\n| c/model.c | {(folder / 'c/model.c').stat().st_size:,} |" in card(folder)
    assert trained.load(folder).run.name == "1-1"


def test_a_model_without_a_form_in_c_is_named(
    project: variants.Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = project.train("stratified")
    capsys.readouterr()
    shown = refused(capsys, model, tmp_path / "exported", "--to", "c")
    assert f"{model}: a model of the family stratified has no form in C" in shown
    assert not (tmp_path / "exported").exists()


def test_without_the_package_for_onnx_it_is_named(
    project: variants.Project,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in [name for name in sys.modules if name.startswith("ecnet.evaluate.onnx")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnx", None)
    arguments = project.model("xgboost"), tmp_path / "exported", "--to", "onnx"
    assert "pip install 'ecnet[onnx]'" in refused(capsys, *arguments)


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("model.json", {"exported": {}}),
        ("model.json", {"exported": 1}),
        ("metrics.json", {"runs": {}}),
        ("metrics.json", {"summary": {}}),
        ("metrics.json", {"over_splits": 1}),
    ],
)
def test_a_model_of_others_that_cannot_be_described_is_refused(
    exported: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    file: str,
    change: dict[str, Any],
) -> None:
    write_json(exported / file, read_json(exported / file) | change)
    assert refused(capsys, exported, tmp_path / "again").startswith("ecnet: ")
    assert not (tmp_path / "again").exists()
