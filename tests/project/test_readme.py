"""What README.md says was found is what docs/results says, and it stays one screen long."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RESULTS = (ROOT / "docs/results/README.md").read_text(encoding="utf-8")
RIVALS, DEVICES = (
    (ROOT / f"docs/results/{name}/README.md").read_text(encoding="utf-8")
    for name in ("rivals", "devices")
)
FOUND = " ".join(README.split("## What was found")[1].split("<picture>")[0].split())
PAPER = "EcNet beats SVM, XGBoost and LSTM on every dataset in accuracy"
WITHIN = r"in (?:all )?{} comparisons the two are within 1 point"

CLAIMS = {
    r"all (\d+) margins": (PAPER, r"too large in all (\d+) comparisons"),
    r"in (\d+) of (\d+) comparisons the models are within one point": (
        PAPER,
        WITHIN.format(r"(\d+) of (\d+)"),
    ),
    r"Attention \((\d+) comparisons\)": (
        "Attention helps in accuracy on every dataset",
        WITHIN.format(r"(\d+)"),
    ),
    r"separate branches \((\d+)\)": (
        "Separate extraction beats merged in most cases",
        WITHIN.format(r"(\d+)"),
    ),
    r"LSTM, RNN or GRU \((\d+)\)": (
        "LSTM beats RNN and GRU in accuracy on every dataset",
        WITHIN.format(r"(\d+)"),
    ),
}
"""What README says -> the claim in docs/results, and what is said of it there."""

OTHERS = {
    r"Of (\d+) comparisons of \[other systems\]": (
        RIVALS,
        r"“No other system beats XGBoost by more than a point.*?; 0 of (\d+) comparisons",
    ),
    r"(\d+) to (\d+) times the instructions of XGBoost": (
        DEVICES,
        r"True: “EcNet is light enough.* (\d+) to (\d+) times the instructions of XGBoost",
    ),
}
"""What README says -> the page that has it, and what is said there."""

CAPTURES = r"In the mean of (\d+) captures.* (\w+) and (\w+) alike lose (\d+) points of F1"
MEANS = r"{}: ([\d.]+) within, ([\d.]+) if the capture is left out \(mean over (\d+) captures"


@pytest.mark.parametrize("said", CLAIMS, ids=lambda said: said[:20])
def test_a_count_is_that_of_the_published_verdict(said: str) -> None:
    claim, verdict = CLAIMS[said]
    (counted,) = re.findall(said, FOUND)
    (published,) = re.findall(rf"^- .*“{claim}”.*?{verdict}", RESULTS, re.MULTILINE)
    assert counted == published


@pytest.mark.parametrize("said", OTHERS, ids=lambda said: said[:20])
def test_a_count_is_that_of_the_published_page(said: str) -> None:
    page, there = OTHERS[said]
    (counted,) = re.findall(said, FOUND)
    assert counted in re.findall(there, page)


def test_the_loss_on_captures_left_out_is_that_of_the_published_table() -> None:
    ((captures, *models, points),) = re.findall(CAPTURES, FOUND)
    for model in models:
        ((within, without, number),) = re.findall(MEANS.format(model), RESULTS)
        assert number == captures
        assert round(float(within) - float(without)) == int(points), model


def test_every_number_of_what_was_found_is_checked() -> None:
    rest = FOUND
    for said in (*CLAIMS, *OTHERS, CAPTURES):
        rest = re.sub(said, "", rest)
    assert re.findall(r"\d", rest) == []


def test_it_is_one_screen_and_says_how_to_test() -> None:
    assert len(README.splitlines()) <= 70
    assert "\n$ make test " in README
