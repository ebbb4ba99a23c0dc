"""Small native files of all six datasets, for tests that run the pipeline.

Every class has PER_CLASS records whose columns have distributions of their own, which overlap with
those of other classes, so that a model learns something but not everything. No column is a copy of
the label. Captures, hosts and times are present if the format has them.
"""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ecnet import datasets, seeds
from ecnet.datasets.declaration import Column, Format

PER_CLASS = 60
_START = 1_545_403_816.0
_HOSTS = 5
_PORTS = (80, 443, 1883, 8080, 23, 53)

LabelColumns = Callable[[str], Mapping[str, str]]
"""From a class name to the values of the raw label columns."""


def write_all(folder: Path) -> None:
    """Write <folder>/<dataset>/<file> for every dataset, with the same bytes in every run."""
    write_iot_23(folder / "iot-23")
    write_bot_iot(folder / "bot-iot")
    write_iot_ni(folder / "iot-ni")
    write_mqttset(folder / "mqttset")
    write_mqtt_iot_ids2020(folder / "mqtt-iot-ids2020")
    write_nsl_kdd(folder / "nsl-kdd")


def write_iot_23(folder: Path) -> None:
    """Write three captures as Zeek logs; the last one has no closing line."""
    format = datasets.load("iot-23").format("zeek")

    def labels(name: str) -> dict[str, str]:
        benign = name == "Benign"
        return {
            "label": "Benign" if benign else "Malicious",
            "detailed-label": "-" if benign else name,
        }

    table = records(format, "iot-23", labels, missing="-")
    for number, part in enumerate(_parts(table, 3)):
        capture = ("3-1", "7-1", "9-1")[number]
        path = folder / f"CTU-IoT-Malware-Capture-{capture}.conn.log.labeled"
        _write(path, zeek(part, closed=number < 2))


def write_bot_iot(folder: Path) -> None:
    """Write two of the Argus files, which have no header line."""
    format = datasets.load("bot-iot").format("argus")

    def labels(name: str) -> dict[str, str]:
        category, _, protocol = name.partition("-")
        return {
            "attack": str(int(name != "Normal")),
            "category": category,
            "subcategory": protocol or category,
        }

    table = records(format, "bot-iot", labels)[list(format.layout)]
    for number, part in enumerate(_parts(table, 2), start=1):
        path = folder / f"UNSW_2018_IoT_Botnet_Dataset_{number}.csv"
        _write(path, delimited(part, header=False))


def write_iot_ni(folder: Path) -> None:
    """Write the flows of IoTID20."""
    format = datasets.load("iot-ni").format("iotid20")

    def labels(name: str) -> dict[str, str]:
        normal = name == "Normal"
        return {"Label": "Normal" if normal else "Anomaly", "Cat": name[:4], "Sub_Cat": name}

    table = records(format, "iot-ni", labels)
    _write(folder / "IoT Network Intrusion Dataset.csv", delimited(table))


def write_mqttset(folder: Path) -> None:
    """Write the two reduced CSV files."""
    format = datasets.load("mqttset").format("csv")
    targets = {
        "Normal": "legitimate",
        "Bruteforce": "bruteforce",
        "MQTTFlood": "flood",
        "MalariaDos": "dos",
        "Malformed": "malformed",
        "SlowITe": "slowite",
    }
    table = records(format, "mqttset", lambda name: {"target": targets[name]})
    for name, part in zip(("train70_reduced", "test30_reduced"), _parts(table, 2), strict=True):
        _write(folder / f"{name}.csv", delimited(part))


def write_mqtt_iot_ids2020(folder: Path) -> None:
    """Write the uniflow files; each file of an attack also has normal flows."""
    format = datasets.load("mqtt-iot-ids2020").format("uniflow")
    table = records(
        format,
        "mqtt-iot-ids2020",
        lambda name: {"is_attack": str(int(name != "Normal")), "class": name},
    )
    normal = table[table["class"] == "Normal"]
    for number, source in enumerate(format.sources):
        attacks = table[(table["class"] == source.label) & (source.label != "Normal")]
        rows = pd.concat([attacks, normal.iloc[number :: len(format.sources)]]).sort_index()
        _write(folder / source.pattern, delimited(rows.drop(columns="class")))


def write_nsl_kdd(folder: Path) -> None:
    """Write the official two subsets, without header lines and with CRLF."""
    format = datasets.load("nsl-kdd").format("full")
    attacks = {
        "Normal": "normal",
        "DoS": "neptune",
        "Probe": "satan",
        "R2L": "warezclient",
        "U2R": "rootkit",
    }
    table = records(format, "nsl-kdd", lambda name: {"attack": attacks[name]})[list(format.layout)]
    for name, part in zip(("KDDTrain+", "KDDTest+"), _parts(table, 2), strict=True):
        _write(folder / f"{name}.txt", delimited(part, header=False, end="\r\n").rstrip("\r\n"))


