"""`ecnet score` of native files: a trained model answers as it does in `predict`."""

import gzip
import json
from pathlib import Path

import native as native_files
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import variants
from scored import answers, unlabelled

from ecnet.evaluate.scoring import native, trained
from ecnet.readers import lines, zeek
from ecnet.runtime import cli


@pytest.mark.parametrize("task", ["multiclass", "binary"])
@pytest.mark.parametrize("variant", ["xgboost", "ecnet"])
def test_test_records_have_the_probabilities_of_predict(
    project: variants.Project, variant: str, task: str
) -> None:
    if not project.model(variant, task).exists():
        project.train(variant, task)
    predictions = pq.read_table(project.predict(variant, task)).to_pandas()
    for run in ("1-1", "2-1"):
        wanted = predictions[predictions["run"] == run]
        found = answers(project.model(variant, task), *variants.logs(project), run=run)
        both = wanted.merge(found, on=["capture", "row"], validate="one_to_one")
        assert len(both) == len(wanted) > 100
        best = both[[name for name in both if name.startswith("p:")]].max(axis=1)
        assert (best == both["probability"]).all()
        assert (both["predicted"].astype(str) == both["class"]).all()


def test_without_labels_the_answers_are_the_same(
    project: variants.Project, log: Path, tmp_path: Path
) -> None:
    bare = unlabelled(log, tmp_path / log.name)
    found, wanted = (answers(project.model("xgboost"), file) for file in (bare, log))
    assert found["label"].isna().all()
    assert wanted["label"].notna().all()
    pd.testing.assert_frame_equal(found.drop(columns="label"), wanted.drop(columns="label"))


def test_a_file_without_header_may_lack_its_labels(tmp_path: Path) -> None:
    native_files.write_nsl_kdd(tmp_path / "raw")
    project = variants.Project(tmp_path, "nsl-kdd", "full")
    files = sorted((tmp_path / "raw").iterdir())
    project.sample(*files)
    project.encode()
    bare = tmp_path / "mine.csv"
    rows = [line.rsplit(",", 2) for line in files[0].read_text().splitlines()]
    bare.write_text("".join(f"{features}\n" for features, *_ in rows))
    found, wanted = (answers(project.train("majority"), file) for file in (bare, files[0]))
    assert len(rows) == len(found)
    assert found["unseen"].tolist() == wanted["unseen"].tolist()
    assert found["label"].isna().all()


def test_a_packed_file_is_read_as_the_plain_one(
    project: variants.Project, log: Path, tmp_path: Path
) -> None:
    packed = tmp_path / f"{log.name}.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()))
    found, wanted = (answers(project.model("xgboost"), file) for file in (packed, log))
    pd.testing.assert_frame_equal(found, wanted)


def test_a_value_that_training_did_not_see_is_named(
    project: variants.Project, log: Path, tmp_path: Path
) -> None:
    *head, first, second = log.read_text().splitlines()[:10]
    fields = next(line for line in head if line.startswith("#fields")).split("\t")[1:]
    cells, others = first.split("\t"), second.split("\t")
    cells[fields.index("proto")], cells[fields.index("orig_pkts")] = "carp", "1e12"
    others[fields.index("proto")] = "2"
    changed = tmp_path / log.name
    changed.write_text("\n".join([*head, "\t".join(cells), "\t".join(others)]) + "\n")
    found = answers(project.model("xgboost"), changed)
    assert found["unseen"].tolist()[-2:] == ["proto orig_pkts", ""]


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_each_kind_of_output_has_the_same_rows(
    project: variants.Project, log: Path, tmp_path: Path, suffix: str
) -> None:
    output = tmp_path / f"answers.{suffix}"
    model = project.model("xgboost")
    assert cli.main(["score", str(model), str(log), "--output", str(output)]) == 0
    if suffix == "jsonl":
        found = pd.DataFrame(map(json.loads, output.read_text().splitlines()))
    else:
        found = (
            pd.read_parquet(output) if suffix == "parquet" else pd.read_csv(output, na_values="")
        )
    wanted = answers(model, log)
    assert list(found.columns) == list(wanted.columns)
    assert found["class"].tolist() == wanted["class"].tolist()
    assert found["time"].tolist() == wanted["time"].tolist()
    assert (found["probability"].astype("float32") == wanted["probability"]).all()


def test_a_model_of_the_union_scores_the_files_of_its_parts(
    tmp_path: Path, log: Path, project: variants.Project
) -> None:
    model = variants.iot_ds2(tmp_path).train("xgboost")
    found = answers(model, log)
    assert len(found) == len(answers(project.model("xgboost"), log))
    assert found["capture"].unique().tolist() == [f"iot-23/{log.name}"]
    assert set(found["label"]) <= set(trained.load(model).classes)
    assert found["host"].notna().all()


def test_alerts_are_the_records_that_are_not_normal(
    project: variants.Project, log: Path, tmp_path: Path
) -> None:
    output, model = tmp_path / "alerts.parquet", project.model("xgboost")
    wanted = answers(model, log)
    attack = wanted["class"] != "Benign"
    least = float(wanted["probability"][attack].median())
    for options, chosen in (
        ((), attack),
        (("--at-least", str(least)), attack & (wanted["probability"] >= np.float32(least))),
    ):
        assert 0 < chosen.sum() < len(wanted)
        arguments = ["score", str(model), str(log), "--alerts", *options]
        assert cli.main([*arguments, "--output", str(output)]) == 0
        found = pd.read_parquet(output)
        pd.testing.assert_frame_equal(found, wanted[chosen].reset_index(drop=True))


@pytest.mark.parametrize("variant", ["xgboost", "ecnet"])
def test_answers_are_the_same_bytes_with_more_cores(
    project: variants.Project,
    variant: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lines, "_BLOCK", 4096)  # many blocks
    monkeypatch.setattr(zeek, "_BLOCK", 4096)
    files = map(str, variants.logs(project))
    arguments = ["score", str(project.model(variant)), *files]
    shown = []
    for cores in ("1", "3"):
        output = tmp_path / f"{cores}.csv"
        assert cli.main([*arguments, "--output", str(output), "--cores", cores]) == 0
        shown.append((output.read_bytes(), capsys.readouterr().out))
    assert shown[0] == shown[1]
    assert shown[0][0].count(b"\n") == 961


def test_equal_records_are_computed_once_and_counted(project: variants.Project, log: Path) -> None:
    loaded = trained.load(project.model("xgboost"))
    (batch,) = native.batches(log, loaded)
    twice = pd.concat([batch.records, batch.records], ignore_index=True)
    once, both = loaded.score(batch.records), loaded.score(twice)
    assert (both.probabilities == np.tile(once.probabilities, (2, 1))).all()
    assert (both.encoded.numerical == once.encoded.numerical).all()
    assert (both.encoded.count == 2 * once.encoded.count).all()
    assert once.encoded.count.sum() == len(batch.records)


def test_a_model_is_found_by_the_name_of_its_artifact(
    project: variants.Project, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = answers(project.model("xgboost"), log)
    monkeypatch.chdir(project.folder)
    place = project.model("xgboost").relative_to(project.folder)
    Path("dvc.yaml").write_text(f"artifacts: {{xgboost/iot-23: {{path: {place}}}}}")
    pd.testing.assert_frame_equal(answers(Path("xgboost/iot-23"), log), wanted)
