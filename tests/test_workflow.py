"""Snakemake over small files: which jobs run after which change, and what a bad input does.

Each test compares the jobs that ran with those that should have.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import native
import pyarrow.parquet as pq
import pytest
import yaml

from ecnet import simulator

ROOT = Path(__file__).parents[1]
PARTS = ("Snakefile", "params.yaml", "requirements.lock", "profiles", "workflow", "src")
DATASETS = ("iot-23", "nsl-kdd")
LEFT_OUT = ("svm", "lstm")
TARGETS = ("results/tables", "results/figures")
MIRROR = ("--config", "mirror=mirror")

pytestmark = pytest.mark.workflow


class Project:
    """A copy of the project in a folder of its own, with small files and few variants."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *arguments: str, cores: int = 2) -> subprocess.CompletedProcess[str]:
        """Run Snakemake on the copy's own code."""
        return subprocess.run(
            [sys.executable, "-m", "snakemake", "--cores", str(cores), *arguments],
            cwd=self.folder,
            env={
                "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
                "PYTHONPATH": str(self.folder / "src"),
                "HOME": str(self.folder),
            },
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def jobs(self, *arguments: str) -> set[str]:
        """Run to the end and return the messages of the jobs that ran."""
        done = self.run(*(arguments or (*TARGETS, *MIRROR)))
        assert done.returncode == 0, done.stdout + done.stderr
        return set(re.findall(r"^Job \d+: (.*)$", done.stderr, flags=re.MULTILINE))

    def change(self, file: str, *changes: tuple[str, str]) -> None:
        """Replace text in a file of the copy."""
        path = self.folder / file
        text = path.read_text()
        for old, new in changes:
            assert text.count(old) == 1, (old, text.count(old))
            text = text.replace(old, new)
        path.write_text(text)

    def params(self, edit: Callable[[dict], None]) -> None:
        """Edit params.yaml; comments are lost, which must not matter."""
        path = self.folder / "params.yaml"
        values = yaml.safe_load(path.read_text())
        edit(values)
        path.write_text(yaml.safe_dump(values, sort_keys=False))

    def results(self) -> dict[str, bytes]:
        """Return the bytes of every table, figure and metric, and of the provenance."""
        places = ("tables/*", "figures/*", "metrics/**/*.json", "provenance.json")
        folder = self.folder / "results"
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for place in places
            for path in sorted(folder.glob(place))
        }


def small(values: dict) -> None:
    """Keep two datasets and few variants, with small models."""
    values["data"].update(include=list(DATASETS), check_facts=False)
    values["seeds"] = [1, 2]
    for name in LEFT_OUT:
        del values["variants"][name]
    values["models"]["xgboost"].update(rounds=5)
    values["models"]["ecnet"].update(embedding=4, hidden=16, heads=2, dense=8, epochs=1)


def new_project(folder: Path) -> Project:
    folder.mkdir(exist_ok=True)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    native.write_all(folder / "mirror")
    project = Project(folder)
    project.params(small)
    return project


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in which everything has been made, on many cores."""
    project = new_project(tmp_path_factory.mktemp("finished"))
    done = project.run(*TARGETS, *MIRROR, cores=8)
    assert done.returncode == 0, done.stdout + done.stderr
    return project


@pytest.fixture
def project(finished: Project, tmp_path: Path) -> Iterator[Project]:
    """A copy of the finished project, its times and Snakemake's memory included."""
    shutil.copytree(finished.folder, tmp_path / "copy", copy_function=shutil.copy2)
    return Project(tmp_path / "copy")


def trained(variant: str, task: str, *datasets: str) -> set[str]:
    """Return the jobs from the training of a variant to its metrics."""
    steps = ("training {}", "classifying the test records with {}", "evaluating {}")
    return {
        f"{name}: {step.format(variant)} ({task})"
        for name in (datasets or DATASETS)
        for step in steps
    }


def table(number: int) -> str:
    return f"Table {number}: measured, reported, and side by side"


BINARY = ("majority", "xgboost", "ecnet")
PROVENANCE = "What the results were made of"


def test_a_second_call_has_nothing_to_do(project: Project) -> None:
    for targets in (TARGETS, ("results/tables/",), ("results/figures/",)):
        done = project.run(*targets, *MIRROR)
        assert done.returncode == 0
        assert "Nothing to be done" in done.stderr


def test_one_core_and_eight_give_the_same_bytes(finished: Project, tmp_path: Path) -> None:
    again = new_project(tmp_path / "again")
    assert again.run(*TARGETS, *MIRROR, cores=1).returncode == 0
    assert again.results() == finished.results()
    assert len(again.results()) > 60


def test_a_learning_rate_of_one_variant_reruns_that_variant(project: Project) -> None:
    project.params(
        lambda values: values["variants"]["ecnet-no-attention"].update(learning_rate=1.0)
    )
    assert project.jobs() == trained("ecnet-no-attention", "multiclass") | {table(7), PROVENANCE}


