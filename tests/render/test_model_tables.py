"""Tables and figures of classes, calibration and false alarms say what the metrics say."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import resultfiles as given
from marked import said
from PIL import Image
from resultfiles import rows, text

from ecnet.evaluate.calibration import false_alarms
from ecnet.evaluate.summary import summarised
from ecnet.render import matrices
from ecnet.render.reliability import looks_of, together
from ecnet.render.settings import Shown, settings_of

TABLES = ("per_class", "calibration", "false_alarms")


@pytest.fixture(scope="module")
def drawn(inputs: dict[str, list[Path]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw what this file is about, and no more."""
    folder = tmp_path_factory.mktemp("drawn")
    given.draw_models(inputs, folder)
    return folder


def row(folder: Path, name: str, **values: str) -> dict[str, str]:
    """Return the only row of a table that has these values."""
    found = [row for row in rows(folder, name) if values.items() <= row.items()]
    assert len(found) == 1
    return found[0]


def test_a_class_has_the_mean_over_the_runs_that_tested_it(
    inputs: dict[str, list[Path]], tmp_path: Path
) -> None:
    paths = list(inputs["multiclass"])
    place = next(i for i, path in enumerate(paths) if path.match("iot-23/svm.json"))
    content = json.loads(paths[place].read_text(encoding="utf-8"))
    tested = {"1-1": (0.5, 4), "2-1": (None, 0), "3-1": (1.0, 8)}
    for run, (value, support) in tested.items():
        values = {"precision": value, "recall": value, "f1": value, "support": support}
        content["runs"][run]["vector"]["per_class"]["Rare"] = values
    paths[place] = tmp_path / "svm.json"
    paths[place].write_text(json.dumps(content), encoding="utf-8")
    given.make(tmp_path, "model_tables", "per_class", files={"metrics": paths})
    found = row(tmp_path, "per_class", **{"dataset": "iot-23", "class": "Rare", "model": "SVM"})
    assert float(found["recall_percent_mean"]) == pytest.approx(75)
    assert (float(found["support_mean"]), found["n"]) == (4, "2")


def test_a_class_that_no_run_has_tested_has_dashes_and_a_footnote(drawn: Path) -> None:
    found = row(drawn, "per_class", **{"dataset": "iot-23", "class": "Rare", "model": "SVM"})
    assert (found["recall_percent_mean"], found["support_mean"], found["n"]) == ("", "0.0", "0")
    line = next(line for line in text(drawn, "per_class.md").splitlines() if "| Rare " in line)
    assert line.count("–") == 3 * 5  # noqa: RUF001
    assert "Without a test record, hence in no average: Rare" in text(drawn, "per_class.md")


def test_per_class_agrees_with_the_macro_average_of_table_6(
    inputs: dict[str, list[Path]], drawn: Path, tmp_path: Path
) -> None:
    given.make(tmp_path, "model_tables", "table_6", files={"metrics": inputs["multiclass"]})
    ours = row(tmp_path, "table_6", dataset="mqttset", model="EcNet")
    recalls = [
        float(found["recall_percent_mean"])
        for found in rows(drawn, "per_class")
        if (found["dataset"], found["model"], found["n"]) == ("mqttset", "EcNet", "3")
    ]
    assert len(recalls) == 3
    assert np.mean(recalls) == pytest.approx(float(ours["recall_percent_mean"]))


def test_calibration_is_the_mean_over_the_splits_with_its_interval(drawn: Path) -> None:
    # EcNet gives its class 0.8 and is right in 94, 93 and 92 of 100 records.
    found = row(drawn, "calibration", dataset="iot-23", model="EcNet")
    assert float(found["ece_percent_mean"]) == pytest.approx(13)
    assert float(found["ece_percent_sd"]) == pytest.approx(1)
    assert float(found["confidence_percent_mean"]) == pytest.approx(80)
    assert float(found["accuracy_percent_mean"]) == pytest.approx(93)
    right, wrong = 0.2**2 + 3 * (0.2 / 3) ** 2, 0.8**2 + (1 - 0.2 / 3) ** 2 + 2 * (0.2 / 3) ** 2
    assert float(found["brier_mean"]) == pytest.approx(0.93 * right + 0.07 * wrong)
    # Student's t of two degrees of freedom, and splits that overlap: 1/3 + n_test/n_train
    half = 4.302653 * math.sqrt(1 / 3 + given.INTERVAL["ratio"])
    assert float(found["ece_percent_high"]) == pytest.approx(13 + half)
    assert f"13.00 ± {half:.2f}" in text(drawn, "calibration.md")


def test_false_alarms_stand_at_each_detection_rate(
    inputs: dict[str, list[Path]], tmp_path: Path
) -> None:
    score, attack = np.array([0.9, 0.8, 0.7, 0.1]), np.array([True, False, True, False])
    found = false_alarms(score, attack, np.ones(4, dtype=np.int64), [0.95, 0.99])
    assert found == {"0.95": 0.5, "0.99": 0.5}
    paths = []
    for number, path in enumerate(inputs["binary"]):
        content = json.loads(path.read_text(encoding="utf-8"))
        none = content["variant"] == "svm"
        for run in content["runs"].values():
            run["vector"]["false_alarms"] = None if none else found
        content["summary"] = summarised(list(content["runs"].values()), **given.INTERVAL)
        paths.append(tmp_path / f"{number}.json")
        paths[-1].write_text(json.dumps(content), encoding="utf-8")
    given.make(tmp_path, "model_tables", "false_alarms", files={"metrics": paths})
    ours = row(tmp_path, "false_alarms", dataset="iot-23", model="EcNet")
    assert (float(ours["at_95_percent_mean"]), float(ours["at_99_percent_sd"])) == (50, 0)
    none = row(tmp_path, "false_alarms", dataset="iot-23", model="SVM")
    assert (none["at_95_percent_mean"], none["n"]) == ("", "0")


