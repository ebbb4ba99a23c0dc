"""Small projects with trained variants, made of native files by the steps themselves."""

from pathlib import Path
from typing import Any

import learnable
import native
import pandas as pd
import pyarrow as pa
from smallsettings import ENCODE, SPLIT, XGBOOST

from ecnet import datasets, paths, tables
from ecnet.evaluate import evaluate, predict
from ecnet.files import sha256, write_json
from ecnet.models import schema
from ecnet.prepare import encode, split, union
from ecnet.readers import read
from ecnet.train import train

SEEDS = [1, 2]
VARIANTS: dict[str, dict[str, Any]] = {
    "xgboost": XGBOOST,
    "ecnet": learnable.ECNET | {"epochs": 1},
    "majority": {},
    "stratified": {},
    "tree": {"leaves": 8},
    "svm": {"records": 400, "components": 32, "gamma": 1.0, "c": 10.0, "iterations": 500},
}


class Project:
    """A folder laid out as a project, with variants of one dataset."""

    def __init__(self, folder: Path, dataset: str, format: str, source: str = "simulated") -> None:
        self.folder, self.of = folder, {"dataset": dataset, "format": format}
        self.source = source
        self.files: list[Path] = []

    def place(self, pattern: str, **names: str) -> Path:
        given = {"dataset": self.of["dataset"], "protocol": "", "task": "multiclass"}
        return self.folder / pattern.format(**given | names)

    def model(self, variant: str, task: str = "multiclass") -> Path:
        return self.place(paths.MODEL, variant=variant, task=task).parent

    def sample(self, *files: Path) -> None:
        """Write all records of native files as the sample."""
        self.files = list(files)
        format = datasets.load(self.of["dataset"]).format(self.of["format"])
        parts = [
            batch.records.assign(capture=file.name, subset=format.source(file.name).subset)
            for file in files
            for batch in read(file, format, format.source(file.name))
        ]
        table = pa.Table.from_pandas(pd.concat(parts), preserve_index=False)
        tables.write(self.place(paths.SAMPLE), iter([table]), self.of | {"source": self.source})

    def encode(self, scale: str = "quantile") -> None:
        """Split and encode the sample, numbers by their rank or their logarithm."""
        sample, counts = self.place(paths.SAMPLE), self.place(paths.COUNTS)
        dataset = datasets.load(self.of["dataset"])
        labels = set(tables.read(sample, "sample", ())["label"])
        kept = {
            label: {"kept": int(label in labels)}
            for label in dataset.format(self.of["format"]).classes
        }
        files = [{"file": file.name, "sha256": sha256(file)} for file in self.files]
        write_json(counts, {"classes": kept, "source": self.source, "files": files})
        divided = {"assignment": self.place(paths.ASSIGNMENT), "report": self.place(paths.SPLIT)}
        split.split(sample=sample, **divided, settings=self.of | SPLIT | {"seeds": SEEDS})
        encode.encode(
            sample=sample,
            counts=counts,
            **divided,
            encoder=self.place(paths.ENCODER),
            fit=self.place(paths.FIT),
            test=self.place(paths.TEST),
            settings=self.of | ENCODE | {"seeds": SEEDS, "scale": scale},
        )

    def train(
        self, family: str, task: str = "multiclass", *, variant: str = "", **changes: Any
    ) -> Path:
        """Train a variant with the seeds of two splits; return its folder.

        variant: its name, if it is not that of the family. changes: of its hyperparameters
        in VARIANTS, or all of them.
        """
        hyperparameters = VARIANTS.get(family, {}) | changes
        assert hyperparameters.keys() == schema(family).keys()
        names = {"variant": variant or family, "task": task}
        train.run(
            encoder=self.place(paths.ENCODER),
            fit=self.place(paths.FIT),
            model=self.place(paths.MODEL, **names),
            weights=self.place(paths.WEIGHTS, **names),
            history=self.place(paths.HISTORY, **names),
            settings={
                **{"dataset": self.of["dataset"], "protocol": "", "threads": 1},
                **{"family": family, "hyperparameters": hyperparameters},
                **{"runs": [[1, 1], [2, 1]], **names},
            },
        )
        return self.model(variant or family, task)

    def predict(self, variant: str, task: str = "multiclass") -> Path:
        """Classify the test records, and measure that; return the predictions."""
        names = {"variant": variant, "task": task}
        model, predictions = (self.place(p, **names) for p in (paths.MODEL, paths.PREDICTIONS))
        predict.run(
            encoder=self.place(paths.ENCODER),
            test=self.place(paths.TEST),
            models=[model],
            weights=[self.place(paths.WEIGHTS, **names)],
            outputs=[predictions],
            settings={"threads": 1},
        )
        evaluate.run(
            predictions=[predictions],
            models=[model],
            outputs=[self.place(paths.METRICS, **names)],
            confusion=[self.place(paths.CONFUSION, **names)],
            scores=self.place(paths.SCORES, **names),
            covariance=self.place(paths.COVARIANCE, **names),
            settings={
                **{"average": "macro", "unit": "record", "bins": 5, "detection_rates": [0.9]},
                **{"confidence": 0.95, "drawn": "test", "leak_alpha": None},
            },
        )
        return predictions


def iot_23(folder: Path) -> Project:
    """Return a project with the encoded records of small Zeek logs, in data/raw."""
    native.write_iot_23(folder / "data/raw/iot-23")
    project = Project(folder, "iot-23", "zeek")
    project.sample(*logs(project))
    project.encode()
    return project


def logs(project: Project) -> list[Path]:
    return sorted((project.folder / "data/raw/iot-23").iterdir())


def iot_ds2(folder: Path) -> Project:
    """Return a project with the encoded flows of all datasets."""
    project = Project(folder, "iot-ds2", "shared")
    (folder / "parts").mkdir(parents=True)
    union.union(
        parts=list(native.flow_samples(folder / "parts").values()),
        output=project.place(paths.SAMPLE),
        counts=folder / "counts.json",
        rejected=folder / "rejected.csv",
        settings=project.of | {"seed": 1, "rule": "all", "targets": {}, "label_counts": []},
    )
    project.encode()
    return project
