"""Snakemake over small files: which jobs run after which change, and what a bad input does.

Each test compares the jobs that ran with those that should have.
"""

import json
import math
import re
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from changes import CHANGES, MODEL_TABLES, NSL_KDD, Change, from_sampling
from projects import DATASETS, MIRROR, TARGETS, Project, new_project

from ecnet import paths

pytestmark = pytest.mark.slow


def test_a_second_call_has_nothing_to_do(project: Project) -> None:
    for targets in (TARGETS, ("results/tables/",), ("results/figures/",)):
        done = project.run(*targets, *MIRROR)
        assert done.returncode == 0
        assert "Nothing to be done" in done.stderr


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_runs_the_jobs_that_it_needs(project: Project, change: Change) -> None:
    change.make(project)
    assert project.jobs() == change.jobs(project)


def test_a_change_of_one_adapter_reruns_its_dataset_alone(project: Project) -> None:
    project.change("src/ecnet/datasets/nsl_kdd.py", ("DATASET = ", "ADDED = 1\nDATASET = "))
    assert project.jobs() == from_sampling(project, "nsl-kdd", NSL_KDD)


def test_a_deleted_table_is_made_again(project: Project) -> None:
    (project.folder / "results/tables/table_7.tex").unlink()
    assert project.jobs() == {MODEL_TABLES, "The report"}


def test_without_a_mirror_traffic_is_simulated_and_says_so_to_the_end(project: Project) -> None:
    project.params(lambda values: values["data"].update(include=["nsl-kdd"]))
    metrics = "results/metrics/multiclass/nsl-kdd/majority.json"
    done = project.jobs("results/tables/datasets.md", metrics)
    assert "nsl-kdd: simulating its files" in done
    assert "Simulated: NSL-KDD." in (project.folder / "results/tables/datasets.md").read_text()
    for name in ("data/sampled/nsl-kdd.json", "data/encoded/nsl-kdd/encoder.json", metrics):
        assert json.loads((project.folder / name).read_text())["source"] == "simulated", name
    sampled = pq.read_schema(project.folder / "data/split/nsl-kdd.parquet")
    assert json.loads(sampled.metadata[b"ecnet"])["source"] == "simulated"
    records = project.folder / "data/provenance/nsl-kdd"
    assert project.jobs("data/sampled/nsl-kdd.json", *MIRROR)  # back: the same files as at first
    assert len(list(records.glob("*.record"))) == 2


def test_raw_files_that_are_not_kept_are_deleted_when_sampled_and_results_are_the_same(
    project: Project, tmp_path: Path
) -> None:
    few = new_project(tmp_path / "few")
    few.params(lambda values: values["data"].update(max_raw_files=1, include=["iot-23"]))
    done = few.run("data/encoded", *MIRROR)
    assert done.returncode == 0, done.stderr
    files = sorted(path.name for path in (few.folder / "mirror/iot-23").iterdir())
    steps = [f"{step} {name}" for name in files for step in ("fetching", "sampling")]
    assert re.findall(r"^Job \d+: iot-23: ((?:fetching|sampling) .*)$", done.stderr, re.M) == steps
    assert not [path for path in (few.folder / "data/raw").rglob("*") if path.is_file()]
    for name in ("sampled/iot-23.parquet", "sampled/iot-23.json", "encoded/iot-23/fit.safetensors"):
        assert (few.folder / "data" / name).read_bytes() == (
            project.folder / "data" / name
        ).read_bytes()
    shutil.rmtree(few.folder / "mirror")
    assert "Nothing to be done" in few.run("data/encoded", *MIRROR).stderr


def test_a_union_is_made_of_datasets_that_are_not_shown(project: Project) -> None:
    project.params(lambda values: values["data"].update(include=["iot-ds2"]))
    shutil.rmtree(project.folder / "mirror/mqtt-iot-ids2020")
    metrics = "results/metrics/multiclass/iot-ds2/majority.json"
    done = project.jobs("results/tables/datasets.md", metrics, *MIRROR)
    assert "iot-ds2: putting together the samples of its parts" in done
    assert "iot-ni: merging the samples of its files" in done
    shown = (project.folder / "results/tables/datasets.md").read_text()
    assert "Made without MQTT (not in the mirror)." in shown
    assert "| IoT-DS2 | mirror" in shown
    assert "BoT-IoT" not in shown


def test_a_dataset_that_cannot_be_had_is_skipped_and_named(project: Project) -> None:
    shutil.rmtree(project.folder / "mirror/nsl-kdd")
    done = project.run(*TARGETS, *MIRROR)
    assert done.returncode == 0, done.stderr
    assert "NSL-KDD: not in the mirror (it has no folder nsl-kdd); get it by hand" in done.stderr
    for name in ("table_6", "table_7", "table_8", "datasets"):
        text = (project.folder / f"results/tables/{name}.md").read_text()
        assert re.search(r"NSL-KDD.*absent", text), name


def test_a_dataset_that_cannot_be_had_stops_the_run_where_that_is_asked(project: Project) -> None:
    shutil.rmtree(project.folder / "mirror/nsl-kdd")
    project.params(lambda values: values["data"].update(missing="error"))
    done = project.run(*TARGETS, *MIRROR)
    assert done.returncode != 0
    assert "NSL-KDD: not in the mirror (it has no folder nsl-kdd); get it by hand" in done.stderr
    assert "Traceback" not in done.stderr
    assert not re.search(r"^Job \d+", done.stderr, flags=re.MULTILINE)


