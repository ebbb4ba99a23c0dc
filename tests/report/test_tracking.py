"""A finished run is written to MLflow: each model a run, with its settings, scores and curves."""

import sys
from pathlib import Path

import pytest

from ecnet import files
from ecnet.report import tracking
from ecnet.runtime import cli

DESCRIBED = {
    **{"dataset": "iot-23", "protocol": "", "task": "binary", "variant": "svm", "family": "svm"},
    **{"source": "simulated", "hyperparameters": {"components": 32}, "weights_sha256": "1" * 64},
    "runs": [{"split": 1, "weights": 1}, {"split": 2, "weights": 1}],
}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write what a run leaves behind of one model under two protocols, and go there."""
    scores = {"svm": {"accuracy": 0.5, "f1": 0.25, "source": "simulated"}}
    for name, protocol in (("iot-23", ""), ("iot-23.random", "random")):
        files.write_json(tmp_path / f"results/scores/binary/{name}.json", scores)
        files.write_json(
            tmp_path / f"results/models/binary/{name}/svm/model.json",
            DESCRIBED | {"protocol": protocol, "weights_sha256": f"{len(name)}" * 32},
        )
    curve = tmp_path / "results/training/binary/iot-23/svm.csv"
    files.write_text(curve, "run,step,validation,loss,source\n2-1,7,0.75,,simulated\n")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("run")
def test_a_model_is_described_by_scores_curves_and_settings() -> None:
    (described, values), (other, _) = tracking._models()
    assert values == [("accuracy", 0.5, 0), ("f1", 0.25, 0), ("validation/2-1", 0.75, 7)]
    assert tracking.experiment(described) == "binary iot-23 (simulated)"
    assert (tracking.label(described), tracking.label(other)) == ("svm", "svm (random)")
    assert tracking.settings(described) == {
        **{"family": "svm", "protocol": "default", "runs": 2, "components": 32}
    }


@pytest.mark.usefixtures("run")
def test_without_mlflow_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "mlflow.entities", None)
    assert cli.main(["mlflow", "store.db"]) == 2
    assert "run: pip install 'ecnet[mlflow]'" in capsys.readouterr().err


@pytest.mark.usefixtures("run")
def test_a_model_is_written_once(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("mlflow", reason="mlflow is not installed: pip install -e '.[mlflow]'")
    from mlflow.tracking import MlflowClient

    assert cli.main(["mlflow", "store.db"]) == 0
    assert cli.main(["mlflow", "store.db"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "store.db: 2 models written, 0 were there",
        "store.db: 0 models written, 2 were there",
    ]
    client = MlflowClient("sqlite:///store.db")
    place = client.get_experiment_by_name("binary iot-23 (simulated)").experiment_id
    runs = {one.info.run_name: one for one in client.search_runs([place])}
    assert set(runs) == {"svm", "svm (random)"}
    assert runs["svm"].data.metrics == {"accuracy": 0.5, "f1": 0.25, "validation/2-1": 0.75}
    assert runs["svm"].data.params["components"] == "32"
    assert runs["svm"].data.tags["source"] == "simulated"