def records(format: Format, purpose: str, labels: LabelColumns, missing: str = "") -> pd.DataFrame:
    """Return PER_CLASS records of each class as text, by header name, in a random order."""
    blocks = []
    for name in format.classes:
        columns = {
            column.header: _column(column, purpose, name, missing, host=column.name == format.host)
            for column in format.columns
        }
        blocks.append(pd.DataFrame(columns).assign(**labels(name)))
    order = seeds.generator("native", purpose).permutation(PER_CLASS * len(format.classes))
    table = pd.concat(blocks, ignore_index=True).iloc[order].reset_index(drop=True)
    for column in format.columns:
        if column.kind == "time":
            table[column.header] = _times(len(table), column.format)
    return table


def delimited(
    table: pd.DataFrame, header: bool = True, end: str = "\n", separator: str = ","
) -> str:
    """Return a table of text as CSV."""
    text = io.StringIO(newline="")
    table.to_csv(text, header=header, index=False, lineterminator=end, sep=separator)
    return text.getvalue()


def zeek(table: pd.DataFrame, closed: bool = True, parting: str = "   ") -> str:
    """Return a table of text as a Zeek log whose last three fields are separated by `parting`."""
    head = [
        "#separator \\x09",
        "#set_separator\t,",
        "#empty_field\t(empty)",
        "#unset_field\t-",
        "#path\tconn",
        "#open\t2019-03-15-14-50-49",
    ]
    names = [*table.columns[:-3], parting.join(table.columns[-3:])]
    head += ["#fields\t" + "\t".join(names), "#types\t" + "\t".join(["string"] * len(names))]
    rows = ["\t".join([*row[:-3], parting.join(row[-3:])]) for row in table.itertuples(index=False)]
    return "\n".join([*head, *rows, *(["#close\t2019-03-15-14-50-49", ""] if closed else [])])


def _column(column: Column, purpose: str, name: str, missing: str, host: bool) -> Sequence[str]:
    """Draw the values of one column for one class."""
    draw = seeds.generator("native", purpose, column.name, name)
    lean = seeds.key("lean", purpose, column.name, name)
    if column.kind == "number":
        values = draw.lognormal(mean=1 + 0.6 * (lean % 3), sigma=0.8, size=PER_CLASS)
        return [f"{value:.4f}" for value in values]
    if column.kind == "category":
        leans = draw.random(PER_CLASS) < 0.5
        values = np.where(leans, lean % 4, draw.integers(0, 4, PER_CLASS))
        return [str(value) for value in values]
    if column.kind == "port":
        ports = draw.choice(_PORTS, PER_CLASS)
        dynamic = draw.integers(49152, 65536, PER_CLASS)
        values = np.where(draw.random(PER_CLASS) < 0.5, ports, dynamic)
        return [missing if draw.random() < 0.05 else str(value) for value in values]
    if host:
        return [f"10.0.0.{value}" for value in draw.integers(1, _HOSTS + 1, PER_CLASS)]
    return [f"t{value}" for value in draw.integers(0, 1000, PER_CLASS)]


def _times(count: int, format: str) -> list[str]:
    """Return increasing times, 37 seconds apart."""
    seconds = _START + 37.0 * np.arange(count)
    if format:
        return list(pd.to_datetime(seconds, unit="s").strftime(format))
    return [f"{value:.6f}" for value in seconds]


def _parts(table: pd.DataFrame, count: int) -> list[pd.DataFrame]:
    """Distribute the records to `count` files in turn."""
    return [table.iloc[part::count] for part in range(count)]


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")


def flow_samples(folder: Path) -> dict[str, Path]:
    """Write a sample of each dataset of flows, as the sample step would; return the files.

    They have PER_CLASS records of each class, from two captures of each dataset.
    """
    dtypes = {"number": "float64", "time": "float64", "port": "float64"}
    paths = {}
    for name in datasets.parts():
        format = next(format for format in datasets.load(name).formats if format.shared)
        table = records(format, name, lambda label: {"label": label})
        table[format.time] = _START + np.arange(len(table))
        sample = pd.DataFrame(
            {
                column.name: pd.Series(table[column.header]).replace("", np.nan)
                for column in format.columns
            }
        )
        kinds = {column.name: dtypes.get(column.kind, "str") for column in format.columns}
        sample = sample.astype(kinds)
        capture = np.where(np.arange(len(sample)) % 2, "a.csv", "b.csv")
        sample = sample.assign(label=table["label"], row=np.arange(len(sample)), subset="")
        origin = json.dumps({"dataset": name, "format": format.name, "source": "mirror"})
        found = pa.Table.from_pandas(sample.assign(capture=capture), preserve_index=False)
        paths[name] = folder / f"{name}.parquet"
        pq.write_table(found.replace_schema_metadata({"ecnet": origin}), paths[name])
    return paths
