"""Tables and figures say what the result files say: all of it, and the same bytes each time."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import resultfiles as given
from PIL import Image
from resultfiles import draw_all, rows, text

from ecnet.datasets import papers
from ecnet.errors import InputError
from ecnet.evaluate.summary import summarised
from ecnet.render.formats import write
from ecnet.render.grid import coordinates
from ecnet.render.settings import settings_of
from ecnet.render.table import Cell, Notes, Table, TableColumn

FORMATS = ("csv", "md", "tex", "html")


def test_every_promised_file_and_no_other_is_written(drawn: Path) -> None:
    tables = [f"table_{n}" for n in range(1, 9)]
    tables += [f"table_{n}_{view}" for n in (6, 7, 8) for view in ("reported", "compared")]
    expected = {f"{t}.{end}" for t in [*tables, "datasets"] for end in FORMATS}
    figures = ("figure_5", "figure_5_compared", "figure_6")
    expected |= {f"{figure}.{end}" for figure in figures for end in ("svg", "pdf", "png")}
    assert {path.name for path in drawn.iterdir()} == expected


def test_the_same_results_give_the_same_bytes_in_another_order_of_files(
    inputs: dict[str, list[Path]], drawn: Path, tmp_path: Path
) -> None:
    draw_all({kind: paths[::-1] for kind, paths in inputs.items()}, tmp_path)
    differing = [
        path.name
        for path in drawn.iterdir()
        if path.read_bytes() != (tmp_path / path.name).read_bytes()
    ]
    assert differing == []


def test_a_measured_cell_is_the_mean_over_splits_and_its_interval(drawn: Path) -> None:
    found = {(row["dataset"], row["model"]): row for row in rows(drawn, "table_6")}
    ours = found["iot-23", "EcNet"]
    # Splits of 94, 93 and 92%; Student's t of two degrees of freedom is 4.303; test and train are
    # one to three: 4.303 x 1 x sqrt(1/3 + 1/3) = 3.513.
    assert float(ours["accuracy_percent_mean"]) == pytest.approx(93)
    assert float(ours["accuracy_percent_sd"]) == pytest.approx(1)
    assert float(ours["accuracy_percent_low"]) == pytest.approx(93 - 3.513, abs=1e-3)
    assert float(ours["accuracy_percent_high"]) == pytest.approx(93 + 3.513, abs=1e-3)
    assert ours["accuracy_n"] == "3"
    assert float(ours["accuracy_record_percent_mean"]) == pytest.approx(85)
    assert float(ours["parameters_mean"]) == pytest.approx(1002)
    assert "**93.00 ± 3.51**" in text(drawn, "table_6.md")
    assert r"\textbf{93.00 $\pm$ 3.51}" in text(drawn, "table_6.tex")


def test_averages_and_units_are_those_of_the_settings(
    inputs: dict[str, list[Path]], tmp_path: Path
) -> None:
    skewed = [json.loads(path.read_text(encoding="utf-8")) for path in inputs["multiclass"]]
    for content in skewed:
        for run in content["runs"].values():
            run["record"]["weighted"]["f1"] = 0.123
        content["summary"] = summarised(list(content["runs"].values()), **given.INTERVAL)
    paths = []
    for i, content in enumerate(skewed):
        paths.append(tmp_path / f"{i}.json")
        paths[-1].write_text(json.dumps(content), encoding="utf-8")
    how = {"average": "weighted", "unit": "record"}
    given.make(tmp_path, "model_tables", "table_6", files={"metrics": paths}, **how)
    row = next(row for row in rows(tmp_path, "table_6") if row["model"] == "EcNet")
    assert float(row["f1_percent_mean"]) == pytest.approx(12.3)
    assert float(row["accuracy_percent_mean"]) == pytest.approx(85)
    assert float(row["accuracy_vector_percent_mean"]) == pytest.approx(93)
    assert "weighted averages" in text(tmp_path, "table_6.md")


def test_the_control_is_a_row_of_every_dataset_in_every_table(drawn: Path) -> None:
    for name, key in (("table_6", "model"), ("table_7", "model"), ("table_8", "features")):
        for view in ("", "_compared"):
            held = {r["dataset"] for r in rows(drawn, name + view) if r[key] == "Majority class"}
            assert held == set(given.TITLES)


def place(number: papers.Reported) -> tuple[str, str]:
    """Return the row and the column of a number in its table; VIII has a column for each cell."""
    if number.table != "VIII":
        return number.model, number.measure
    cell, way = number.model.split()
    return way, f"{cell.lower()}_{number.measure}"


def test_reported_tables_hold_the_papers_numbers_and_no_others(drawn: Path) -> None:
    for number, roman, key in ((6, "VI", "model"), (7, "VII", "model"), (8, "VIII", "features")):
        found = [
            (roman, row["dataset"], row[key], name.removesuffix("_percent"), float(value))
            for row in rows(drawn, f"table_{number}_reported")
            for name, value in row.items()
            if name.endswith("_percent")
        ]
        wanted = [
            (roman, n.dataset, *place(n), n.percent)
            for n in papers.reproduced().numbers
            if n.table == roman
        ]
        assert sorted(found) == sorted(wanted)


def test_compared_tables_give_measured_minus_reported(drawn: Path) -> None:
    row = next(
        r
        for r in rows(drawn, "table_6_compared")
        if (r["dataset"], r["model"]) == ("iot-23", "XGBoost")
    )
    assert float(row["accuracy_percent_reported"]) == 81.53
    assert float(row["accuracy_points_difference"]) == pytest.approx(88 - 81.53)
    row = next(
        r
        for r in rows(drawn, "table_8_compared")
        if (r["dataset"], r["features"]) == ("mqttset", "merged")
    )
    assert float(row["gru_accuracy_percent_reported"]) == 83.45
    assert float(row["gru_accuracy_points_difference"]) == pytest.approx(83 - 83.45)


def test_an_absent_dataset_is_named_with_its_reason_everywhere(drawn: Path) -> None:
    for name in ("table_6", "table_7", "table_8", "table_6_compared", "table_2", "datasets"):
        assert "absent" in text(drawn, f"{name}.md")
        assert "Absent: not in the mirror" in text(drawn, f"{name}.md")
        assert r"https://a\_b.example/\&x" in text(drawn, f"{name}.tex")
    for name in ("figure_5", "figure_5_compared", "figure_6"):
        assert "absent: not in the mirror" in text(drawn, f"{name}.svg")
    compared = [r for r in rows(drawn, "table_6_compared") if r["dataset"] == "bot-iot"]
    ours = next(r for r in compared if r["model"] == "EcNet")
    assert ours["accuracy_percent_reported"] == "88.57"
    assert ours["accuracy_percent_mean"] == ours["accuracy_points_difference"] == ""


def test_a_dataset_that_the_paper_lacks_has_dashes_and_a_note(drawn: Path) -> None:
    for name in ("table_6_reported", "table_6_compared", "table_8_compared"):
        assert "The paper reports nothing for NSL-KDD." in text(drawn, f"{name}.md")
    assert "| NSL-KDD | –" in text(drawn, "table_6_reported.md")  # noqa: RUF001


def test_simulated_data_is_called_simulated_in_rows_captions_and_figures(drawn: Path) -> None:
    for name in ("table_6", "table_7", "table_8", "table_6_compared"):
        caption, *lines = text(drawn, f"{name}.md").splitlines()
        assert "Measured on simulated data: MQTTset." in caption
        assert any("| MQTTset | simulated" in line for line in lines)
    assert "Source: simulated" in text(drawn, "table_4.md")
    assert "Simulated: MQTTset" in text(drawn, "datasets.md")
    for name in ("figure_5", "figure_5_compared", "figure_6"):
        assert text(drawn, f"{name}.svg").count("simulated") >= 2  # panel and metadata
        assert b"simulated" in (drawn / f"{name}.pdf").read_bytes()
        with Image.open(drawn / f"{name}.png") as image:
            assert "simulated" in image.info["Title"]


def test_records_of_several_sources_count_as_simulated_where_some_are(tmp_path: Path) -> None:
    mixed = "mirror, simulated"
    inputs = {
        "multiclass": given.write_metrics(tmp_path / "in"),
        "binary": given.write_metrics(tmp_path / "in", "binary"),
        "counts": given.write_counts(tmp_path / "counts"),
        "splits": given.write_splits(tmp_path / "splits"),
    }
    for paths in inputs.values():
        for path in paths:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["dataset"] == "nsl-kdd" and "source" in content:
                path.write_text(json.dumps(content | {"source": mixed}), encoding="utf-8")
    draw_all(inputs, tmp_path)
    for name in ("table_6", "table_7", "table_8", "table_6_compared"):
        assert "Measured on simulated data: MQTTset, NSL-KDD." in text(tmp_path, f"{name}.md")
        assert f"| NSL-KDD | {mixed}" in text(tmp_path, f"{name}.md")
        found = {row["dataset"]: row["source"] for row in rows(tmp_path, name)}
        assert found == given.SOURCES | {"nsl-kdd": mixed, "bot-iot": "absent"}
    assert "Simulated: MQTTset, NSL-KDD." in text(tmp_path, "datasets.md")
    for name in ("figure_5", "figure_6"):
        assert "data: mirror, official, simulated" in text(tmp_path, f"{name}.svg")
        assert f"({mixed})" in text(tmp_path, f"{name}.svg")


def test_a_union_names_the_parts_that_it_is_made_without(
    inputs: dict[str, list[Path]], tmp_path: Path
) -> None:
    lacking = {"iot-23": "IoT-NI (not in the mirror)", "mqttset": ""}
    draw_all(inputs, tmp_path, lacking=lacking)
    for name in ("table_6", "table_8", "table_6_compared", "datasets"):
        assert text(tmp_path, f"{name}.md").count("Made without IoT-NI (not in the mirror).") == 1
    notes = {row["dataset"]: row["note"] for row in rows(tmp_path, "datasets")}
    assert notes["iot-23"].startswith("Made without IoT-NI (not in the mirror). Too few groups")
    assert "Made without" not in notes["mqttset"]


def test_classes_too_small_or_without_a_test_record_are_in_a_footnote(drawn: Path) -> None:
    for name in ("table_6.md", "table_7.md", "table_8.md", "table_6_compared.md"):
        assert "Without a test record, hence in no average: Rare (runs 1-1, 2-1, 3-1)." in text(
            drawn, name
        )
        assert "Too few groups of records to be in every subset: Rare." in text(drawn, name)
    assert "Rare (groups: 2; none in validation)" in text(drawn, "datasets.md")


def test_ties_are_all_bold_and_compared_as_printed(drawn: Path) -> None:
    line = next(line for line in text(drawn, "table_8.md").splitlines() if "| merged" in line)
    assert line.count("**83.00 ± 3.51**") == 2  # RNN and GRU tie with separate, LSTM loses


def test_label_counts_say_what_each_source_lacks(drawn: Path) -> None:
    found = {(row["paper_label"], row["class"]): row for row in rows(drawn, "table_1")}
    assert found["CC", "C&C"]["found"] == "20"
    assert found["CC", "C&C"]["target"] == "300"
    assert "Fewer records" in found["CC", "C&C"]["note"]
    assert found["MitiM", ""]["note"] == "This format of the data has no such class."
    assert found["MitiM", ""]["paper"] == "7000"
    assert found["Rare", "Rare"]["note"] == "The files at hand hold no record of it."
    assert found["", "Port_Scan"]["note"] == "The paper's table does not name it."
    total = next(ln for ln in text(drawn, "table_1.md").splitlines() if ln.startswith("| Total"))
    assert [cell.strip() for cell in total.split("|")[3:-1]] == ["8,539", "505", "1,000", "500"]
    assert "Rows of the files set aside: 4." in text(drawn, "table_1.md")


def test_a_table_of_a_dataset_not_asked_for_says_so(drawn: Path) -> None:
    assert "not among the datasets of params.yaml" in text(drawn, "table_3.md")


def test_the_datasets_table_adds_up_files_and_averages_over_seeds(drawn: Path) -> None:
    row = next(row for row in rows(drawn, "datasets") if row["dataset"] == "iot-23")
    numbers = (
        "files",
        "files_published",
        "records_read",
        "records_set_aside",
        "records_kept",
        "vectors",
    )
    assert [row[key] for key in numbers] == ["2", "23", "1000", "4", "500", "100"]
    assert float(row["train_vectors_mean"]) == 62
    assert float(row["duplicates_percent"]) == pytest.approx(80)
    assert float(row["random_split_duplicates_percent_mean"]) == pytest.approx(80)


def test_missing_metrics_are_named(inputs: dict[str, list[Path]], tmp_path: Path) -> None:
    metrics = [path for path in inputs["multiclass"] if path.stem != "svm"]
    with pytest.raises(InputError, match="none for iot-23, task multiclass, variant svm"):
        given.make(tmp_path, "model_tables", "table_6", files={"metrics": metrics})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"runs": {"1-1": {}}}, "runs lacks the run 2-1, which seeds of params.yaml asks for"),
        ({"variant": "xgboost"}, "iot-23, xgboost is given twice"),
        ({"source": "simulated"}, "iot-23 is .* here and .* in other files"),
    ],
)
def test_metrics_that_contradict_each_other_are_refused(
    inputs: dict[str, list[Path]], tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    altered = tmp_path / "svm.json"
    paths = list(inputs["multiclass"])
    place = next(i for i, path in enumerate(paths) if path.match("iot-23/svm.json"))
    content = json.loads(paths[place].read_text(encoding="utf-8"))
    altered.write_text(json.dumps(content | changes), encoding="utf-8")
    paths[place] = altered
    with pytest.raises(InputError, match=words):
        given.make(tmp_path, "model_tables", "table_6", files={"metrics": paths})


def test_files_of_another_kind_are_refused(inputs: dict[str, list[Path]], tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    for content, words in (
        ("[]", "lacks the key"),
        ("{}", "lacks the key"),
        ("no json", "is not JSON"),
    ):
        broken.write_text(content, encoding="utf-8")
        with pytest.raises(InputError, match=words):
            given.make(tmp_path, "data_tables", "table_1", files={"counts": [broken]})
    with pytest.raises(InputError, match="iot-23: no file of the split step"):
        given.make(tmp_path, "data_tables", "datasets", files={"counts": inputs["counts"]})


def test_table_8_needs_one_variant_for_each_place() -> None:
    shown = settings_of(given.settings()).variants_of("table-8")
    again = replace(shown[0], name="again", cell="gru", branches="merged")
    assert len(coordinates(shown, "table-8")) == 6
    without = tuple(v for v in shown if v.name != "ecnet-gru-merged")
    with pytest.raises(InputError, match="none with cell gru and branches merged"):
        coordinates(without, "table-8")
    with pytest.raises(
        InputError, match=r"variants\.again and variants\.ecnet-gru-merged are both"
    ):
        coordinates((*shown, again), "table-8")


def test_a_table_escapes_what_its_formats_would_read_as_markup(tmp_path: Path) -> None:
    notes = Notes()
    table = Table(
        name="t",
        caption="50% of C&C_x | y",
        columns=(TableColumn("a#", number=False), TableColumn("n", group="g|")),
        blocks=[[[Cell("x|y*", marks=notes.mark("see $1")), Cell("1", bold=True)]]],
        data=[{"a": "x,y", "n": None}],
        notes=notes.listed("", "all {of} it"),
    )
    write(table, tmp_path)
    assert text(tmp_path, "t.csv") == 'a,n\n"x,y",\n'
    assert "| x\\|y\\* <sup>a</sup> |" in text(tmp_path, "t.md")
    assert text(tmp_path, "t.md").count("<sup>a</sup> see $1") == 1
    tex = text(tmp_path, "t.tex")
    assert r"\caption{50\% of C\&C\_x | y}" in tex
    assert r"\multicolumn{1}{c}{g|}" in tex
    assert r"x|y*\textsuperscript{a} & \textbf{1} \\" in tex
    assert r"all \{of\} it" in tex
    html = text(tmp_path, "t.html")
    assert '<p class="caption">50% of C&amp;C_x | y</p>' in html
    assert '<th scope="col" rowspan="2">a#</th><th scope="colgroup" colspan="1">g|</th>' in html
    assert '<td>x|y* <sup>a</sup></td><td class="number"><strong>1</strong></td>' in html
    assert "<p><sup>a</sup> see $1</p>" in html


def test_an_html_fragment_escapes_all_of_its_text(tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>"
    cells = [[[Cell(hostile, bold=True)]]]
    columns = (TableColumn(hostile, group=hostile),)
    write(Table("t", hostile, columns, cells, [{"a": 1}], [("", hostile)]), tmp_path)
    assert "<script" not in text(tmp_path, "t.html")
    assert text(tmp_path, "t.html").count("&lt;script&gt;") == 6


def test_markdown_columns_are_aligned(drawn: Path) -> None:
    for path in drawn.glob("*.md"):
        lines = [ln for ln in path.read_text(encoding="utf-8").splitlines() if ln.startswith("|")]
        assert len({len(line) for line in lines}) == 1, path.name


@pytest.mark.parametrize(
    ("accuracies", "shown"),
    [
        ((0.94, 0.93), "93.50"),  # of two splits an interval spans more than any score can vary
        ((0.94, 0.93, 0.92), "93.00 ± 3.51"),
        ((0.99, 0.01, 0.50), "50.00 <sup>"),  # half of it would be 172 points
    ],
)
def test_an_interval_that_says_nothing_is_not_shown_but_kept_as_data(
    tmp_path: Path, accuracies: tuple[float, ...], shown: str
) -> None:
    paths = given.write_metrics(tmp_path / "in")
    runs = list(given.RUNS[: len(accuracies)])
    for path in paths:
        content = json.loads(path.read_text(encoding="utf-8"))
        content["runs"] = {run: content["runs"][run] for run in runs}
        content["over_splits"] = runs
        for run, accuracy in zip(runs, accuracies, strict=True):
            content["runs"][run]["vector"]["accuracy"] = accuracy
        content["summary"] = summarised(list(content["runs"].values()), **given.INTERVAL)
        path.write_text(json.dumps(content), encoding="utf-8")
    how = {"runs": runs, "splits": len(runs)}
    given.make(tmp_path, "model_tables", "table_6", files={"metrics": paths}, **how)
    lines = text(tmp_path, "table_6.md").splitlines()
    line = next(line for line in lines if "| EcNet " in line)
    assert line.split("|")[4].replace("*", "").strip().startswith(shown)
    row = next(row for row in rows(tmp_path, "table_6") if row["model"] == "EcNet")
    assert float(row["accuracy_percent_high"]) > float(row["accuracy_percent_mean"])
    assert ("too few for an interval" in text(tmp_path, "table_6.md")) == (len(runs) == 2)
