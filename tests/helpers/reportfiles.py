"""A few results of each kind, and the report of them."""

import json
from pathlib import Path
from typing import Any

import verdictfiles

from ecnet.audit import report as audit_report
from ecnet.render.formats import write
from ecnet.render.table import Cell, Table, TableColumn
from ecnet.report.report import report

CAPTIONS = sorted(Path(__file__).parents[2].glob("workflow/report/*.rst"))
SVG = """<?xml version="1.0" encoding="utf-8" standalone="no"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="504pt" height="90pt" viewBox="0 0 504 90"
 xmlns="http://www.w3.org/2000/svg" version="1.1">
 <title>A figure</title>
 <metadata><Work xmlns="http://creativecommons.org/ns#"><title>A figure</title></Work></metadata>
 <defs><style type="text/css">*{stroke-linejoin: round}</style></defs>
 <defs><path id="m1" d="M 0 9 L 9 0" style="stroke: #000000"/>
 <clipPath id="p1"><rect width="504" height="90"/></clipPath></defs>
 <g id="figure_1"><g class="mark"><title>EcNet, IoT-23
difference: +0.20 points
95% interval: 0.10 to 0.30
n: 5 splits</title><use xlink:href="#m1" x="20" y="20" clip-path="url(#p1)"/></g>
 <g class="mark"><title>SVM, IoT-23
n: 5 splits</title><use xlink:href="#m1" x="200" y="60"/></g></g>
</svg>
"""
"""A figure as the step `figures` writes it, with two marks."""
RECORDED = {
    "params": {"seeds": "00112233"},
    "code": {"train": "44556677"},
    "lock": "c" * 64,
    "datasets": {
        "iot-23": {"source": "mirror", "files": {"b.log": "2" * 64, "a.log": "1" * 64}},
        "nsl-kdd": {"source": "simulated", "files": {"KDDTrain+.txt": "3" * 64}},
    },
    "processor": {"architecture": "x86_64", "model": "A processor", "threads": 1},
    "libraries": {"numpy": "2.4"},
}
SETTINGS = {
    "datasets": [
        {"name": "iot-23", "title": "IoT-23"},
        {"name": "bot-iot", "title": "BoT-IoT"},
        {"name": "nsl-kdd", "title": "NSL-KDD"},
    ],
    "absent": {"bot-iot": "not in the mirror"},
    "seeds": {
        "split": [1, 2],
        "weights": [1, 3],
        "protocols": [1],
        "transfer": [1, 2],
        "rivals": [1],
    },
    "sampling": 7,
}


def table(folder: Path, name: str) -> Path:
    """Write a table with more columns than a phone is wide, and return its fragment."""
    columns = (
        TableColumn("Dataset", number=False),
        *(TableColumn(f"{i}", "Accuracy") for i in range(30)),
    )
    rows = [[Cell("IoT-23", marks="a"), *(Cell(f"9{i}.00 ± 1.00") for i in range(30))]]
    shown = Table(name, f"Caption of {name}.", columns, [rows], [{"a": 1}], [("a", "Note <i>.")])
    write(shown, folder / "tables")
    return folder / f"tables/{name}.html"


def results(folder: Path) -> list[Path]:
    """Write a few results of each kind, and return what the page shows of them."""
    for name in ("tables", "figures", "audit"):
        (folder / name).mkdir(parents=True)
    verdictfiles.write(folder / "claims.json", *judged())
    for name in ("figure_5", "forest"):
        (folder / f"figures/{name}.svg").write_text(SVG)
    (folder / "figures/confusion_iot-23.svg").write_text(SVG)
    audit_report.write(audited(), folder / "audit/nsl-kdd")
    return [
        *(table(folder, name) for name in ("table_6", "inflation", "table_2")),
        *(folder / "figures").iterdir(),
        folder / "audit/nsl-kdd.html",
    ]


def judged() -> list[dict[str, Any]]:
    """Return a claim of each verdict, the last of them first, as the step `claims` writes them."""
    rows = [
        verdictfiles.claim(f"number-{number}", verdict=verdict, source=f"Table <b>{number}</b>")
        for number, verdict in enumerate(verdictfiles.EVERY)
    ]
    rows[1]["data"], rows[2]["data"] = "simulated", "mixed"
    rows[6] |= {"interval": [48.0, 50.0, "accuracy, %"]}
    return rows[::-1]


def audited() -> dict[str, Any]:
    """Return an audit of records whose names are markup."""
    texts = (
        "<script>alert(1)</script>",
        "[x](http://a.example)",
        '![y](http://b.example/y.png) <img src="http://c.example/z.png">',
    )
    finding = {"check": texts[0], "severity": "critical", "subject": texts[1], "value": 1.0}
    tables = ("not_run", "trees", "label_counts", "over_time")
    card = dict.fromkeys(audit_report.VIEWS, dict.fromkeys(audit_report._CARD))
    return {
        **{"dataset": "nsl-kdd", "title": "NSL-KDD", "source": "simulated", "format_title": "<b>"},
        **{
            "duplicates": {"records": 9},
            "features": [],
            "rows_set_aside": 0,
            "settings": {"seed": 1},
        },
        **{"findings": [finding | {"meaning": texts[2], "remedy": "-"}], "scorecard": card},
        **{"captures": {}, "classes": {}, "hosts": {}},
        **{name: [] for name in tables},
    }


def make(folder: Path, shown: list[Path], **changes: Any) -> Path:
    """Write the report and return its path."""
    provenance = folder / "provenance.json"
    provenance.write_text(json.dumps(RECORDED | changes.pop("recorded", {})))
    output = folder / "report.html"
    given = {"shown": shown, "captions": CAPTIONS, "settings": SETTINGS}
    given |= {"claims": folder / "claims.json"} | changes
    report(provenance=provenance, output=output, **given)
    return output
