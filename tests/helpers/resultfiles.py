"""Small result files, as the steps before render write them, for the tests of render."""

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ecnet.evaluate import evaluate
from ecnet.evaluate.predictions import Classified
from ecnet.render import catalogue, figures, tables
from ecnet.render.settings import Settings, settings_of
from ecnet.render.sources import Sources

Files = dict[str, Any]
"""Kind of an input -> its paths, or its only path."""

SEEDS = (1, 2, 3)
RUNS = tuple(f"{seed}-1" for seed in SEEDS)
TITLES = {"iot-23": "IoT-23", "mqttset": "MQTTset", "bot-iot": "BoT-IoT", "nsl-kdd": "NSL-KDD"}
ABSENT = {"bot-iot": "not in the mirror, and to be had with a login alone (https://a_b.example/&x)"}
SOURCES = {"iot-23": "official", "mqttset": "simulated", "nsl-kdd": "mirror"}
CLASSES = {
    "multiclass": ["Benign", "C&C", "Port_Scan", "Rare"],
    "binary": ["Benign", "Attack"],
}
BINS = {"bins": 10, "detection_rates": [0.95, 0.99]}
INTERVAL = {"ratio": 1 / 3, "confidence": 0.95}
MATRICES = ("iot-23", "mqttset")
"""The datasets whose confusion matrices are drawn."""
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
RIGHT = {"majority": 0.4, "svm": 0.7, "xgboost": 0.9, "lstm": 0.8, "ecnet": 0.95}
"""The share of its records that a variant classifies rightly; others: 0.85."""


def variant(name: str, title: str, paper: str, shown: list[str], **hyper: Any) -> dict[str, Any]:
    """Return a variant as the settings describe it."""
    return {
        "name": name,
        "title": title,
        "paper": paper,
        "family": "ecnet" if hyper else name,
        "hyperparameters": hyper,
        "protocol": "",
        "shown": shown,
    }


def variants() -> list[dict[str, Any]]:
    """Return the variants of the paper's tables."""
    of_8 = [
        variant(
            "ecnet" + ("" if cell == "lstm" else f"-{cell}") + (branches == "merged") * "-merged",
            f"EcNet {cell} {branches}",
            "",
            ["table-8", "figure-5"] if branches == "separate" else ["table-8"],
            cell=cell,
            branches=branches,
        )
        for branches in ("separate", "merged")
        for cell in ("lstm", "rnn", "gru")
        if (branches, cell) != ("separate", "lstm")
    ]
    everywhere = ["table-6", "table-7", "table-8", "figure-5", "figure-6"]
    ours = variant("ecnet", "EcNet", "Our", everywhere, cell="lstm", branches="separate")
    without = variant(
        "ecnet-no-attention",
        "EcNet w/o attention",
        "w/o",
        ["table-7"],
        cell="lstm",
        branches="separate",
    )
    lstm = variant("lstm", "LSTM", "LSTM", ["table-6", "figure-6"], cell="lstm", branches="merged")
    return [
        variant("majority", "Majority class", "", ["table-6"]),
        variant("svm", "SVM", "SVM", ["table-6", "figure-6"]),
        variant("xgboost", "XGBoost", "XGBoost", ["table-6", "figure-6"]),
        lstm,
        ours,
        without,
        *of_8,
    ]


def settings(*names: str, job: str = "", **changes: Any) -> dict[str, Any]:
    """Return the settings of the results of some names, or of a job, with `changes`."""
    results = [
        result
        for result in catalogue.all_of(SOURCES)
        if result.name in names or (result.job == job and not names)
    ]
    keys = ("name", "function", "task", "place", "dataset")
    return {
        "shown": [{key: getattr(result, key) for key in keys} for result in results],
        "datasets": [{"name": name, "title": title} for name, title in TITLES.items()],
        "titles": TITLES | {v["name"]: v["title"] for v in variants()},
        "absent": {"multiclass": ABSENT, "binary": ABSENT},
        "lacking": {},
        "variants": variants(),
        "control": "majority",
        "runs": list(RUNS),
        "protocol_runs": list(RUNS[:2]),
        "splits": len(SEEDS),
        "confidence": 0.95,
        "average": "macro",
        "unit": "vector",
        **BINS,
        "figure": {"width": 7.0, "dpi": 80, "colours": COLOURS},
    } | changes


@cache
def view(task: str, right: float, records: int) -> dict[str, Any]:
    """Return metrics of `records` records, none of the last class of the multiclass task.

    The predicted class always has the probability 0.8.
    """
    classes = CLASSES[task]
    held = 3 if task == "multiclass" else 2
    true = np.arange(records) % held
    wrong = np.arange(records) // held % 100 >= round(100 * right)
    predicted = np.where(wrong, (true + 1) % held, true)
    weight = np.ones(records, dtype=np.int64)
    probabilities = np.full((records, len(classes)), 0.2 / (len(classes) - 1))
    probabilities[np.arange(records), predicted] = 0.8
    found = Classified(true, predicted, weight, probabilities, np.arange(records))
    return evaluate.view(found, weight, {"task": task, "classes": classes}, BINS)


