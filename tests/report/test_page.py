"""In a browser the page answers: its tables, its figures, its colours; and anyone can use it."""

from collections.abc import Iterator
from pathlib import Path

import browser
import pytest
import reportfiles
from PIL import Image

from ecnet.render.formats import write
from ecnet.render.table import DASH, Cell, Table, TableColumn

pytestmark = pytest.mark.chromium

MINUS = "\N{MINUS SIGN}"
ROWS = {
    "IoT-23": (
        ("SVM", "89.5 [88.9, 90.1]", f"{MINUS}2.50", "< 0.001"),
        ("EcNet", DASH, "+3.00", "0.001"),
        ("LSTM", "9.5 ± 1.0", "", "0.040"),
    ),
    "BoT-IoT": (
        ("SVM", "89.5", "1,200", "0.500"),
        ("EcNet", "100.00", "+0.10", "0.001"),
        ("LSTM", "95.1 (+2.0)", DASH, "0.020"),
    ),
}
AS_WRITTEN = ["I SVM", "I EcNet", "I LSTM", "B SVM", "B EcNet", "B LSTM"]
TABLE = "document.querySelector('#tables-table_7-html table')"
FIGURE = "document.querySelector('#figures-figure_5-svg svg')"


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browser.Tab]:
    folder = tmp_path_factory.mktemp("results")
    shown = reportfiles.results(folder)
    blocks = [
        [[Cell(text, marks="a" if text == "SVM" else "") for text in (dataset, *row)]
         for row in rows]
        for dataset, rows in ROWS.items()
    ]  # fmt: skip
    stub = (TableColumn(title, number=False) for title in ("Dataset", "Model"))
    scores = (TableColumn(title, "Scores") for title in ("Accuracy", "Margin", "p"))
    table = Table("table_7", "Table VII.", (*stub, *scores), blocks, [{"a": 1}], stub=1)
    write(table, folder / "tables")
    page = reportfiles.make(folder, [*shown, folder / "tables/table_7.html"])
    with browser.opened(page, folder) as opened:
        opened.show(1400)
        yield opened


def order(tab: browser.Tab) -> list[str]:
    """Return the rows in sight, as the first letter of the dataset and the model."""
    rows = f"""[...{TABLE}.querySelectorAll("tbody tr")].filter(row => row.checkVisibility())"""
    texts = tab.run(f"{rows}.map(row => [row.cells[0].innerText, row.cells[1].firstChild.data])")
    return [f"{dataset[0]} {model.strip()}" for dataset, model in texts]


def click(tab: browser.Tab, heading: str) -> str | None:
    """Press the button of a heading, and return how its column is said to be sorted."""
    found = f"[...{TABLE}.querySelectorAll('th')].find(th => th.innerText.startsWith('{heading}'))"
    sort: str | None = tab.run(
        f"{found}.querySelector('button').click(), {found}.getAttribute('aria-sort')"
    )
    return sort


def test_a_column_of_numbers_is_sorted_by_them_with_missing_ones_last(tab: browser.Tab) -> None:
    assert click(tab, "Accuracy") == "ascending"
    assert order(tab) == ["I LSTM", "I SVM", "B SVM", "B LSTM", "B EcNet", "I EcNet"]
    assert click(tab, "Accuracy") == "descending"
    assert order(tab) == ["B EcNet", "B LSTM", "I SVM", "B SVM", "I LSTM", "I EcNet"]
    assert click(tab, "Accuracy") is None
    assert order(tab) == AS_WRITTEN
    click(tab, "Margin")
    assert order(tab) == ["I SVM", "B EcNet", "I EcNet", "B SVM", "I LSTM", "B LSTM"]
    click(tab, "p")
    assert order(tab) == ["I SVM", "I EcNet", "B EcNet", "B LSTM", "I LSTM", "B SVM"]
    assert tab.run(f"{TABLE}.querySelectorAll('[aria-sort]').length") == 1
    click(tab, "p")
    click(tab, "p")


def test_a_column_of_words_is_sorted_and_every_row_then_names_its_dataset(tab: browser.Tab) -> None:
    opacity = f"getComputedStyle({TABLE}.querySelector('.again')).opacity"
    assert tab.run(opacity) == "0"
    click(tab, "Model")
    assert order(tab) == ["I EcNet", "B EcNet", "I LSTM", "B LSTM", "I SVM", "B SVM"]
    assert tab.run(opacity) == "1"
    click(tab, "Model")
    click(tab, "Model")
    assert tab.run(opacity) == "0"
    assert order(tab) == AS_WRITTEN


def test_rows_are_filtered_by_text_and_by_dataset(tab: browser.Tab) -> None:
    bar = "document.querySelector('#tables-table_7-html .filter')"

    def choose(control: str, value: str) -> str:
        tab.run(f"{bar}.querySelector('{control}').value = '{value}',"
                f"{bar}.querySelector('{control}').dispatchEvent(new Event('input'))")  # fmt: skip
        status: str = tab.run(f"{bar}.querySelector('[role=status]').innerText")
        return status

    assert choose("input", "sv") == "2 of 6 rows"
    assert order(tab) == ["I SVM", "B SVM"]
    assert choose("select", "BoT-IoT") == "1 of 6 rows"
    assert order(tab) == ["B SVM"]
    assert choose("input", "no such row") == "0 of 6 rows"
    choose("input", "")
    assert choose("select", "all") == ""
    assert order(tab) == AS_WRITTEN
    labels = tab.run(f"[...{bar}.querySelectorAll('label')].map(label => label.firstChild.data)")
    assert labels == ["Dataset ", "Model "]