def test_a_bad_parameter_stops_before_any_job(project: Project) -> None:
    project.params(lambda values: values["split"].update(tset=0.1))
    done = project.run(*TARGETS, *MIRROR)
    assert done.returncode != 0
    assert "params.yaml: split.tset: 'tset' is not known; did you mean test?" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_this_machine_lacks_stops_a_run_before_any_job(tmp_path: Path) -> None:
    project = new_project(tmp_path / "new")
    family = project.folder / "src/ecnet/models/xgboost.py"
    family.write_text(family.read_text() + "\n\ndef unused():\n    import no_such_library\n")
    for _ in range(2):  # the first leaves no lock behind
        done = project.run("results/tables", *MIRROR)
        assert done.returncode != 0
        assert (
            "no_such_library: is not installed, and ecnet.models.xgboost needs it; run make install"
        ) in done.stderr.splitlines()
        assert "Traceback" not in done.stderr
        assert "was killed" not in done.stderr
        assert not re.search(r"^Job \d+", done.stderr, flags=re.MULTILINE)


def test_all_that_trainings_need_is_made_before_the_first_and_the_largest_starts(
    tmp_path: Path,
) -> None:
    project = new_project(tmp_path / "new")
    models = [f"results/models/multiclass/{name}/majority/model.json" for name in DATASETS]
    done = project.run(*models, *MIRROR, cores=1)
    assert done.returncode == 0, done.stderr
    begun = re.findall(r"^Job \d+: (\S+): (encoding|training)", done.stderr, re.MULTILINE)
    assert [step for _, step in begun] == ["encoding", "encoding", "training", "training"]
    first, second = (
        sum(
            (project.folder / file.format(dataset=dataset, protocol="")).stat().st_size
            for file in (paths.ENCODER, paths.FIT)
        )
        for dataset, step in begun
        if step == "training"
    )
    assert first > second


def test_a_dry_run_shows_groups_only_where_a_profile_makes_them(tmp_path: Path) -> None:
    project = new_project(tmp_path / "new")
    command = ("results/tables", "--dry-run", *MIRROR)
    training = r"Job \d+: \S+: training \S+ \("
    alone = project.run(*command).stdout
    trainings = re.findall(f"^{training}", alone, flags=re.MULTILINE)
    assert trainings
    assert "Group job" not in alone
    together = project.run(*command, "--group-components", "train=8", "evaluate=16").stdout
    assert len(re.findall(f"^ +{training}", together, flags=re.MULTILINE)) == len(trainings)
    assert together.count("Group job train ") == math.ceil(len(trainings) / 8)
    assert "Group job evaluate " in together


def test_a_dataset_that_fails_costs_its_own_tables_alone(project: Project) -> None:
    next((project.folder / "mirror/nsl-kdd").glob("KDDTrain*")).write_text("0,tcp,http\n")
    for made in ("provenance", "raw", "sampled"):
        shutil.rmtree(project.folder / "data" / made / "nsl-kdd")
    (project.folder / "data/sampled/nsl-kdd.json").unlink()
    done = project.run(*TARGETS, *MIRROR)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("ecnet: nsl-kdd failed; the tables ")
    for name in ("table_6", "datasets", "significance", "claims", "inflation"):
        text = (project.folder / f"results/tables/{name}.md").read_text()
        assert re.search(r"[Aa]bsent.*data/raw/nsl-kdd/KDDTrain\+.txt: line 1 has", text), name
        assert "IoT-23" in text, name
    shown = project.results()
    assert project.run(*TARGETS, *MIRROR).returncode == 1  # until the file is whole, or left out
    assert project.results() == shown
    project.params(lambda values: values["data"].update(include=["iot-23"]))
    assert project.run(*TARGETS, *MIRROR).returncode == 0


def test_a_dataset_without_normal_records_has_no_binary_task(project: Project) -> None:
    project.params(lambda values: values["sampling"].update(per_class={"iot-23": {"Benign": 0}}))
    done = project.run(*TARGETS, *MIRROR)
    assert done.returncode == 0, done.stderr
    tables = project.folder / "results/tables"
    assert re.search(r"IoT-23 +\| absent", (tables / "false_alarms.md").read_text())
    assert "none of its records is normal traffic" in (tables / "claims.md").read_text()
    assert not re.search(r"IoT-23 +\| absent", (tables / "table_6.md").read_text())
    again = project.run(*TARGETS, *MIRROR)
    assert "Nothing to be done" in again.stderr
    assert "IoT-23: no binary task: none of its records is normal traffic" in again.stderr


def test_a_broken_file_stops_with_its_name_and_leaves_nothing_half_written(
    project: Project,
) -> None:
    broken = next((project.folder / "mirror/nsl-kdd").glob("KDDTrain*"))
    broken.write_text("0,tcp,http\n")
    for made in ("provenance/nsl-kdd", "raw/nsl-kdd", "sampled/nsl-kdd"):
        shutil.rmtree(project.folder / "data" / made)
    (project.folder / "data/sampled/nsl-kdd.parquet").unlink()
    done = project.run("data/sampled/nsl-kdd.parquet", *MIRROR)
    assert done.returncode != 0
    line = next(line for line in done.stderr.splitlines() if line.startswith("ecnet: "))
    assert broken.name in line
    assert "Traceback" not in done.stderr
    left = [path for path in project.folder.rglob(".*.part") if path.is_file()]
    assert left == []
    assert not list(project.folder.glob("data/sampled/nsl-kdd/*Train*.parquet"))
