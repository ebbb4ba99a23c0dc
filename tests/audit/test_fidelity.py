"""Fidelity: models and the two-sample test measure what they should; the table shows intervals."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ecnet.audit.fidelity import fidelity, measure, scores, table
from ecnet.audit.fidelity.scores import LabelledFeatures
from ecnet.errors import InputError
from ecnet.simulate import simulator

MEASURES = ("TRTR XGB", "TSTR XGB", "TSTS XGB", "TRTR LR", "TSTR LR", "TSTS LR")
OTHERS = ("C2ST", "C2ST of all", "floor", "copies", "real copies", "of rare", "real of rare")


def records(seed: int, count: int = 800, shift: float = 0.0) -> LabelledFeatures:
    random = np.random.default_rng(seed)
    label = random.choice(["Normal", "DoS"], count)
    size = random.lognormal(np.where(label == "DoS", 4.0, 0.0) + shift, 1.0)
    kind = np.where(random.random(count) < 0.5, "tcp", "udp")
    return LabelledFeatures(
        pd.DataFrame({"size": size}), pd.DataFrame({"kind": kind}), pd.Series(label, dtype="str")
    )


@pytest.mark.parametrize("model", scores.MODELS)
def test_a_model_learns_separable_classes(model: str) -> None:
    assert scores.score(model, records(1), records(2), seed=1) > 0.95


@pytest.mark.parametrize("model", scores.MODELS)
def test_a_class_missing_from_training_lowers_the_score(model: str) -> None:
    train = records(1)
    train = train.take(np.flatnonzero((train.label == "DoS").to_numpy()))
    both = LabelledFeatures(
        train.numbers, train.categories, train.label.mask(train.numbers["size"] > 4, "A")
    )
    assert scores.score(model, both, records(2), seed=1) < 0.5


def test_records_of_one_law_are_not_c2st_and_shifted_ones_are() -> None:
    assert abs(scores.c2st(records(1), records(2), 1, 800) - 0.5) < 0.08
    assert scores.c2st(records(1), records(2, shift=2.0), 1, 800) > 0.8


def test_copies_are_counted_with_their_labels() -> None:
    some = records(1, count=10)
    assert scores.copies(some, some) == 1
    other = LabelledFeatures(some.numbers, some.categories, pd.Series(["other"] * 10, dtype="str"))
    assert scores.copies(other, some) == 0
    assert scores.copies(some.take(np.arange(5)), some.take(np.arange(3))) == 3 / 5
    twice = some.take(np.array([0, 0, 1]))
    assert scores.copies(some, twice, below=2) == 1 / 10


def measured(values: list[float]) -> pd.DataFrame:
    return pd.DataFrame(dict.fromkeys((*MEASURES, *OTHERS), values))


def test_the_table_shows_means_with_intervals() -> None:
    text = table.table([("Some records", measured([0.8, 0.9, 1.0]))], 3)
    assert "3 seeds" in text
    # Student's t for two degrees of freedom, 4.303, times 0.1 / sqrt(3).
    assert "0.900 ± 0.248" in text
    assert "1.000 ± 0.000" in text


def test_the_table_replaces_the_previous_one(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- fidelity -->\nold\n<!-- /fidelity -->\nafter\n")
    table.write(page, [("Some records", measured([0.8, 0.9]))], 2)
    text = page.read_text()
    assert text.startswith("before\n<!-- fidelity -->\n| records |")
    assert text.endswith("<!-- /fidelity -->\nafter\n")
    assert "old" not in text


def test_a_page_without_marker_lines_is_not_changed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("mine\n")
    with pytest.raises(InputError, match=r"page\.md: exists without the lines"):
        fidelity(names=["bot-iot"], mirror=tmp_path, seeds=[1], output=page)
    assert page.read_text() == "mine\n"


def test_a_dataset_without_labelled_real_records_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="mqtt-iot-ids2020: there are no labelled real records"):
        fidelity(names=["mqtt-iot-ids2020"], mirror=tmp_path, seeds=[1], output=tmp_path / "t.md")


@pytest.mark.mirror
def test_models_train_well_on_simulated_bot_iot_and_it_has_no_more_copies_than_real_records(
    mirror: Path,
) -> None:
    (case,) = simulator.generator("bot-iot").fidelity_cases
    found = measure("bot-iot", case, mirror, seed=1)
    assert found["copies"] <= found["real copies"] + 0.01
    assert abs(found["floor"] - 0.5) < 0.05
    assert found["TSTR XGB"] > 0.95 * found["TRTR XGB"]
