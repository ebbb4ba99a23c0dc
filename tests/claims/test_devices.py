"""The claim of being light: judged by what emulated boards took, against the bounds of boards."""

from typing import Any

import pytest
from devicefiles import content, row
from judged import IN_TABLES

from ecnet.claims import rules
from ecnet.claims.declared import claims_of
from ecnet.claims.evidence import Evidence, Judgement
from ecnet.datasets import papers

(LIGHT,) = (claim for claim in claims_of(papers.reproduced()) if claim.id == "light")
BOARD = {"name": "a board", "flash": 1_000_000, "ram": 20_000, "hertz": 60_000_000}
RATE = 5.0
"""Records a second: twelve million cycles of the board for each."""


def judged(*contents: dict[str, Any], **bound: Any) -> Judgement:
    bounds = {"boards": [BOARD | bound], "records_a_second": RATE, "processor": "cortex-m4f"}
    sources = dict.fromkeys(IN_TABLES, "simulated")
    evidence = Evidence({"sources": sources, "models": []}, {}, {}, {}, {}, (), contents, bounds)
    return rules.judge(LIGHT, evidence)


def everywhere(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    return [content(name, *rows) for name in IN_TABLES]


def test_a_model_that_fits_and_keeps_up_with_the_most_cycles_is_light() -> None:
    found = judged(*everywhere())
    assert (found.verdict, found.data) == ("holds", "simulated")
    assert "at least 10.0 records a second" in found.finding
    assert "150 times the instructions of xgboost" in found.finding


@pytest.mark.parametrize("bound", [{"flash": 299_999}, {"ram": 14_099}, {"hertz": 14_999_999}])
def test_a_board_without_room_or_too_slow_with_the_fewest_cycles_refutes_it(
    bound: dict[str, int],
) -> None:
    assert judged(*everywhere(), **bound).verdict == "fails"


def test_a_board_that_keeps_up_only_with_the_fewest_cycles_leaves_it_open() -> None:
    found = judged(*everywhere(), hertz=20_000_000)
    assert found.verdict == "cannot be told"
    assert "assumptions on cycles" in found.why


def test_a_dataset_that_was_not_measured_is_named() -> None:
    found = judged(*everywhere()[1:])
    assert found.verdict == "holds"
    assert found.finding.endswith(f"; not measured: {IN_TABLES[0]}")


def test_int8_weights_are_named_and_not_judged() -> None:
    quantised = row("ecnet", "int8", flash=9_000_000)
    found = judged(*everywhere(row("ecnet"), quantised))
    assert found.verdict == "holds"
    assert "ecnet (int8) 9,000,000 bytes of flash" in found.measured


def test_without_boards_the_claim_stays_as_it_is() -> None:
    assert judged().verdict == "cannot be told"