def write_metrics(folder: Path, task: str = "multiclass", **changes: Any) -> list[Path]:
    """Write the metrics of every variant on every dataset that is not absent."""
    paths = []
    for dataset, source in SOURCES.items():
        for described in variants():
            right = RIGHT.get(described["name"], 0.85)
            content = {
                "dataset": dataset,
                "format": "flows",
                "source": source,
                "task": task,
                "variant": described["name"],
                "family": described["family"],
                "classes": CLASSES[task],
                "protocol": "",
                "parameters": {run: 1000 + seed for seed, run in zip(SEEDS, RUNS, strict=True)},
                "bytes": dict.fromkeys(RUNS, 4096),
                "sizes": {run: {"train": 1800, "validation": 600, "test": 600} for run in RUNS},
                "ratio": INTERVAL["ratio"],
                "over_splits": list(RUNS),
                "runs": {
                    run: {
                        "vector": view(task, right - 0.01 * seed, 600),
                        "record": view(task, right - 0.1, 1200),
                    }
                    for seed, run in zip(SEEDS, RUNS, strict=True)
                },
            } | changes
            content.setdefault(
                "summary", evaluate.summarised(list(content["runs"].values()), **INTERVAL)
            )
            path = folder / task / dataset / f"{described['name']}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(content), encoding="utf-8")
            paths.append(path)
    return paths


def write_counts(folder: Path) -> list[Path]:
    """Write the counts of the datasets that are not absent."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for dataset, source in SOURCES.items():
        content = {
            "dataset": dataset,
            "title": TITLES[dataset],
            "format": "flows",
            "format_title": "Flows of | Zeek",
            "source": source,
            "published_files": 23,
            "files": [{"file": "a", "sha256": "0", "bytes": 9, "records": 500, "rejected": 2}] * 2,
            "classes": {
                "Benign": {"read": 700, "target": 200, "kept": 200},
                "C&C": {"read": 20, "target": 300, "kept": 20},
                "Port_Scan": {"read": 280, "target": None, "kept": 280},
                "Rare": {"read": 0, "target": 5, "kept": 0},
            },
            "paper": [
                {"paper": "Benign", "count": 1234, "label": "Benign"},
                {"paper": "CC", "count": 300, "label": "C&C"},
                {"paper": "Rare", "count": 5, "label": "Rare"},
                {"paper": "MitiM", "count": 7000, "label": ""},
            ],
            "rejected": 4,
        }
        paths.append(folder / f"{dataset}.json")
        paths[-1].write_text(json.dumps(content), encoding="utf-8")
    return paths


def write_splits(folder: Path) -> list[Path]:
    """Write the audits of the splits of each dataset that is not absent."""
    paths = []
    for dataset in SOURCES:
        audits = {}
        for seed in SEEDS:
            subsets = {"train": 60 + seed, "validation": 20, "test": 20 - seed}
            audits[str(seed)] = {
                "records_in": 500,
                "dropped": {"copies": 400},
                "subsets": {
                    subset: {"records": 5 * n, "vectors": n, "classes": {}}
                    for subset, n in subsets.items()
                },
                "duplicates": {"records": 500, "distinct": 100, "conflicting": 1},
                "random_split": {
                    "test_records": 100,
                    "with_duplicate_in_train": 80,
                    "share": 0.8,
                },
                "too_small": {"Rare": {"groups": 2, "missing_from": ["validation"]}}
                if dataset == "iot-23"
                else {},
            }
        path = folder / f"{dataset}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {"dataset": dataset, "rule": "grouped", "seeds": audits}
        path.write_text(json.dumps(content), encoding="utf-8")
        paths.append(path)
    return paths


def make(folder: Path, job: str, *names: str, files: Files, **changes: Any) -> None:
    """Make the results of a job, or some of them. files: kind -> paths; see `Sources`."""
    step, inputs = catalogue.JOBS[job].step, catalogue.JOBS[job].inputs
    given = {kind: found for kind, found in files.items() if kind in inputs}
    chosen = settings(*names, job=job, **changes)
    if step == "tables":
        tables.tables(folder=folder, settings=chosen, **given)
    else:
        figures.figures(folder=folder, settings=chosen, **given)


def files_of(inputs: dict[str, list[Path]]) -> Files:
    """Return the files of the fixture `inputs` by kind."""
    metrics = [*inputs["multiclass"], *inputs["binary"]]
    return {"metrics": metrics, "splits": inputs["splits"], "counts": inputs["counts"]}


def sources(metrics: list[Path], **changes: Any) -> tuple[Sources, Settings]:
    """Return what a function of a table or figure reads: metrics, and settings."""
    chosen = settings_of(settings(**changes))
    return Sources(chosen, metrics=metrics), chosen


PAPER_TABLES = tuple(
    f"table_{number}{view}" for number in (6, 7, 8) for view in ("", "_reported", "_compared")
)
FIGURES = ("figure_5", "figure_5_compared", "figure_6")


def draw_all(inputs: dict[str, list[Path]], folder: Path, **changes: Any) -> None:
    """Write the tables and figures of the paper, and the table of datasets."""
    files = files_of(inputs)
    make(folder, "model_tables", *PAPER_TABLES, files=files, **changes)
    make(folder, "data_tables", files=files, **changes)
    make(folder, "model_figures", *FIGURES, files=files, **changes)


def draw_models(inputs: dict[str, list[Path]], folder: Path, **changes: Any) -> None:
    """Write what says more of models than their scores: classes, calibration, false alarms."""
    files = files_of(inputs)
    names = ("per_class", "calibration", "false_alarms")
    make(folder, "model_tables", *names, files=files, **changes)
    make(folder, "model_figures", "reliability", files=files, **changes)
    matrices = [f"confusion_{dataset}" for dataset in MATRICES]
    make(folder, "confusion_matrices", *matrices, files=files, **changes)


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def text(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8")
