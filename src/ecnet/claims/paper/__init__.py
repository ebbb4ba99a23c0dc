"""What the paper reports: the only place that holds its numbers."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ecnet.evaluate.measures import PAPER

RESULTS = Path(__file__).parent / "reported_results.csv"

DATASETS = {
    "IoT-23": "iot-23",
    "BoT-IoT": "bot-iot",
    "IoT-NI": "iot-ni",
    "MQTTset": "mqttset",
    "MQTT": "mqtt-iot-ids2020",
}
"""The paper's name of a dataset -> ours, in the order of its Tables I to V."""

LABEL_COUNT_TABLES = dict(zip(("I", "II", "III", "IV", "V"), DATASETS.values(), strict=True))
"""The number of a table of label counts -> our name of its dataset."""

OURS = "Our"
"""The paper's name of EcNet in its tables."""

METRICS = tuple(measure.key for measure in PAPER)
"""The columns of Tables VI and VII, as measures are called here."""

CELLS = ("lstm", "rnn", "gru")
"""The recurrent cells of Table VIII, in its order."""


@dataclass(frozen=True)
class Reported:
    """One number of Tables VI, VII or VIII.

    table: `VI`, `VII` or `VIII`. dataset: the paper's name.
    row: the model of Tables VI and VII (`Our`, `w/o`), the way of extraction of Table VIII.
    column: the metric of Tables VI and VII; in Table VIII `lstm_accuracy`, `rnn_accuracy`, ...
    percent: the number as printed, with two decimals.
    """

    table: str
    dataset: str
    row: str
    column: str
    percent: float


@cache
def reported() -> tuple[Reported, ...]:
    """Return all numbers of Tables VI, VII and VIII, in the paper's order."""
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return tuple(_number(**line) for line in csv.DictReader(file))


def _number(*, table: str, dataset: str, model: str, metric: str, percent: str) -> Reported:
    row, column = model, metric
    if table == "VIII":  # its columns are cells: 'LSTM separate'
        cell, row = model.split()
        column = f"{cell.lower()}_{metric}"
    return Reported(table, dataset, row, column, float(percent))
