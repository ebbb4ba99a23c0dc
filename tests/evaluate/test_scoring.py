"""`ecnet score`: a trained model answers for native files and streams as it does in `predict`."""

import gzip
import io
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import native
import pandas as pd
import pyarrow.parquet as pq
import pytest
import variants

from ecnet.errors import InputError
from ecnet.evaluate import scoring
from ecnet.evaluate.scoring import stream, trained
from ecnet.evaluate.scoring.summary import Timeline
from ecnet.runtime import cli


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> variants.Project:
    project = variants.iot_23(tmp_path_factory.mktemp("project"))
    for variant in variants.VARIANTS:
        project.train(variant)
    project.train("xgboost", "binary")
    return project


@pytest.fixture
def log(project: variants.Project) -> Path:
    return variants.logs(project)[0]


def answers(model: Path, *files: Path, **options: Any) -> pd.DataFrame:
    tables = [table for file in files for table in scoring.score(model, file, **options)]
    return pd.concat([table.to_pandas() for table in tables], ignore_index=True)


def failure(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert cli.main(["score", *map(str, arguments)]) == 2
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    return shown


def unlabelled(log: Path, target: Path) -> Path:
    """Write a log as Zeek itself writes it: without the field that the labels share."""
    text = "\n".join(
        line.rpartition("\t")[0]
        if line.startswith(("#fields", "#types")) or line[0] != "#"
        else line
        for line in log.read_text().splitlines()
    )
    target.write_text(text + "\n")
    return target


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
    native.write_nsl_kdd(tmp_path / "raw")
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


def test_a_model_of_the_union_scores_the_files_of_its_parts(
    tmp_path: Path, log: Path, project: variants.Project
) -> None:
    model = variants.iot_ds2(tmp_path).train("xgboost")
    found = answers(model, log)
    assert len(found) == len(answers(project.model("xgboost"), log))
    assert found["capture"].unique().tolist() == [f"iot-23/{log.name}"]
    assert set(found["label"]) <= set(trained.load(model).classes)
    assert found["host"].notna().all()


def test_lines_are_scored_as_they_arrive_and_a_broken_one_is_set_aside(
    project: variants.Project, log: Path, tmp_path: Path
) -> None:
    bare = unlabelled(log, tmp_path / log.name)
    lines = bare.read_text().splitlines(keepends=True)
    head, rows = [li for li in lines if li[0] == "#"][:8], [li for li in lines if li[0] != "#"]
    process = subprocess.Popen(
        [sys.executable, "-m", "ecnet.runtime.cli", "score", project.model("xgboost"), "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    process.stdin.write("".join([*head, rows[0]]))
    process.stdin.flush()
    first = json.loads(process.stdout.readline())
    start = time.monotonic()
    process.stdin.write(rows[1] + "no flow\n" + rows[2])
    process.stdin.flush()
    second, third = (json.loads(process.stdout.readline()) for _ in range(2))
    waited = time.monotonic() - start
    _, errors = process.communicate()
    assert process.returncode == 0
    wanted = answers(project.model("xgboost"), log).iloc[:3]
    assert [one["class"] for one in (first, second, third)] == wanted["class"].tolist()
    assert [one["row"] - first["row"] for one in (first, second, third)] == [0, 1, 3]
    assert f"stdin: row {first['row'] + 2}: 'no flow': has 1 fields" in errors
    assert "3 records scored, 1 rows set aside" in errors
    assert waited < 1


def test_ctrl_c_ends_a_stream_with_its_summary_and_its_output(
    project: variants.Project, log: Path, tmp_path: Path
) -> None:
    lines = log.read_text().splitlines(keepends=True)
    output = tmp_path / "answers.parquet"
    command = [sys.executable, "-m", "ecnet.runtime.cli", "score", project.model("xgboost"), "-"]
    with subprocess.Popen(
        [*command, "--output", output],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stderr
        process.stdin.write("".join(lines[:12]) + "no flow\n")
        process.stdin.flush()
        assert "no flow" in process.stderr.readline()  # it waits for the next line now
        process.send_signal(signal.SIGINT)
        shown, _ = process.communicate()
    assert process.returncode == 0
    found = pq.read_table(output).to_pandas()
    assert f"{len(found)} records scored, 1 rows set aside" in shown
    assert (
        found["class"].tolist()
        == answers(project.model("xgboost"), log)["class"][: len(found)].tolist()
    )
    assert len(found) == sum(not line.startswith("#") for line in lines[:12])


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


def streamed(project: variants.Project, content: bytes) -> list[Any]:
    loaded = trained.load(project.model("xgboost"))
    return list(stream.batches(io.BytesIO(content), loaded))


def test_a_stream_has_the_records_of_the_file(project: variants.Project, log: Path) -> None:
    wanted = answers(project.model("xgboost"), log)
    found = pd.concat([batch.records for batch in streamed(project, log.read_bytes())])
    for column, of in (("row", "row"), ("ts", "time"), ("orig_h", "host"), ("label", "label")):
        assert found[column].tolist() == wanted[of].tolist()


def test_a_log_that_begins_anew_is_read_with_its_new_header(
    project: variants.Project, log: Path
) -> None:
    once = sum(len(batch.records) for batch in streamed(project, log.read_bytes()))
    found = streamed(project, log.read_bytes() * 2)
    assert sum(len(batch.records) for batch in found) == 2 * once
    assert sum(len(batch.rejected) for batch in found) == 0


def test_a_stream_of_json_lines_needs_no_header(project: variants.Project, log: Path) -> None:
    whole = pd.concat([batch.records for batch in streamed(project, log.read_bytes())])
    fields = log.read_text().splitlines()[6].split("\t")[1:-1]
    flows = [li.split("\t") for li in log.read_text().splitlines() if not li.startswith("#")]
    lines = [
        json.dumps({k: v for k, v in zip(fields, flow, strict=False) if v != "-"}) for flow in flows
    ]
    lines[3:3] = ["{}", '{"ts": ']
    found = streamed(project, "\n".join(lines).encode())
    records = pd.concat([batch.records for batch in found if len(batch.records)])
    assert records["proto"].tolist() == whole["proto"].tolist()
    aside = [row for batch in found for row in batch.rejected["row"]]
    assert 5 in aside


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"1.5\ttcp\n", "line 1 is no header of IoT-23"),
        (b"", "has no record of IoT-23"),
        (b"#fields\tts\tuid\n1\t2\n", "has no column id.orig_h of IoT-23"),
    ],
)
def test_a_stream_without_its_header_is_refused(
    project: variants.Project, content: bytes, wanted: str
) -> None:
    with pytest.raises(InputError, match=wanted):
        streamed(project, content)


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
    assert "takes iot-23/zeek only" in failure(capsys, model, log, "--format", "nsl-kdd/full")
    copy = tmp_path / "model"
    shutil.copytree(model, copy)
    assert "with --encoder" in failure(capsys, copy, log)
    encoder = project.place(variants.paths.ENCODER)
    assert len(answers(copy, log, encoder=encoder))


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