def test_tables_mark_simulated_records_absent_datasets_and_margins(drawn: Path) -> None:
    for name in TABLES:
        shown = text(drawn, f"{name}.md")
        assert "Measured on simulated data: MQTTset." in shown.splitlines()[0]
        assert "Absent: not in the mirror" in shown
        sources = {found["dataset"]: found["source"] for found in rows(drawn, name)}
        assert sources == given.SOURCES | {"bot-iot": "absent"}
    for name in ("calibration", "false_alarms"):
        shown = text(drawn, f"{name}.md")
        assert "are not probabilities" in shown
        assert shown.count("SVM <sup>") == len(given.SOURCES)


def test_reliability_adds_up_the_bins_of_the_runs(tmp_path: Path) -> None:
    paths = given.write_metrics(tmp_path)
    path = next(path for path in paths if path.match("iot-23/ecnet.json"))
    content = json.loads(path.read_text(encoding="utf-8"))
    for run, bins in (
        ("1-1", {"count": [0, 1], "confidence": [None, 0.9], "accuracy": [None, 0.0]}),
        ("2-1", {"count": [0, 3], "confidence": [None, 0.7], "accuracy": [None, 1.0]}),
        ("3-1", {"count": [0, 0], "confidence": [None, None], "accuracy": [None, None]}),
    ):
        content["runs"][run]["vector"]["calibration"]["bins"] = bins
    path.write_text(json.dumps(content), encoding="utf-8")
    measured = given.sources(paths)[0].measured("multiclass")
    found = together(measured.of("iot-23", "ecnet"), "vector")
    assert found.count.tolist() == [4]
    assert found.confidence == pytest.approx([(0.9 + 3 * 0.7) / 4])
    assert found.accuracy == pytest.approx([0.75])


def test_models_have_colours_and_controls_are_grey_with_marks_of_their_own() -> None:
    shown = settings_of(given.settings()).variants_of("table-6")
    controls = tuple(replace(shown[0], name=f"control-{number}") for number in range(3))
    looks = looks_of((*controls, *shown), given.COLOURS)
    assert len(looks) == 8
    assert len({look["marker"] for look in looks.values()}) == 8
    grey = {look["color"] for variant, look in looks.items() if not variant.paper}
    colours = {look["color"] for variant, look in looks.items() if variant.paper}
    assert len(grey) == 1
    assert len(colours - grey) == 4


def test_a_matrix_of_sixteen_classes_keeps_every_name_and_number_apart(tmp_path: Path) -> None:
    classes = [f"C&C-HeartBeat-FileDownload-{number}" for number in range(16)]
    paths = given.write_metrics(tmp_path)
    for path in paths:
        content = json.loads(path.read_text(encoding="utf-8")) | {"classes": classes}
        for run in content["runs"].values():
            run["vector"]["confusion"] = (np.eye(16, dtype=int) * 300 + 1).tolist()
        path.write_text(json.dumps(content), encoding="utf-8")
    shown = Shown("confusion_iot-23", "matrices.multiclass", place="table-6", dataset="iot-23")
    drawn, _ = matrices.multiclass(*given.sources(paths), shown)
    drawn.draw_without_rendering()
    panel = drawn.axes[0]
    cells = [cell.get_window_extent() for cell in panel.texts]
    names = [name.get_window_extent() for name in panel.get_yticklabels()]
    assert len(cells) == 16 * 16
    for boxes in (cells, names):
        for number, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[number + 1 :])
    assert panel.texts[0].get_text() == "95"  # 903 of 948 in three runs
    assert {cell.get_color() for cell in panel.texts} == {"black"}  # see contrast.py


def test_shares_that_are_not_quite_nothing_or_all_are_not_rounded_to_it(drawn: Path) -> None:
    shown = text(drawn, "confusion_iot-23.svg")
    assert ">93<" in shown
    assert any("\nshare: 93" in one and "\nn: " in one for one in said(shown))
    shown = [matrices.percent(share) for share in (0.0, 0.2, 1.0, 98.9, 99.6, 100.0)]
    assert shown == ["0", "<1", "1", "99", ">99", "100"]


def test_figures_say_what_is_simulated_and_absent(drawn: Path) -> None:
    assert "MQTTset (simulated)" in text(drawn, "reliability.svg")
    assert any("MQTTset (simulated)\n" in one for one in said(text(drawn, "reliability.svg")))
    assert "absent: not in the mirror" in text(drawn, "reliability.svg")
    assert "MQTTset (simulated)" in text(drawn, "confusion_mqttset.svg")
    for name in ("reliability", "confusion_mqttset"):
        assert b"simulated" in (drawn / f"{name}.pdf").read_bytes()
        with Image.open(drawn / f"{name}.png") as image:
            assert "simulated" in image.info["Title"]


def test_every_promised_file_is_written_and_another_order_of_files_gives_the_same_bytes(
    inputs: dict[str, list[Path]], drawn: Path, tmp_path: Path
) -> None:
    given.draw_models({kind: paths[::-1] for kind, paths in inputs.items()}, tmp_path)
    pictures = ["reliability", *(f"confusion_{dataset}" for dataset in given.MATRICES)]
    expected = {f"{table}.{end}" for table in TABLES for end in ("csv", "md", "tex", "html")}
    expected |= {f"{figure}.{end}" for figure in pictures for end in ("svg", "pdf", "png")}
    assert {path.name for path in drawn.iterdir()} == expected
    for path in drawn.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name
