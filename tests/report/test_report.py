"""The report holds all that a run shows, asks nothing of a network, and runs nothing."""

import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import browser
import pytest
import verdictfiles
from PIL import Image

from ecnet.audit import report as audit_report
from ecnet.errors import InputError
from ecnet.render.catalogue import RESULTS, SECTIONS
from ecnet.render.formats import write
from ecnet.render.table import Cell, Table, TableColumn
from ecnet.report.captions import caption
from ecnet.report.provenance import digest
from ecnet.report.report import report

CAPTIONS = sorted(Path(__file__).parents[2].glob("workflow/report/*.rst"))
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="504" height="90"><rect width="9" height="9"/>'
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
        (folder / f"figures/{name}.svg").write_text(SVG + "</svg>")
    (folder / "figures/confusion_iot-23.svg").write_text(SVG + "</svg>")
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


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("results")
    return make(folder, results(folder))


class Tags(HTMLParser):
    """All tags of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def item(text: str, name: str) -> str:
    """Return the part of the page that is about one result."""
    found = re.search(rf'<article id="{name}">.*?</article>', text, flags=re.DOTALL)
    assert found, name
    return found[0]


def test_nothing_in_the_page_leads_out_of_it_or_runs(page: Path) -> None:
    tags = Tags(page.read_text()).found
    ids = [held["id"] for _, held in tags if "id" in held]
    assert len(ids) == len(set(ids))
    for tag, held in tags:
        assert tag not in {"script", "link", "iframe", "object", "embed", "base"}
        assert not [name for name in held if name.startswith("on")]
        for name in ("src", "srcset", "href", "action", "data"):
            value = held.get(name) or "#"
            assert value.startswith(("#", "data:image/svg+xml;base64,")), value
            assert not value.startswith("#") or value[1:] in {"", *ids}
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert ("meta", {"http-equiv": "Content-Security-Policy", "content": policy}) in tags
    style = re.search(r"<style>(.*?)</style>", page.read_text(), flags=re.DOTALL)
    assert style
    assert "url(" not in style[1]
    assert "&" not in style[1]  # a browser would take an escape for what it says


def test_markup_in_a_result_is_shown_as_it_is_written(page: Path) -> None:
    text = page.read_text()
    shown = item(text, "audit-nsl-kdd-html")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<img" not in shown
    assert "NSL-KDD: &lt;b&gt;" in shown
    assert "Table &lt;b&gt;3&lt;/b&gt;" in text
    assert "Note &lt;i&gt;." in item(text, "tables-table_6-html")


def test_the_forest_plot_and_the_verdicts_come_first_sorted_and_counted(page: Path) -> None:
    text = page.read_text()
    places = ("figures-forest-svg", "claim-ecnet-number-0", "results")
    assert sorted(places, key=lambda name: text.index(f'id="{name}"')) == list(places)
    sealed = re.findall(
        r'<div class="seal">\n<span class="badge (.*?)">.*?</span> (.*?)</span>', text
    )
    assert sealed == [(word.replace(" ", "-"), word) for word in verdictfiles.EVERY]
    for word in verdictfiles.EVERY:
        assert f"</span> {word}: 1</a></li>" in text
        assert f'id="{word.replace(" ", "-")}">{word.capitalize()}: 1</h3>' in text
    assert 'id="tables-claims-html"' not in text  # the list says the same


def test_a_claim_is_one_sentence_and_its_details_are_shown_on_request(page: Path) -> None:
    text = page.read_text()
    shown = text[text.index('id="claim-ecnet-number-0"') :]
    sentence, _, details = shown[: shown.index("</li>")].partition("<details>")
    assert "<h4>EcNet and SVM differ by less than one point.</h4>" in sentence
    assert "Both lie within one point." not in sentence
    for part in ("Both lie within one point.", "ahead in 1 of 2", "yes: 15 of 15 (VI)",
                 "+3.00 to +8.00 points; 1 of 2 refuted", "paired t-test; p\xa0&lt;\xa00.001",
                 "\N{MINUS SIGN}2.50 to +1.25 points"):  # fmt: skip
        assert part in details
    assert "48.00 to 50.00 (accuracy, %)" in text


def test_claims_of_two_papers_do_not_mix(tmp_path: Path) -> None:
    shown = results(tmp_path)
    papers = [*verdictfiles.PAPERS, {"name": "second", "title": "A second paper"}]
    both = (verdictfiles.claim(), verdictfiles.claim(paper="second"))
    verdictfiles.write(tmp_path / "claims.json", *both, papers=papers)
    text = make(tmp_path, shown).read_text()
    assert 'id="claim-ecnet-baselines-accuracy"' in text
    assert 'id="claim-second-baselines-accuracy"' in text
    assert "A second paper, Table VI" in text


def test_simulated_is_said_at_the_top_and_wherever_it_is_so(page: Path, tmp_path: Path) -> None:
    text = page.read_text()
    assert "Records of NSL-KDD were made by this project" in text
    assert "on simulated traffic" in text
    assert "on partly simulated traffic" in text
    assert '<span class="simulated">simulated: NSL-KDD</span>' in item(text, "tables-table_6-html")
    assert 'class="simulated"' not in item(text, "figures-confusion_iot-23-svg")
    real = {"iot-23": RECORDED["datasets"]["iot-23"]}
    settings = SETTINGS | {"datasets": SETTINGS["datasets"][:2]}
    shown, changes = results(tmp_path), {"recorded": {"datasets": real}, "settings": settings}
    plain = make(tmp_path, shown, claims=None, **changes).read_text()
    assert 'class="simulated"' not in plain
    assert 'class="warning"' not in plain


def test_each_result_has_its_data_version_seeds_and_reading(page: Path) -> None:
    text = page.read_text()
    lines = f"{'1' * 64}  a.log\n{'2' * 64}  b.log\n"
    version = hashlib.sha256(lines.encode()).hexdigest()[:12]
    assert digest(RECORDED["datasets"]["iot-23"]["files"]) == version
    shown = item(text, "tables-table_6-html")
    assert f"IoT-23 <code>{version}</code>" in shown
    assert "BoT-IoT absent" in shown
    assert "Seeds: splits 1, 2 with weights 1; split 1 with weights 3" in shown
    assert "Rows are models" in shown
    assert "not the default one: split 1<" in item(text, "tables-inflation-html")
    of_sample = item(text, "audit-nsl-kdd-html")
    assert "Seeds: sampling 7, splits 1, 2" in of_sample
    assert version not in of_sample
    assert version not in item(text, "tables-table_2-html")  # Table II is about BoT-IoT


def test_what_the_run_did_not_make_says_which_target_does(page: Path) -> None:
    text = page.read_text()
    missing = item(text, "tables-table_7-html")
    assert "snakemake --cores all results/tables/table_7.html" in missing
    assert "snakemake --cores all results/figures/figure_6.svg" in item(
        text, "figures-figure_6-svg"
    )
    assert "did not make it" not in item(text, "tables-table_6-html")


def test_without_claims_the_first_section_says_how_to_get_them(tmp_path: Path) -> None:
    text = make(tmp_path, results(tmp_path), claims=None).read_text()
    assert "snakemake --cores all results/tables/claims.html" in item(text, "tables-claims-html")
    assert 'class="counts"' not in text


def test_grouped_columns_share_a_heading(page: Path) -> None:
    shown = item(page.read_text(), "tables-table_6-html")
    assert '<th scope="colgroup" colspan="30">Accuracy</th>' in shown
    assert '<th scope="col" rowspan="2">Dataset</th>' in shown
    assert '<th scope="col" class="number">29</th>' in shown
    assert "IoT-23 <sup>a</sup>" in shown


def test_the_same_results_give_the_same_bytes_in_another_order(page: Path, tmp_path: Path) -> None:
    shown = results(tmp_path)
    again = make(tmp_path, shown[::-1], captions=CAPTIONS[::-1])
    assert again.read_bytes() == page.read_bytes()


def test_every_result_has_a_caption_and_every_caption_a_result() -> None:
    named = {f"section_{name}" for name in SECTIONS} | {result.reading for result in RESULTS}
    assert {path.stem for path in CAPTIONS} == named
    for path in CAPTIONS:
        text = path.read_text(encoding="utf-8")
        assert text.strip()
        assert not {"{", "|"} & set(text), path.name  # which Snakemake's Jinja would expand


def test_a_caption_is_restructured_text_that_includes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "table_6.rst"
    path.write_text("*Rows* are <models>.\n")
    assert caption(path) == "<p><em>Rows</em> are &lt;models&gt;.</p>\n"
    for hostile in (".. include:: /etc/hostname\n", ".. raw:: html\n\n   <script>\n", "*open\n"):
        path.write_text(hostile)
        with pytest.raises(InputError, match=r"table_6\.rst: cannot be read") as caught:
            caption(path)
        assert "\n" not in str(caught.value)


def test_a_result_without_a_caption_is_named(tmp_path: Path) -> None:
    captions = [path for path in CAPTIONS if path.stem != "variance"]
    with pytest.raises(InputError, match=r"workflow/report/variance\.rst: is missing"):
        make(tmp_path, results(tmp_path), captions=captions)


def test_what_does_not_fit_is_refused_in_one_line(tmp_path: Path) -> None:
    shown = results(tmp_path)
    claims = tmp_path / "claims.json"
    written = claims.read_text()
    for file, content, words in (
        (claims, written.replace('"fails"', '"perhaps"').encode(), "'perhaps' is not a verdict"),
        (claims, written.replace('"interval": [', '"of": [').encode(), "lacks the key 'interval'"),
        (claims, written.replace("0.0004", '"small"').encode(), "p is 'small', which is not a n"),
        (tmp_path / "tables/table_6.html", b"\xff", "table_6.html: cannot be read"),
    ):
        before = file.read_bytes()
        file.write_bytes(content)
        with pytest.raises(InputError, match=words) as caught:
            make(tmp_path, shown)
        assert "\n" not in str(caught.value)
        file.write_bytes(before)
    with pytest.raises(InputError, match=r"provenance.json: lacks the key 'nsl-kdd', of nsl-kdd"):
        make(tmp_path, shown, recorded={"datasets": {"iot-23": RECORDED["datasets"]["iot-23"]}})
    assert not (tmp_path / "report.html").exists()


@pytest.mark.chromium
def test_a_browser_shows_the_verdicts_and_fetches_nothing(page: Path, tmp_path: Path) -> None:
    for width in (390, 1400):
        found = browser.measured(page, width, tmp_path)
        assert found["width"] == width
        assert found["scrolled"] <= width  # wide tables scroll in a frame of their own
        assert found["frame"] < found["wide"]
        assert [name for name in found["fetched"] if not name.startswith("data:")] == []
        assert (found["images"], found["broken"]) == (3, 0)
        assert [verdict["visible"] for verdict in found["verdicts"]] == [True] * 7
        assert "cannot be told" in found["verdicts"][6]["text"]
        assert found["claims"] < found["results"]


@pytest.mark.chromium
def test_the_first_verdict_is_in_sight_on_a_phone(page: Path, tmp_path: Path) -> None:
    with Image.open(browser.picture(page, 390, tmp_path)) as image:
        assert image.width == 390
        counted = image.convert("RGB").getcolors(image.width * image.height) or []
    colours = {colour: count for count, colour in counted}
    assert colours.get((0xA8, 0x20, 0x1A), 0) > 200  # the badge of a claim that fails
