"""What a run learns of its datasets on the way: classes that are missing, and steps that failed."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scorefiles import settings, write
from test_plan import made

from ecnet import datasets
from ecnet.claims import statistics
from ecnet.datasets import papers
from ecnet.errors import InputError
from ecnet.fetch import refetch
from ecnet.files import write_json
from ecnet.plan import again, outcomes
from ecnet.plan.outcomes import Failure, Outcomes
from ecnet.plan.plan import Plan
from ecnet.prepare import records, split
from ecnet.render.settings import settings_of


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def sampled(dataset: str, *classes: str, notices: Sequence[str] = ()) -> None:
    """Write the accounts of a sample; a class that is not kept stands there as well."""
    counts = {label: {"kept": 5} for label in classes} | {"Theft": {"kept": 0}}
    format = datasets.load(dataset).formats[0].name
    account = {"format": format, "classes": counts, "notices": list(notices)}
    write_json(Path("data/sampled", f"{dataset}.json"), account)


def job(dataset: str = "", log: str = "", **wildcards: str) -> Any:
    """Return what Snakemake says of a job; its log ends with the line `log`."""
    path = Path("logs", f"{dataset}{len(log)}.log")
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"something else\n{log}\n" if log else "")
    named = {"dataset": dataset} if dataset else {}
    return SimpleNamespace(wildcards=SimpleNamespace(**named, **wildcards), log=[str(path)])


def test_a_sample_tells_which_models_there_can_be() -> None:
    sampled("bot-iot", "DoS-TCP", "DDoS-TCP")
    sampled("iot-23", "Benign")
    sampled("mqttset", "Normal", "SlowITe")
    assert outcomes.known(["bot-iot", "iot-23", "mqttset", "nsl-kdd"]) == Outcomes(
        unsampled=("nsl-kdd",),
        untrainable={"iot-23": "all its records are Benign, and a classifier needs two classes"},
        no_binary={"bot-iot": "none of its records is normal traffic"},
    )


@pytest.mark.parametrize("content", ["[]", "{}", '{"classes": {"Normal": 1}}'])
def test_accounts_that_count_no_classes_are_refused_with_what_to_do(content: str) -> None:
    Path("data/sampled").mkdir(parents=True)
    Path("data/sampled/iot-23.json").write_text(content)
    with pytest.raises(InputError, match=r"iot-23\.json: has no counts of classes; delete it"):
        outcomes.known(["iot-23"])


def absent(found: Plan, task: str = "multiclass") -> dict[str, str]:
    """Return the datasets that tables of a task show as absent, with the reason."""
    settings = json.loads(found.render_settings("model_tables"))
    return dict(settings["absent"][task])


def test_without_normal_records_a_dataset_is_absent_from_the_binary_task_alone() -> None:
    sampled("bot-iot", "DoS-TCP", "DDoS-TCP")
    sampled("nsl-kdd", "Normal", "DoS")
    found = made("simulated", "bot-iot", "nsl-kdd")
    assert found.of_task("multiclass") == ["bot-iot", "nsl-kdd"]
    assert found.of_task("binary") == ["nsl-kdd"]
    assert not [file for file in found.metrics("figure-6", "binary") if "bot-iot" in file]
    assert absent(found, "multiclass") == {}
    assert list(absent(found, "binary")) == ["bot-iot"]
    settings = settings_of(json.loads(found.render_settings("verdict_tables")))
    assert settings.absences.startswith("Absent: BoT-IoT, from the binary task: ")
    assert found.notices == ["BoT-IoT: no binary task: none of its records is normal traffic"]


def test_a_dataset_of_one_class_is_absent_but_sampled_again() -> None:
    sampled("bot-iot", "DoS-TCP")
    found = made("simulated", "bot-iot", "nsl-kdd")
    assert found.datasets == ["nsl-kdd"]
    assert "data/sampled/bot-iot.json" in found.counts
    assert "all its records are DoS-TCP" in absent(found)["bot-iot"]
    with pytest.raises(InputError, match="BoT-IoT: all its records are DoS-TCP"):
        made("simulated", "bot-iot", "nsl-kdd", missing="error")


def test_what_was_noticed_of_files_is_said_with_each_plan() -> None:
    sampled("iot-ni", "Normal", "Scan Port OS", notices=("x.csv: the dates may be two things",))
    assert made("simulated", "iot-ni").notices == ["x.csv: the dates may be two things"]


def test_a_failed_dataset_is_absent_and_its_union_is_made_without_it() -> None:
    failed = {"iot-23": "data/raw/iot-23/x: is cut short"}
    found = made("simulated", "iot-23", "iot-ds2", failed=failed)
    assert found.datasets == ["iot-ds2"]
    assert "iot-23" not in found.found.unions["iot-ds2"]
    assert absent(found) == failed
    assert found.notices == ["IoT-23: data/raw/iot-23/x: is cut short"]


def test_a_protocol_that_fails_costs_itself_unless_a_variant_needs_it() -> None:
    found = made("simulated", "iot-23", failed={"iot-23.temporal": "a record has no time"})
    assert found.datasets == ["iot-23"]
    assert found.refusal("iot-23", ".temporal") == "a record has no time"
    needed = made("simulated", "iot-23", failed={"iot-23.shuffled": "a leak"})
    assert needed.datasets == []


def test_a_failed_job_tells_what_is_wrong_with_its_dataset() -> None:
    told = job("iot-23", "ecnet: x.log: is cut?", protocol=".random", task="binary")
    assert outcomes.failures([told]) == [Failure("iot-23", ".random", "binary", "x.log: is cut?")]


@pytest.mark.parametrize("end", ["", "?", "."])
def test_a_remedy_is_said_in_full_and_stands_in_no_table(end: str, tmp_path: Path) -> None:
    raw = tmp_path / "x.log"
    (tmp_path / "x.log.record").touch()
    with pytest.raises(InputError) as caught, refetch.with_remedy(tmp_path, raw):
        raise InputError(f"{raw}: is cut{end}")
    told = f"ecnet: {caught.value}"
    failures = outcomes.failures([job("iot-23", told)])
    assert failures
    assert failures[0].why.endswith("x.log.record, and run again")
    found = made("simulated", "iot-23", "nsl-kdd", failed={"iot-23": failures[0].why})
    assert found.notices == [f"IoT-23: {raw}: is cut"]
    assert "?." not in told


def test_a_long_reason_is_cut_in_tables_alone() -> None:
    why = "x.log: " + "unknown label " * 50
    assert len(outcomes.brief(why)) < 310
    assert outcomes.failures([job("iot-23", f"ecnet: {why}")]) == [
        Failure("iot-23", "", "", why.rstrip("\n"))
    ]


@pytest.mark.parametrize(
    "failed",
    [
        {"dataset": "iot-23"},
        {"dataset": "iot-23", "log": "ecnet stopped: out of memory"},
        {"log": "ecnet: results/metrics: none for iot-23"},
    ],
    ids=["killed", "of the machine", "of no dataset"],
)
def test_no_other_plan_helps_where_it_is_not_the_input_of_a_dataset(failed: dict[str, str]) -> None:
    assert outcomes.failures([job("nsl-kdd", "ecnet: is empty"), job(**failed)]) is None


def test_of_a_group_of_jobs_those_count_that_tell_what_is_wrong() -> None:
    told, silent = job("iot-23", "ecnet: is cut"), job("nsl-kdd")
    group, killed = SimpleNamespace(jobs=[silent, told]), SimpleNamespace(jobs=[silent])
    assert outcomes.failures([group]) == [Failure("iot-23", "", "", "is cut")]
    assert outcomes.failures([group, killed]) is None


def test_jobs_on_other_machines_plan_with_what_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECNET_FAILED", '{"iot-23": "x is cut"}')
    in_job = [sys.executable, "-c", "from ecnet.plan import again; print(again.failed())"]
    assert again.failed() == {"iot-23": "x is cut"}
    assert subprocess.check_output(in_job, text=True) == "{'iot-23': 'x is cut'}\n"


def test_another_plan_is_needed_only_where_something_new_is_known() -> None:
    found = made("simulated", "bot-iot", "nsl-kdd")
    assert found.overtaken([]) is None
    failure = Failure("nsl-kdd", "", "", "is empty")
    assert found.overtaken([failure]) == {"nsl-kdd": "is empty"}
    known = made("simulated", "bot-iot", "nsl-kdd", failed={"nsl-kdd": "is empty"})
    assert known.overtaken([failure]) is None
    sampled("bot-iot", "Normal", "DoS-TCP")
    assert found.overtaken([]) is None
    sampled("bot-iot", "DDoS-TCP", "DoS-TCP")
    assert found.overtaken([]) == {}


def test_a_failure_that_the_samples_explain_is_none() -> None:
    found = made("simulated", "bot-iot", "nsl-kdd")
    sampled("bot-iot", "DoS-TCP", "DDoS-TCP")
    sampled("nsl-kdd", "DoS")
    binary = Failure("bot-iot", "", "binary", "no binary task")
    assert found.overtaken([binary, Failure("nsl-kdd", "", "", "one class")]) == {}
    other = Failure("bot-iot", "", "multiclass", "is cut")
    assert found.overtaken([other]) == {"bot-iot": "is cut"}


@pytest.mark.parametrize(("status", "expected"), [(0, 1), (1, 1), (2, 2)])
def test_a_run_with_a_failed_dataset_ends_with_a_status_that_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], status: int, expected: int
) -> None:
    monkeypatch.setenv("ECNET_FAILED", '{"iot-23": "x is cut"}')
    monkeypatch.setattr("snakemake.cli.main", lambda: exit(status))
    assert again.run() == expected
    assert capsys.readouterr().err == "ecnet: iot-23 failed; the tables name it absent: x is cut\n"


def test_what_ends_the_second_pass_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECNET_FAILED", '{"iot-23": "x is cut"}')
    monkeypatch.setattr("snakemake.cli.main", lambda: sys.exit("No dataset can be had"))
    assert again.run() == 1
    assert capsys.readouterr().err.splitlines()[0] == "No dataset can be had"


def test_what_uses_snakemake_as_a_library_is_not_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["/usr/bin/pytest"])
    assert not again.possible()
    monkeypatch.setattr("sys.argv", ["/usr/bin/snakemake", "-n"])
    assert again.possible()


def test_a_binary_task_without_normal_records_is_refused_in_words() -> None:
    with pytest.raises(InputError, match=r"no binary task: none of the records is Normal \(.*DoS"):
        records.binary(np.zeros(2, dtype=np.int32), ("DoS", "Theft"), "Normal")


def test_a_sample_of_one_class_is_not_split(tmp_path: Path) -> None:
    path = tmp_path / "nsl-kdd.parquet"
    frame = pd.DataFrame({"capture": "c", "label": ["DoS"] * 3, "row": [1, 2, 3], "subset": ""})
    frame.to_parquet(path)
    named = {"dataset": "nsl-kdd", "format": "full"}
    with pytest.raises(InputError, match="all records are DoS, and a classifier needs two"):
        split.split(
            sample=path,
            assignment=tmp_path / "split.parquet",
            report=tmp_path / "split.json",
            settings=named,
        )


def test_without_a_normal_class_every_class_is_an_attack(tmp_path: Path) -> None:
    classes = ["Flood", "Scan"]
    files = [
        write(tmp_path, "bot-iot", variant, [90.0, 91.0, 92.0, 93.0, 94.0, 95.0], classes=classes)
        for variant in ("ecnet", "majority")
    ]
    paper = papers.reproduced().path
    statistics.run(metrics=files, papers=[paper], output=tmp_path / "s.json", settings=settings())
    rows = json.loads((tmp_path / "s.json").read_text())["comparisons"]
    compared = {row["metric"] for row in rows if row["family"] == "attack-types"}
    assert compared == {"F1 of Flood", "F1 of Scan"}


def test_a_model_that_cannot_be_measured_on_a_board_costs_no_dataset() -> None:
    failed = job("mqttset", "ecnet: no room", task="multiclass")
    assert outcomes.failures([failed])
    failed.rule = "devices"
    assert outcomes.failures([failed]) is None
