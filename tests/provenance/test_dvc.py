"""DVC and Snakemake in one project: neither repeats or undoes the work of the other."""

import json
import os
import shutil
from pathlib import Path

import pytest
import yaml
from changes import (
    ALWAYS,
    CHANGES,
    JUDGED,
    MODEL_FIGURES,
    MODEL_TABLES,
    trained,
)
from projects import Project, messages
from versioned import Versioned, version

from ecnet import datasets

pytestmark = pytest.mark.slow

WEIGHTS = "results/models/multiclass/nsl-kdd/ecnet/weights.safetensors"


@pytest.fixture(scope="module")
def recorded(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Versioned:
    """A finished project that DVC has recorded and pushed; tests leave it as it is."""
    versioned = version(finished, tmp_path_factory.mktemp("recorded") / "project")
    assert versioned.repro() == set()  # Snakemake had made all of it
    versioned.commit("Its results")
    versioned.done("dvc", "push")
    return versioned


@pytest.fixture
def versioned(recorded: Versioned, tmp_path: Path) -> Versioned:
    shutil.copytree(recorded.folder, tmp_path / "copy", copy_function=shutil.copy2, symlinks=True)
    return Versioned(tmp_path / "copy")


@pytest.fixture
def pulled(recorded: Versioned, tmp_path: Path) -> Versioned:
    """A clone after `make pull`."""
    clone = recorded.clone(tmp_path / "clone")
    done = clone.pull()
    assert done.returncode == 0, done.stdout + done.stderr
    assert messages(done.stdout + done.stderr) == set()
    return clone


def damage(path: Path, time: float) -> None:
    """Change the last byte of a file, and set its time."""
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(path, (time, time))


def test_after_dvc_snakemake_has_nothing_to_do(recorded: Versioned) -> None:
    assert recorded.planned() == set()
    assert "up to date" in recorded.done("dvc", "status")
    assert "are as recorded" in recorded.done("ecnet", "verify")


def test_dvc_sees_every_param_that_a_stage_may_read() -> None:
    """A key that no stage names could be changed, and `dvc repro` would do nothing."""
    stages = yaml.safe_load(Path("dvc.yaml").read_text())["stages"].values()
    params = set(yaml.safe_load(Path("params.yaml").read_text()))
    on_request = {"protocol_check", "rivals", "tuning"}  # of targets that are in no stage
    assert {key for stage in stages for key in stage["params"]} == params - on_request


# DVC calls Snakemake, which decides: the other changes are those of test_workflow.py.
def test_a_change_of_comments_calls_snakemake_which_runs_nothing(versioned: Versioned) -> None:
    change = CHANGES["comments in params.yaml and in a model"]
    change.make(versioned)
    assert versioned.repro() == change.jobs(versioned) == set()
    assert versioned.planned() == set()
    assert "up to date" in versioned.done("dvc", "status")


def test_make_pull_completes_a_clone_without_a_job(recorded: Versioned, pulled: Versioned) -> None:
    assert pulled.outputs() == recorded.outputs()
    assert pulled.planned() == set()
    assert pulled.repro() == set()
    assert pulled.done("git", "status", "--short") == ""


@pytest.mark.parametrize("age", [-1e6, 1e6, 0], ids=["older", "newer", "same time"])
def test_a_model_altered_by_a_byte_is_refused_and_named(pulled: Versioned, age: float) -> None:
    path = pulled.folder / WEIGHTS
    damage(path, path.stat().st_mtime + age)
    before = pulled.outputs()
    done = pulled.pull()
    assert done.returncode != 0
    assert f"{WEIGHTS}: SHA-256 is " in done.stdout
    assert pulled.outputs() == before
    path.unlink()  # as the message says
    pulled.done("dvc", "checkout")
    assert pulled.pull().returncode == 0


def test_an_experiment_in_a_clone_retrains_only_its_variant(
    recorded: Versioned, pulled: Versioned
) -> None:
    before = pulled.outputs()
    shown = pulled.done(
        *("dvc", "exp", "run", "--temp", "--name", "wide"),
        *("--set-param", "+variants.ecnet-gru.hidden=8"),
    )
    shows = {MODEL_TABLES, "Figures 5 and 6, and the reliability diagrams"}
    expected = trained("ecnet-gru", "multiclass") | shows | JUDGED | ALWAYS
    assert messages(shown) == expected
    assert pulled.outputs() == before
    (commit,) = pulled.done("git", "for-each-ref", "--format=%(objectname)", "refs/exps").split()
    for name in ("iot-23", "nsl-kdd"):
        scores = f"results/scores/multiclass/{name}.json"
        committed = json.loads(pulled.done("git", "show", f"{commit}:{scores}"))
        earlier = json.loads((recorded.folder / scores).read_text())
        assert [one for one in committed if committed[one] != earlier[one]] == ["ecnet-gru"]
    pulled.done("dvc", "exp", "apply", "wide")
    assert pulled.planned() == set()
    model = pulled.folder / "results/models/multiclass/nsl-kdd/ecnet-gru/model.json"
    assert json.loads(model.read_text())["hyperparameters"]["hidden"] == 8


def test_an_older_commit_restores_its_tables(versioned: Versioned) -> None:
    older, before = versioned.done("git", "rev-parse", "HEAD").strip(), versioned.outputs()
    versioned.params(lambda values: values["variants"]["ecnet"].update(hidden=8))
    versioned.repro()
    newer, after = versioned.commit("Narrower"), versioned.outputs()
    changed = {name for name in before if after[name] != before[name]}
    assert {"results/tables/table_6.csv", "results/figures/figure_5.svg", WEIGHTS} <= changed
    for commit, expected in ((older, before), (newer, after), (older, before)):
        versioned.done("git", "checkout", "--quiet", commit)
        versioned.done("dvc", "checkout")
        assert versioned.outputs() == expected
        assert versioned.planned() == set()


def test_dvc_keeps_files_that_snakemake_made_later(versioned: Versioned) -> None:
    versioned.params(lambda values: values["figures"].update(width=6))
    versioned.done("snakemake", "--cores", "2", "all")
    made = versioned.outputs()
    for command in ("checkout", "pull"):
        done = versioned.call("dvc", command)
        assert done.returncode != 0
        assert "results/figures/figure_5.svg" in done.stderr
        assert versioned.outputs() == made
    assert versioned.repro() == set()


def test_an_experiment_here_is_compared_by_metrics_params_and_plots(versioned: Versioned) -> None:
    shown = versioned.done("dvc", "exp", "run", "--set-param", "+variants.ecnet.hidden=8")
    shows = {MODEL_TABLES} | MODEL_FIGURES | JUDGED | ALWAYS
    assert messages(shown) == (trained("ecnet", "multiclass") | trained("ecnet", "binary") | shows)
    metrics = json.loads(versioned.done("dvc", "metrics", "diff", "--json"))
    assert {key.partition(".")[0] for of in metrics.values() for key in of} == {"ecnet"}
    scores = metrics["results/scores/multiclass/iot-23.json"]
    assert scores["ecnet.f1"]["new"] != scores["ecnet.f1"]["old"]
    changed = json.loads(versioned.done("dvc", "params", "diff", "--json"))
    assert changed["params.yaml"]["variants.ecnet.hidden"]["new"] == 8
    plots = json.loads(versioned.call("dvc", "plots", "diff", "--json").stdout)
    assert not plots.get("errors")
    for name in ("training/multiclass/iot-23/ecnet.csv", "confusion/binary/nsl-kdd/ecnet.csv"):
        plot = plots["data"][f"results/{name}"][0]
        assert set(plot["revisions"]) == {"HEAD", "workspace"}
        assert {row["rev"] for row in plot["content"]["data"]["values"]} == {"HEAD", "workspace"}


def test_a_model_is_fetched_by_name_and_version(versioned: Versioned, tmp_path: Path) -> None:
    name = "ecnet/nsl-kdd"
    versioned.done("git", "tag", "--annotate", "--message", "First", f"{name}@v1.0.0")
    versioned.params(lambda values: values["variants"]["ecnet"].update(hidden=8))
    versioned.repro()
    versioned.commit("Narrower")
    elsewhere = str(tmp_path / "model")
    asked = ("--rev", "v1.0.0", "--out", elsewhere)
    versioned.done("dvc", "artifacts", "get", str(versioned.folder), name, *asked)
    model = json.loads((tmp_path / "model/model.json").read_text())
    assert model["hyperparameters"]["hidden"] == 16
    assert sorted(path.suffix for path in (tmp_path / "model").iterdir()) == [
        ".json",
        ".safetensors",
    ]


def test_every_dataset_has_its_model_by_name() -> None:
    declared = yaml.safe_load(Path("dvc.yaml").read_text())["artifacts"]
    variants = yaml.safe_load(Path("params.yaml").read_text())["variants"]
    everywhere = [name for name in datasets.names() if not datasets.load(name).place]
    named = [f"{variant}/{name}" for variant in ("ecnet", "xgboost") for name in everywhere]
    assert sorted(declared) == named
    for name, artifact in declared.items():
        variant, _, dataset = name.partition("/")
        assert artifact["path"] == f"results/models/multiclass/{dataset}/{variant}"
        title = f"{variants[variant]['title']} on {datasets.load(dataset).title},"
        assert artifact["desc"].startswith(title)


def test_hidden_files_are_not_versioned(versioned: Versioned) -> None:
    for name in ("results/tables/.DS_Store", "data/raw/.nsl-kdd.17.part", "data/raw/.a/b"):
        (versioned.folder / name).parent.mkdir(exist_ok=True)
        (versioned.folder / name).write_text("1")
    assert "up to date" in versioned.done("dvc", "status")
    assert "are as recorded" in versioned.done("ecnet", "verify")


def test_outputs_without_a_record_are_refused(versioned: Versioned) -> None:
    shutil.rmtree(versioned.folder / ".snakemake/metadata")
    (versioned.folder / "results/notes.md").write_text("a user's own file")
    before = versioned.outputs()
    done = versioned.call("snakemake", "--cores", "2", "results/tables")
    assert done.returncode != 0
    assert "lies there without a record of how it was made" in done.stderr
    assert "dvc checkout .snakemake/metadata" in done.stderr
    assert "Traceback" not in done.stderr
    assert versioned.outputs() == before
    done = versioned.call("ecnet", "verify")
    assert done.returncode == 1
    assert "there is no record of how it was made" in done.stdout
    versioned.done("dvc", "checkout", ".snakemake/metadata")
    assert versioned.planned() == set()


def test_links_to_the_cache_are_refused(versioned: Versioned) -> None:
    versioned.done("dvc", "config", "--local", "cache.type", "hardlink,copy")
    done = versioned.call("snakemake", "--cores", "2", "results/tables")
    assert done.returncode != 0
    assert "cache.type is hardlink, copy" in done.stderr
    versioned.done("dvc", "config", "--local", "cache.type", "reflink,copy")
    assert versioned.planned() == set()


def test_a_remote_that_is_not_verified_is_refused(versioned: Versioned) -> None:
    versioned.done("dvc", "remote", "modify", "store", "verify", "false")
    done = versioned.call("ecnet", "verify")
    assert done.returncode == 2
    assert "dvc remote modify store verify true" in done.stderr
