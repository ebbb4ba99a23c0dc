"""What may be left out of params.yaml is left out of every table; what may not be is named."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import resultfiles
import yaml

from ecnet.claims import claims, statistics
from ecnet.claims import protocols as compared
from ecnet.config import protocols
from ecnet.datasets import papers
from ecnet.errors import InputError
from ecnet.evaluate import evaluate
from ecnet.plan import plan
from ecnet.plan.layout import COMPARISONS
from ecnet.plan.plan import Plan
from ecnet.render import catalogue, figures, tables

WHOLE = yaml.safe_load((Path(__file__).parents[2] / "params.yaml").read_text())
WHOLE["data"]["include"] = ["iot-23", "nsl-kdd"]
TASKS = {
    **dict.fromkeys(("table-6", "table-7", "table-8", "figure-5"), "multiclass"),
    "figure-6": "binary",
}
CELLS = ("ecnet", "ecnet-rnn", "ecnet-gru")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def changed(edit: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    values = copy.deepcopy(WHOLE)
    edit(values)
    for name in set(values["tuning"]["space"]) - set(values["variants"]):
        del values["tuning"]["space"][name]
    return values


def refused(values: dict[str, Any]) -> str:
    """Return why a plan is refused; empty if it is not."""
    try:
        plan.make(values)
    except InputError as error:
        return str(error)
    return ""


def write(made: Plan, name: str) -> Path:
    """Write metrics, as `evaluate` does, to the file of this name."""
    _, _, task, folder, file = Path(name).parts
    dataset, _, protocol = folder.partition(".")
    runs = [run.name for run in made.runs(protocols.suffix(protocol))]
    over_splits = [run for run in runs if run.endswith("-1")]
    view = resultfiles.view(task, 0.9, 60)
    summary = evaluate.summarised(
        [{"vector": view, "record": view} for _ in over_splits], **resultfiles.INTERVAL
    )
    content = {
        **{"dataset": dataset, "protocol": protocol, "task": task, "variant": Path(file).stem},
        **{"format": "flows", "source": "simulated", "classes": resultfiles.CLASSES[task]},
        **{key: dict.fromkeys(runs, 9) for key in ("parameters", "bytes")},
        **{"family": "ecnet", "sizes": {run: {"test": 60} for run in runs}},
        **{"ratio": 0.3, "over_splits": over_splits, "summary": summary},
        "runs": {run: {"vector": view, "record": view} for run in runs},
    }
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def show_everything(made: Plan) -> None:
    """Make every table of models and claims, and Figure 5, of metrics that are made up."""
    metrics = [write(made, name) for name in made.shown_metrics()]
    judge(made, [path for path in metrics if path.stem in made.default_variants])
    names = {name for at in COMPARISONS for name in made.compared_metrics(at)}
    compared.run(
        metrics=[write(made, name) for name in sorted(names)],
        output=Path("results/protocols.json"),
        settings=json.loads(made.protocols_settings()),
    )
    for job in ("model_tables", "verdict_tables", "protocol_tables", "model_figures"):
        inputs = {kind: Path(f"results/{kind}.json") for kind in catalogue.JOBS[job].options}
        found = {
            kind: [Path(name) for name in made.shown_metrics(job)] if kind == "metrics" else path
            for kind, path in inputs.items()
            if kind != "splits"
        }
        settings = json.loads(made.render_settings(job))
        if catalogue.JOBS[job].step == "figures":
            settings["shown"] = [one for one in settings["shown"] if one["name"] == "figure_5"]
            figures.figures(folder=Path("results/figures"), settings=settings, **found)
        else:
            tables.tables(folder=Path("results/tables"), settings=settings, **found)
    settings = json.loads(made.render_settings("transfer_tables"))
    tables.tables(folder=Path("results/tables"), settings=settings, transfers=[])


def judge(made: Plan, metrics: list[Path]) -> None:
    """Make the statistics and the claims."""
    found, judged = Path("results/statistics.json"), Path("results/claims.json")
    own = [papers.file_of(name) for name in made.params["papers"]]
    settings = json.loads(made.statistics_settings()) | {"interval": "corrected-t"}
    statistics.run(metrics=metrics, papers=own, output=found, settings=settings)
    settings = json.loads(made.claims_settings())
    claims.claims(
        statistics=found, counts=[], papers=own, transfers=[], output=judged, settings=settings
    )


@pytest.mark.parametrize("name", WHOLE["variants"])
def test_a_variant_is_left_out_everywhere_or_said_to_be_needed(name: str) -> None:
    why = refused(changed(lambda values: values["variants"].pop(name)))
    line = WHOLE["variants"][name]
    if name == "majority":
        assert why.startswith("params.yaml: variants.majority is missing: every table and figure")
    elif {"table-8", "figure-5"} & set(line["shown"]) and name not in (
        *("stratified", "tree", "ecnet-shuffled"),
    ):
        cell, branches = line.get("cell", "lstm"), line.get("branches", "separate")
        assert f"none with cell: {cell} and branches: {branches} is shown in table-8" in why
    else:
        assert why == ""


@pytest.mark.parametrize("place", [*TASKS, *COMPARISONS])
def test_a_variant_may_be_shown_in_fewer_places_but_for_those_that_set_cells_side_by_side(
    place: str,
) -> None:
    for name, line in WHOLE["variants"].items():
        # What is measured on a device is trained for a table of all classes.
        fewer = [one for one in line["shown"] if one not in (place, "devices-cost")]
        if place not in line["shown"] or not fewer:
            continue
        why = refused(changed(lambda v, n=name, f=fewer: v["variants"][n].update(shown=f)))
        needed = name in CELLS and place in ("table-8", "figure-5")
        assert bool(why) == needed, (name, why)
        assert f"is shown in {place}, and " in why or not needed


@pytest.mark.parametrize("name", WHOLE["protocols"])
def test_a_protocol_may_be_left_out_but_for_one_that_a_variant_has(name: str) -> None:
    why = refused(changed(lambda values: values["protocols"].pop(name)))
    assert why.startswith("params.yaml: variants.ecnet-shuffled.protocol: 'shuffled' is not") == (
        name == "shuffled"
    )


def test_a_protocol_of_a_variant_that_says_nothing_on_a_dataset_is_refused() -> None:
    why = refused(changed(lambda v: v["variants"]["ecnet-shuffled"].update(protocol="temporal")))
    assert why == (
        "params.yaml: variants.ecnet-shuffled.protocol is temporal, which says nothing on NSL-KDD: "
        "it keeps its official split; leave one of them out"
    )


def test_a_rule_of_the_split_that_says_nothing_on_a_dataset_is_refused() -> None:
    def rule(**split: object) -> str:
        return refused(changed(lambda values: values["split"].update(split)))

    assert rule(rule="temporal") == rule(rule="capture") == ""  # NSL-KDD keeps its own split
    assert rule(rule="temporal", official=False) == (
        "params.yaml: split.rule is temporal, which says nothing on NSL-KDD: not all its records "
        "have a time; choose another rule, or leave the dataset out of data.include"
    )
    assert "split.rule is capture, which says nothing on NSL-KDD: it has 2 captures; " in rule(
        rule="capture", official=False
    )


def fewest(values: dict[str, Any]) -> None:
    """Leave all out that may be."""
    variants = values["variants"]
    values["variants"] = {name: variants[name] for name in ("majority", *CELLS)}
    for name in CELLS:
        values["variants"][name]["shown"] = ["figure-5"]
    values["protocols"] = {}
    values["seeds"] = {"split": [1], "weights": [1], "protocols": [1]}


def nothing_compared(values: dict[str, Any]) -> None:
    for line in values["variants"].values():
        line["shown"] = [p for p in line["shown"] if p not in COMPARISONS]


@pytest.mark.parametrize(
    "edit",
    [
        fewest,
        nothing_compared,
        lambda values: values["variants"].pop("xgboost"),
        lambda values: values["variants"]["majority"].update(shown=["figure-6"]),
    ],
    ids=["all that may be", "all of the other protocols", "a baseline", "the control's places"],
)
def test_every_table_is_made_where_much_is_left_out(edit: Callable[[dict[str, Any]], Any]) -> None:
    show_everything(plan.make(changed(edit)))
    assert len(list(Path("results/tables").glob("*.md"))) == 9 + 3 + 3 + 3 + 4


def test_a_protocol_may_not_be_called_as_the_splits_of_a_search_are() -> None:
    def name(values: dict[str, Any]) -> None:
        values["protocols"]["tuning"] = values["protocols"]["random"]

    assert "protocols.tuning: the splits of `snakemake tune` have this name" in refused(
        changed(name)
    )