def test_a_heading_answers_the_keyboard(tab: browser.Tab) -> None:
    tab.run(f"{TABLE}.querySelector('thead tr:last-child button').focus()")
    tab.press("Enter")
    assert order(tab)[0] == "I LSTM"
    tab.press("Enter")
    tab.press("Enter")
    assert order(tab) == AS_WRITTEN


def told(tab: browser.Tab) -> str:
    """Return what the box beside a mark says; nothing where it is hidden."""
    box = "document.querySelector('#values')"
    text: str = tab.run(f"{box}.checkVisibility() ? {box}.innerText : ''")
    return text


def test_a_mark_says_its_values_where_it_is_pointed_at(tab: browser.Tab) -> None:
    tab.run(f"{FIGURE}.scrollIntoView()")
    box = f"{FIGURE}.querySelector('.mark').getBoundingClientRect()"
    x, y = tab.run(f"[{box}.right, {box}.bottom]")
    tab.point(x + 10, y + 10)  # near it is enough
    values = ("EcNet, IoT-23", "difference", "+0.20 points", "0.10 to 0.30", "n", "5 splits")
    assert [word in told(tab) for word in values] == [True] * 6
    tab.press("Escape")
    assert told(tab) == ""
    tab.point(x + 11, y + 10)
    tab.point(x + 100, y + 100)
    assert told(tab) == ""


def test_a_figure_is_one_stop_and_arrows_go_through_its_marks(tab: browser.Tab) -> None:
    marks = f"[...{FIGURE}.querySelectorAll('.mark')]"
    assert tab.run(f"{marks}.filter(mark => mark.tabIndex === 0).length") == 1
    tab.run(f"{marks}[0].focus()")
    assert "EcNet, IoT-23" in told(tab)
    tab.press("ArrowRight")
    assert "SVM, IoT-23" in told(tab)
    assert tab.run(f"{marks}.map(mark => mark.tabIndex)") == [-1, 0]
    spoken = tab.run("[document.activeElement.role, document.activeElement.ariaLabel]")
    assert spoken == ["img", "SVM, IoT-23\nn: 5 splits"]
    tab.press("Tab")
    assert told(tab) == ""


def test_the_colours_are_those_of_the_system_until_a_reader_chooses(tab: browser.Tab) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    choose = "(([one, value]) => { one.value = value; one.dispatchEvent(new Event('change')); })"
    for system in ("light", "dark"):
        tab.show(1400, scheme=system)
        for chosen in ("", "light", "dark"):
            tab.run(f"{choose}([document.querySelector('#scheme'), '{chosen}'])")
            dark = (chosen or system) == "dark"
            assert tab.run(ground) == ("rgb(20, 23, 26)" if dark else "rgb(255, 255, 255)")
            turned = tab.run(f"getComputedStyle({FIGURE}).filter") != "none"
            assert turned == dark
        tab.run(f"{choose}([document.querySelector('#scheme'), ''])")
    tab.show(1400)


def test_it_fetches_nothing_and_breaks_no_rule_of_its_policy(tab: browser.Tab) -> None:
    assert [url for url in tab.requests if not url.startswith("data:")][1:] == []
    assert tab.errors == []


def test_wide_tables_and_figures_scroll_in_frames_of_their_own(tab: browser.Tab) -> None:
    for width in (390, 1400):
        tab.show(width)
        assert tab.run("[innerWidth, document.documentElement.scrollWidth]") == [width, width]
        frame = "document.querySelector('#tables-table_6-html .scroll')"
        assert tab.run(f"{frame}.scrollWidth > {frame}.clientWidth")


def test_the_first_verdict_is_in_sight_on_a_phone(tab: browser.Tab, tmp_path: Path) -> None:
    tab.show(390)
    tab.run("scrollTo(0, 0)")
    with Image.open(tab.picture(tmp_path / "picture.png")) as image:
        counted = image.convert("RGB").getcolors(image.width * image.height) or []
    colours = {colour: count for count, colour in counted}
    assert colours.get((0xA8, 0x20, 0x1A), 0) > 200  # the badge of a claim that fails
    badges = tab.run("[...document.querySelectorAll('.seal .badge')].map(one => one.innerText)")
    assert len(badges) == 7
    assert "cannot be told" in badges[6]
    tab.show(1400)


def test_it_is_printed_light_without_controls_and_with_all_details(tab: browser.Tab) -> None:
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    tab.call("Emulation.setEmulatedMedia", media="print", features=dark)
    controls = "[...document.querySelectorAll('.filter, .scheme, .hint, nav, summary')]"
    assert tab.run(f"{controls}.filter(one => one.checkVisibility()).length") == 0
    assert tab.run("document.querySelector('.verdict dd').checkVisibility()")
    assert tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.run(f"getComputedStyle({FIGURE}).filter") == "none"
    tab.show(1400)


@pytest.mark.axe
@pytest.mark.parametrize("width", [390, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault(tab: browser.Tab, scheme: str, width: int) -> None:
    tab.show(width, scheme=scheme)
    tab.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    faults, passed = tab.faults()
    assert faults == []
    assert {"color-contrast", "label", "select-name", "button-name", "svg-img-alt"} <= passed
