"""`ecnet audit FILE` and the audit of a sample: format detection, exit status, written files."""

import csv
import gzip
import json
import re
from dataclasses import asdict
from pathlib import Path

import audits
import native
import pandas as pd
import pyarrow.parquet as pq
import pytest
import resultfiles
import yaml
from marked import said

from ecnet import datasets
from ecnet.audit import dataset as audited_dataset
from ecnet.audit.detect_format import detect
from ecnet.config import params
from ecnet.datasets import papers
from ecnet.provenance import fingerprint
from ecnet.runtime import cli
from ecnet.simulate.raw_file import NOTE

ROOT = Path(__file__).parents[2]
LOG = "CTU-IoT-Malware-Capture-3-1.conn.log.labeled"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("native")
    native.write_all(folder)
    return folder


def audit(*arguments: object) -> int:
    return cli.main(["audit", *map(str, arguments), "--params", str(ROOT / "params.yaml")])


def failure(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert audit(*arguments) == 2
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1
    return shown


def copied(folder: Path, target: Path) -> Path:
    """Write a log in which only the protocol distinguishes normal traffic from attacks."""
    lines = (folder / "iot-23" / LOG).read_text().splitlines()
    place = (
        next(line for line in lines if line.startswith("#fields")).split("\t").index("proto") - 1
    )
    for number, line in enumerate(lines):
        if not line.startswith("#"):
            fields = line.split("\t")
            fields[place] = "udp" if "Benign" in line else "tcp"
            lines[number] = "\t".join(fields)
    path = target / LOG
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("file", "format"),
    [
        (f"iot-23/{LOG}", "iot-23/zeek"),
        ("bot-iot/UNSW_2018_IoT_Botnet_Dataset_1.csv", "bot-iot/argus"),
        ("nsl-kdd/KDDTest+.txt", "nsl-kdd/full"),
    ],
)
def test_the_format_is_detected_by_name_and_without_it(
    folder: Path, tmp_path: Path, file: str, format: str
) -> None:
    other = tmp_path / "renamed.data.gz"
    other.write_bytes(gzip.compress((folder / file).read_bytes()))
    for path in (folder / file, other):
        what = detect(path)
        assert f"{what.dataset.name}/{what.format.name}" == format


def test_a_file_of_unknown_format_is_an_error_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    shown = failure(capsys, path)
    assert f"{path}: has no known format; name it with --format" in shown
    assert "iot-23/zeek" in shown
    assert f"{path}: has no column" in failure(capsys, path, "--format", "mqttset/csv")
    assert "--format mqttset: is not a format" in failure(capsys, path, "--format", "mqttset")
    assert "no such file" in failure(capsys, tmp_path / "absent.csv")
    assert "is not a regular file" in failure(capsys, Path("/dev/null"))


