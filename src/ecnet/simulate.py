"""STAND-IN for the step that writes one native file of simulated traffic."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ecnet import datasets, seeds, simulator
from ecnet.datasets.declaration import Column, Form
from ecnet.files import sha256, write_json, write_text


def run(*, output: Path, provenance: Path, settings: Mapping[str, Any]) -> None:
    """Write one file of random records."""
    form = datasets.load(settings["dataset"]).form(settings["form"])
    names = simulator.files(settings["dataset"], settings["records"])
    count = settings["records"] // len(names)
    source = form.source(settings["file"])
    classes = list(form.classes)
    if source.label:
        classes = list(dict.fromkeys((form.classes[0], source.label)))
    draw = seeds.generator(settings["seed"], settings["dataset"], settings["file"])
    label = np.arange(count) % len(classes)
    columns = {c.header: _column(c, form, draw, label) for c in form.columns}
    columns |= _labels(settings["dataset"], form, [classes[i] for i in label])
    table = pd.DataFrame(columns)
    write_text(output, _zeek(table) if form.reader == "zeek" else _csv(table, form))
    write_json(
        provenance,
        {
            "dataset": settings["dataset"],
            "file": settings["file"],
            "source": "simulated",
            "bytes": output.stat().st_size,
            "sha256": sha256(output),
        },
    )


def _csv(table: pd.DataFrame, form: Form) -> str:
    if form.headerless:
        return str(table[list(form.layout)].to_csv(header=False, index=False, lineterminator="\n"))
    return str(table.to_csv(index=False, lineterminator="\n"))


def _zeek(table: pd.DataFrame) -> str:
    names = [*table.columns[:-3], "   ".join(table.columns[-3:])]
    head = ["#separator \\x09", "#fields\t" + "\t".join(names), "#types\t" + "\t".join(names)]
    rows = ["\t".join([*r[:-3], "   ".join(r[-3:])]) for r in table.itertuples(index=False)]
    return "\n".join([*head, *rows, "#close", ""])


def _labels(dataset: str, form: Form, names: list[str]) -> dict[str, list[str]]:
    normal = [name == form.classes[0] for name in names]
    attack = [str(int(not n)) for n in normal]
    targets = dict(
        zip(
            form.classes,
            ("legitimate", "bruteforce", "flood", "dos", "malformed", "slowite"),
            strict=False,
        )
    )
    kdd = {
        "Normal": "normal",
        "DoS": "neptune",
        "Probe": "satan",
        "R2L": "warezclient",
        "U2R": "rootkit",
    }
    known: dict[str, dict[str, list[str]]] = {
        "iot-23": {
            "label": ["Benign" if n else "Malicious" for n in normal],
            "detailed-label": ["-" if b else n for b, n in zip(normal, names, strict=True)],
        },
        "bot-iot": {
            "attack": attack,
            "category": [n.partition("-")[0] for n in names],
            "subcategory": [n.partition("-")[2] or n for n in names],
        },
        "iot-ni": {"Label": ["Normal" if n else "Anomaly" for n in normal], "Sub_Cat": names},
        "mqtt-iot-ids2020": {"is_attack": attack},
        "mqttset": {"target": [targets.get(n, "") for n in names]},
        "nsl-kdd": {"attack": [kdd.get(n, "") for n in names]},
    }
    return known[dataset]


def _column(
    column: Column, form: Form, draw: np.random.Generator, label: np.ndarray[Any, Any]
) -> list[str]:
    n = len(label)
    if column.kind == "number":
        return [f"{v:.4f}" for v in draw.lognormal(1 + 0.5 * (label % 3), 0.8)]
    if column.kind == "category":
        names = ["6", "17", "1"] if column.name.lower() in ("proto", "protocol") else list("0123")
        return [names[i % len(names)] for i in np.where(draw.random(n) < 0.5, label, 0)]
    if column.kind == "port":
        return [str(v) for v in draw.choice([80, 443, 1883, 23, 53, 50000], n)]
    if column.kind == "time":
        seconds = 1_545_403_816.0 + 7.0 * np.arange(n)
        if column.format:
            return list(pd.to_datetime(seconds, unit="s").strftime(column.format))
        return [f"{v:.6f}" for v in seconds]
    if column.name == form.host:
        return [f"10.0.0.{v}" for v in draw.integers(1, 6, n)]
    return [f"t{v}" for v in draw.integers(0, 1000, n)]
