"""Changes that a user makes, and the jobs that each needs: no more and no fewer.

Each changes the bytes of what it touches. Snakemake plans all that depends on a job before it knows
whether that job's outputs will be other ones; DVC's stages find out in between, and do less.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from projects import DATASETS, Project

PROVENANCE = "What the results were made of"
MODEL_TABLES = "Tables VI to VIII, and those of classes, calibration and false alarms"
DATA_TABLES = "Tables I to V, and that of the datasets"
DIAGRAM = "The critical-difference diagram"
FOREST = "The forest plots of all comparisons"
JUDGED = {
    "Intervals, tests and ranks",
    "The tables of comparisons, variance and claims",
    DIAGRAM,
    FOREST,
    "A verdict on each claim of the paper",
}
"""What is made of all metrics together."""
MODEL_FIGURES = {"Figures 5 and 6, and the reliability diagrams", "The confusion matrices"}
COMPARED = {"What other protocols report", "The tables of inflation, features and interpretation"}
TRANSFER_FIGURES = "The figures of networks, captures and attacks not seen in training"
TRANSFER = {"The tables of networks, captures and attacks not seen in training", TRANSFER_FIGURES}
AUDIT_FIGURE = "The audits of all datasets, as a figure"
AUDITS = {"The audits of all datasets, as a table", AUDIT_FIGURE}
ALWAYS = {PROVENANCE, "What the cells of the tables were made of", "The report"}
BINARY = ("majority", "xgboost", "ecnet")


@dataclass(frozen=True)
class Change:
    """What is done to a finished project, and which jobs should run then."""

    make: Callable[[Project], None]
    jobs: Callable[[Project], set[str]]


def trained(variant: str, task: str, *datasets: str) -> set[str]:
    """Return the jobs from the training of a variant to its metrics, which its group shares."""
    steps = (f"training {variant}", "classifying the test records", "evaluating the predictions")
    return {f"{name}: {step} ({task})" for name in (datasets or DATASETS) for step in steps}


def transferred(*datasets: str) -> set[str]:
    """Return the jobs from the trainings without a kind of attack to what shows them."""
    return {f"{name}: training without some attacks (binary)" for name in datasets} | TRANSFER


def from_sampling(project: Project, dataset: str, files: tuple[str, ...]) -> set[str]:
    """Return the jobs from the sampling of a dataset's files to all that is shown."""
    jobs = {f"{dataset}: sampling {file}" for file in files}
    jobs |= {f"{dataset}: merging the samples of its files"}
    for protocol in ("", ".shuffled", ".random"):
        jobs |= {f"{dataset}{protocol}: splitting", f"{dataset}{protocol}: encoding the splits"}
    for variant, line in project.values()["variants"].items():
        under = f"{dataset}.{line['protocol']}" if "protocol" in line else dataset
        jobs |= trained(variant, "multiclass", under)
    jobs |= trained("xgboost", "multiclass", f"{dataset}.random")
    for variant in BINARY:
        jobs |= trained(variant, "binary", dataset)
    jobs |= {f"{dataset}: auditing the sample"} | AUDITS | COMPARED | transferred(dataset)
    return jobs | {MODEL_TABLES, DATA_TABLES} | MODEL_FIGURES | JUDGED | ALWAYS


def _set(*path: str, value: Any) -> Callable[[Project], None]:
    def make(project: Project) -> None:
        def edit(values: dict) -> None:
            for key in path[:-1]:
                values = values[key]
            values[path[-1]] = value

        project.params(edit)

    return make


def _swap(project: Project) -> None:
    def edit(values: dict) -> None:
        family = values["models"]["xgboost"]
        family["max_depth"], family["patience"] = family["patience"], family["max_depth"]

    project.params(edit)


def _comment(project: Project) -> None:
    params = project.folder / "params.yaml"
    params.write_text("# another comment\n" + params.read_text())
    project.change("src/ecnet/models/xgboost.py", ("_BOOSTER = (", "# why\n_BOOSTER = ("))


def _of_one_variant(_: Project) -> set[str]:
    """One job evaluates all variants of a dataset, so all that shows one of them is made again."""
    shown = {MODEL_TABLES} | MODEL_FIGURES | COMPARED
    return trained("ecnet-no-attention", "multiclass") | shown | JUDGED | ALWAYS


def _of_xgboost(_: Project) -> set[str]:
    both = trained("xgboost", "multiclass") | trained("xgboost", "binary")
    careless = trained("xgboost", "multiclass", *(f"{name}.random" for name in DATASETS))
    shown = {MODEL_TABLES} | MODEL_FIGURES | COMPARED | transferred(*DATASETS)
    return both | careless | shown | JUDGED | ALWAYS


NSL_KDD = ("KDDTrain+.txt", "KDDTest+.txt")

CHANGES = {
    "one hyperparameter of one variant": Change(
        _set("variants", "ecnet-no-attention", "learning_rate", value=1.0),
        _of_one_variant,
    ),
    "two hyperparameters swapped": Change(_swap, _of_xgboost),
    "one sampling target": Change(
        _set("sampling", "per_class", value={"nsl-kdd": {"DoS": 5}}),
        lambda project: from_sampling(project, "nsl-kdd", NSL_KDD),
    ),
    "one option of the figures": Change(
        _set("figures", "width", value=6),
        lambda _: MODEL_FIGURES | {DIAGRAM, FOREST, AUDIT_FIGURE, TRANSFER_FIGURES} | ALWAYS,
    ),
    "the source of one model": Change(
        lambda project: project.change(
            "src/ecnet/models/xgboost.py", ("[: booster.best_iteration + 1]", "[:1]")
        ),
        _of_xgboost,
    ),
    "comments in params.yaml and in a model": Change(_comment, lambda _: set()),
}