def test_two_swapped_hyperparameters_rerun_their_variants(project: Project) -> None:
    def swap(values: dict) -> None:
        family = values["models"]["xgboost"]
        family["max_depth"], family["patience"] = family["patience"], family["max_depth"]

    project.params(swap)
    assert project.jobs() == (
        trained("xgboost", "multiclass")
        | trained("xgboost", "binary")
        | {table(6), "Figure 6", PROVENANCE}
    )


def test_a_change_of_a_models_source_reruns_its_variants(project: Project) -> None:
    project.change("src/ecnet/models/xgboost.py", ("_BOOSTER = (", "_ADDED = 1\n_BOOSTER = ("))
    assert project.jobs() == (
        trained("xgboost", "multiclass")
        | trained("xgboost", "binary")
        | {table(6), "Figure 6", PROVENANCE}
    )


def test_comments_rerun_nothing(project: Project) -> None:
    project.change("src/ecnet/models/xgboost.py", ("_BOOSTER = (", "# why\n_BOOSTER = ("))
    params = project.folder / "params.yaml"
    params.write_text("# another comment\n" + params.read_text())
    assert project.jobs() == set()


def test_a_change_of_one_adapter_reruns_its_dataset_alone(project: Project) -> None:
    project.change("src/ecnet/datasets/nsl_kdd.py", ("DATASET = ", "ADDED = 1\nDATASET = "))
    expected = {
        "nsl-kdd: merging the samples of its files",
        "Tables 1-5: label counts beside the paper's",
        "The table of datasets and audits",
        *(table(number) for number in (6, 7, 8)),
        "Figure 5",
        "Figure 6",
        PROVENANCE,
    }
    for file in ("KDDTrain+.txt", "KDDTest+.txt"):
        expected |= {f"nsl-kdd: sampling {file}"}
    for seed in (1, 2):
        expected |= {
            f"nsl-kdd: splitting with seed {seed}",
            f"nsl-kdd: encoding the split of seed {seed}",
        }
    for variant in yaml.safe_load((project.folder / "params.yaml").read_text())["variants"]:
        expected |= trained(variant, "multiclass", "nsl-kdd")
    for variant in BINARY:
        expected |= trained(variant, "binary", "nsl-kdd")
    assert project.jobs() == expected


def test_a_changed_figure_size_trains_nothing(project: Project) -> None:
    project.params(lambda values: values["figures"].update(width=6))
    assert project.jobs() == {"Figure 5", "Figure 6", PROVENANCE}


def test_a_deleted_table_is_made_again(project: Project) -> None:
    (project.folder / "results/tables/table_7.tex").unlink()
    assert project.jobs() == {table(7)}


def test_without_a_mirror_traffic_is_simulated_and_says_so_to_the_end(project: Project) -> None:
    project.params(lambda values: values["data"].update(include=["nsl-kdd"]))
    metrics = "results/metrics/multiclass/nsl-kdd/majority.json"
    done = project.jobs("results/tables/datasets.md", metrics)
    files = simulator.files("nsl-kdd", 6000)
    assert {f"nsl-kdd: simulating {file}" for file in files} <= done
    assert "Simulated: NSL-KDD." in (project.folder / "results/tables/datasets.md").read_text()
    for name in ("data/sampled/nsl-kdd.json", "data/encoded/nsl-kdd/seed-1/encoder.json", metrics):
        assert json.loads((project.folder / name).read_text())["source"] == "simulated", name
    sampled = pq.read_schema(project.folder / "data/split/nsl-kdd/seed-1/test.parquet")
    assert json.loads(sampled.metadata[b"ecnet"])["source"] == "simulated"
    checksums = project.folder / "data/checksums/nsl-kdd"
    assert project.jobs("data/sampled/nsl-kdd.json", *MIRROR)  # back: the same files as at first
    assert len(list(checksums.iterdir())) == 2


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
    assert "NSL-KDD: not in the mirror; get it by hand" in done.stderr
    for name in ("table_6", "table_7", "table_8", "datasets"):
        text = (project.folder / f"results/tables/{name}.md").read_text()
        assert re.search(r"NSL-KDD.*absent", text), name


def test_a_dataset_that_cannot_be_had_stops_the_run_where_that_is_asked(project: Project) -> None:
    shutil.rmtree(project.folder / "mirror/nsl-kdd")
    project.params(lambda values: values["data"].update(missing="error"))
    done = project.run(*TARGETS, *MIRROR)
    assert done.returncode != 0
    assert "NSL-KDD: not in the mirror; get it by hand" in done.stderr
    assert "Traceback" not in done.stderr
    assert not re.search(r"^Job \d+", done.stderr, flags=re.MULTILINE)


def test_a_bad_parameter_stops_before_any_job(project: Project) -> None:
    project.params(lambda values: values["split"].update(tset=0.1))
    done = project.run(*TARGETS, *MIRROR)
    assert done.returncode != 0
    assert "params.yaml: split.tset: 'tset' is not known; did you mean test?" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broken_file_stops_with_its_name_and_leaves_nothing_half_written(
    project: Project,
) -> None:
    broken = next((project.folder / "mirror/nsl-kdd").glob("KDDTrain*"))
    broken.write_text("0,tcp,http\n")
    for made in ("checksums/nsl-kdd", "raw/nsl-kdd", "sampled/nsl-kdd"):
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