def test_the_error_for_a_folder_names_the_files_that_can_be_audited(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "is a folder, and none of its files has" in failure(capsys, tmp_path)
    for name in ("README.md", ".hidden/KDDTest+.txt", "a b/KDDTrain+.txt.gz", "x/KDDTest+.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    shown = failure(capsys, tmp_path)
    named = [f"{tmp_path}/a b/KDDTrain+.txt.gz", f"{tmp_path}/x/KDDTest+.txt"]
    assert f"{tmp_path}: is a folder; name one of its files: {', '.join(named)}\n" in shown
    for number in range(5):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "KDDTest+.txt").touch()
    assert failure(capsys, tmp_path).endswith("4/KDDTest+.txt and 2 more\n")


def test_without_params_it_says_where_to_run(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "params.yaml"
    assert cli.main(["audit", str(folder / "iot-23" / LOG), "--params", str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"ecnet: {path}: cannot be read")


def test_a_damaged_file_has_status_2(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"{LOG}.gz"
    path.write_bytes(gzip.compress((folder / "iot-23" / LOG).read_bytes())[:-20])
    assert f"{path}: cannot be read" in failure(capsys, path)


def test_the_exit_status_says_whether_there_is_a_finding_of_that_severity(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = folder / "iot-23" / LOG, copied(folder, tmp_path)
    assert audit(good, "--fail-on", "critical") == 0
    capsys.readouterr()
    assert audit(bad) == 0
    assert "critical: label-copied: proto" in capsys.readouterr().out
    assert audit(bad, "--fail-on", "critical") == 1


def test_the_files_contain_the_findings_and_the_origin_of_the_records(
    folder: Path, tmp_path: Path
) -> None:
    path = copied(folder, tmp_path)
    audit(path, "--output", tmp_path / "out")
    (tmp_path / NOTE).write_text('{"source": "simulated"}')
    assert json.loads((tmp_path / "out" / f"{LOG}.json").read_text())["source"] == "not stated"
    audit(path, "--output", tmp_path / "out")
    written = json.loads((tmp_path / "out" / f"{LOG}.json").read_text())
    assert written["source"] == "simulated"
    assert "Source: **simulated**" in (tmp_path / "out" / f"{LOG}.md").read_text()
    rows = list(csv.DictReader((tmp_path / "out" / f"{LOG}.csv").open()))
    assert {row["source"] for row in rows} == {"simulated"}
    found = [row["check"] for row in rows if row["severity"] != "not run"]
    assert found == [finding["check"] for finding in written["findings"]]
    assert [row["check"] for row in rows if row["severity"] == "not run"] == [
        skip["check"] for skip in written["not_run"]
    ]


def test_a_sample_is_audited_with_the_counts_of_the_whole_files(tmp_path: Path) -> None:
    (tmp_path / "samples").mkdir()
    sample = native.flow_samples(tmp_path / "samples")["iot-23"]
    format = datasets.load("iot-23").format("zeek")
    accounts = {
        "source": "mirror",
        "rejected": 7,
        "files": [{"file": "a.csv"}, {"file": "b.csv"}],
        "classes": {name: {"read": 1000 + n} for n, name in enumerate(format.classes)},
    }
    counts = tmp_path / "counts.json"
    counts.write_text(json.dumps(accounts))
    values = yaml.safe_load((ROOT / "params.yaml").read_text())
    reported = [asdict(row) for row in papers.reproduced().label_counts("iot-23", format)]
    chosen = params.audit(values, "iot-23")
    chosen |= {"dataset": "iot-23", "format": "zeek", "label_counts": reported}
    audited_dataset.run(sample=sample, counts=counts, output=tmp_path / "iot-23", settings=chosen)
    written = json.loads((tmp_path / "iot-23.json").read_text())
    assert written["source"] == "mirror"
    assert len(written["captures"]) == 2
    assert written["rows_set_aside"] == 7
    assert written["duplicates"]["records"] == pq.read_metadata(sample).num_rows
    read = {row["class"]: row["found"] for row in written["label_counts"]}
    assert read == {name: held["read"] for name, held in accounts["classes"].items()}


@pytest.mark.parametrize("name", datasets.names())
def test_every_dataset_cites_its_known_issues(name: str) -> None:
    issues = datasets.load(name).known_issues
    assert issues
    for issue in issues:
        assert issue.text.endswith(".")
        assert re.search(r"\b(19|20)\d\d\b", issue.citation)


def test_a_split_does_not_import_the_audit_of_a_dataset() -> None:
    assert "ecnet.audit.single_column" in fingerprint.closure("ecnet.audit.dataset")
    assert "ecnet.audit.single_column" not in fingerprint.closure("ecnet.prepare.split")


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Audits of three of the datasets of resultfiles; the fourth is absent."""
    folder = tmp_path_factory.mktemp("reports")
    paths = []
    for name, source in resultfiles.SOURCES.items():
        records = pd.concat([audits.clean(90)] * (2 if source == "simulated" else 1))
        found = audits.audited(records.reset_index(drop=True))
        path = folder / f"{name}.json"
        path.write_text(json.dumps({"dataset": name, "source": source, "format": "small"} | found))
        paths.append(path)
    return paths


def test_the_table_has_every_dataset_and_says_which_are_simulated(
    reports: list[Path], tmp_path: Path
) -> None:
    resultfiles.make(tmp_path, "audit_table", files={"audits": reports})
    rows = {row["dataset"]: row for row in csv.DictReader((tmp_path / "audit.csv").open())}
    assert list(rows) == list(resultfiles.TITLES)
    assert rows["bot-iot"]["source"] == "absent"
    assert rows["mqttset"]["duplicates_percent"] == "50.0"
    assert rows["iot-23"]["duplicates_percent"] == "0.0"
    assert "Simulated: MQTTset." in (tmp_path / "audit.md").read_text()


def test_the_figure_is_reproducible_and_names_its_sources(
    reports: list[Path], tmp_path: Path
) -> None:
    for name in ("a", "b"):
        files = {"audits": reports[::-1] if name == "b" else reports}
        resultfiles.make(tmp_path / name, "audit_figure", files=files)
    for suffix in ("svg", "pdf", "png"):
        first, second = (tmp_path / name / f"audit.{suffix}" for name in ("a", "b"))
        assert first.read_bytes() == second.read_bytes()
    drawn = (tmp_path / "a" / "audit.svg").read_text()
    assert "(simulated)" in drawn
    assert any("any column, copies kept: " in one and "column: " in one for one in said(drawn))
    assert "Absent: BoT-IoT" in drawn
