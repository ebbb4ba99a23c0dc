"""The report holds all that a run shows, asks nothing of a network, and runs its own script."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import verdictfiles
from reportfiles import CAPTIONS, RECORDED, SETTINGS, make, results

from ecnet.errors import InputError
from ecnet.render.catalogue import RESULTS, SECTIONS
from ecnet.report.captions import caption
from ecnet.report.provenance import digest


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


def test_nothing_in_the_page_leads_out_of_it(page: Path) -> None:
    tags = Tags(page.read_text()).found
    ids = [held["id"] for _, held in tags if "id" in held]
    assert len(ids) == len(set(ids))
    for tag, held in tags:
        assert tag not in {"link", "iframe", "object", "embed", "base", "form"}
        assert not [name for name in held if name.startswith("on")]
        for name in ("src", "srcset", "href", "xlink:href", "action", "data"):
            value = held.get(name) or "#"
            assert value.startswith("#"), value
            assert value[1:] in {"", *ids}


def test_a_browser_takes_this_style_and_this_script_alone(page: Path) -> None:
    text = page.read_text()
    tags = Tags(text).found
    policy = next(held["content"] for tag, held in tags if tag == "meta" and "http-equiv" in held)
    allowed = dict(part.split(" ", 1) for part in (policy or "").split("; "))
    assert allowed["default-src"] == allowed["base-uri"] == allowed["form-action"] == "'none'"
    for element, directive in (("style", "style-src-elem"), ("script", "script-src")):
        (content,) = re.findall(rf"<{element}[^>]*>(.*?)</{element}>", text, flags=re.DOTALL)
        assert "url(" not in content
        found = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert allowed[directive] == f"'sha256-{found}'"


def test_a_figure_is_in_the_page_with_ids_of_its_own(page: Path) -> None:
    shown = item(page.read_text(), "figures-figure_5-svg")
    assert '<path id="figures-figure_5-svg-m1"' in shown
    assert 'href="#figures-figure_5-svg-m1"' in shown
    assert 'clip-path="url(#figures-figure_5-svg-p1)"' in shown
    assert "<metadata" not in shown
    assert "<style" not in shown
    assert 'aria-label="Figure 5, measured: LSTM, RNN and GRU"' in shown
    assert shown.count("<title>") == 2  # of its marks, which a browser shows without a script


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
        (tmp_path / "figures/figure_5.svg", b"<svg>", "figure_5.svg: cannot be read"),
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
