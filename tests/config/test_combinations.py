"""Hyperparameters that exclude each other are named when a run is planned, not in training."""

import copy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ecnet import models
from ecnet.errors import InputError
from ecnet.plan import combinations, plan

WHOLE = yaml.safe_load((Path(__file__).parents[2] / "params.yaml").read_text())
WHOLE["data"]["include"] = ["iot-23", "nsl-kdd"]

Values = dict[str, Any]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def refused(edit: Callable[[Values], object]) -> list[str]:
    """Return why the plan of changed params is refused, a line each."""
    values = copy.deepcopy(WHOLE)
    edit(values)
    with pytest.raises(InputError) as caught:
        plan.make(values)
    return str(caught.value).splitlines()


def own(variant: str, **hyperparameters: Any) -> Callable[[Values], object]:
    return lambda values: values["variants"][variant].update(hyperparameters)


def under(protocol: str, **hyperparameters: Any) -> Callable[[Values], object]:
    return lambda values: values["protocols"][protocol].update(models={"ecnet": hyperparameters})


def searched(variant: str, **choices: list[Any]) -> Callable[[Values], object]:
    laws = {name: {"choice": choice} for name, choice in choices.items()}
    return lambda values: values["tuning"]["space"].update({variant: laws})


CASES: dict[str, tuple[Callable[[Values], object], str]] = {
    "heads": (own("ecnet", heads=3), "variants.ecnet: hyperparameter heads: 3 does not divide"),
    "heads of the family": (
        lambda values: values["models"]["ecnet"].update(heads=5),
        "variants.ecnet-gru-merged: hyperparameter heads: 5 does not divide hidden = 64",
    ),
    "merged branches of no equal size": (
        own("ecnet-merged", hidden=16, heads=8),
        "variants.ecnet-merged: hyperparameter heads: 8 leaves no width of the merged layer within",
    ),
    "pooling": (own("ecnet-rnn", pooling="last"), "variants.ecnet-rnn: hyperparameter pooling: la"),
    "pooling of a merged one": (
        own("ecnet-merged", pooling="last"),
        "variants.ecnet-merged: hyperparameter pooling: last goes with branches: merged and atten",
    ),
    "flows in tiles": (
        own("lstm", sequence="flows"),
        "variants.lstm: hyperparameter sequence: flows goes with engine: torch",
    ),
    "bfloat16 in tiles": (
        lambda values: values["train"].update(precision="bfloat16"),
        "variants.ecnet: hyperparameter precision: bfloat16 goes with engine: torch",
    ),
    "a control": (
        own("ecnet-shuffled", heads=7),
        "variants.ecnet-shuffled under protocols.shuffled: hyperparameter heads: 7 does not",
    ),
    "a protocol": (
        under("one-head", heads=6),
        "variants.ecnet under protocols.one-head: hyperparameter heads: 6 does not divide",
    ),
    "a protocol without the engine it needs": (
        under("flows", sequence="flows"),
        "variants.ecnet under protocols.flows: hyperparameter sequence: flows goes with engine",
    ),
    "a choice": (
        searched("ecnet", heads=[2, 3], hidden=[32, 64]),
        "tuning.space.ecnet.heads: 3 goes with no other choice: hyperparameter heads: 3 does not",
    ),
    "flows of records without windows": (
        own("ecnet", sequence="flows", engine="torch"),
        "variants.ecnet cannot be trained on NSL-KDD: not all its records name a host and a time",
    ),
}


@pytest.mark.parametrize(("edit", "why"), CASES.values(), ids=CASES)
def test_hyperparameters_that_cannot_be_trained_stop_the_plan(
    edit: Callable[[Values], object], why: str
) -> None:
    lines = refused(edit)
    assert any(line.startswith(f"params.yaml: {why}") for line in lines), lines


GOOD = {
    "as it stands": lambda _: None,
    "a choice that goes with some others": searched("ecnet", heads=[2, 3], hidden=[32, 48]),
    "a protocol that no variant is shown under": lambda values: (
        under("one-head", heads=6)(values),
        values["protocols"]["one-head"].update(shown=[]),
    ),
    "a GPU, which runs torch": lambda values: values["train"].update(
        device="cuda", precision="bfloat16"
    ),
    "heads without attention": own("ecnet-no-attention", heads=3),
}


@pytest.mark.parametrize("edit", GOOD.values(), ids=GOOD)
def test_hyperparameters_that_can_be_trained_are_planned(edit: Callable[[Values], object]) -> None:
    values = copy.deepcopy(WHOLE)
    edit(values)
    assert plan.make(values).variants("table-6")


def test_a_search_space_too_large_to_check_is_not_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(combinations, "_MOST", 2)
    values = copy.deepcopy(WHOLE)
    searched("ecnet", heads=[3], hidden=[16, 32, 64])(values)
    assert not any(".heads: 3 goes" in error for error in combinations.errors(values))


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of a family beside the package's own."""
    monkeypatch.setattr(models, "__file__", str(tmp_path / "__init__.py"))
    monkeypatch.setattr(models, "__path__", [str(tmp_path)])
    models.parsed.cache_clear()
    models.schema.cache_clear()
    yield tmp_path / "mine.py"
    models.parsed.cache_clear()
    models.schema.cache_clear()
    sys.modules.pop("ecnet.models.mine", None)


def test_a_family_may_check_its_hyperparameters(mine: Path) -> None:
    mine.write_text(
        "from ecnet.errors import InputError\n"
        "def check(settings):\n    if settings['a'] > settings['b']:\n"
        "        raise InputError('hyperparameter a: more than b')\n"
    )
    models.check("mine", {"a": 1, "b": 2})
    with pytest.raises(InputError, match="a: more than b"):
        models.check("mine", {"a": 3, "b": 2})


def test_a_family_that_checks_nothing_is_not_imported(mine: Path) -> None:
    mine.write_text("raise RuntimeError\nclass Model:\n    def check(self, settings): ...\n")
    models.check("mine", {})


def test_planning_imports_no_heavy_library() -> None:
    script = (
        f"import sys; from ecnet.plan import plan; plan.make({WHOLE!r}); "
        "sys.exit(' '.join({'torch', 'numba', 'sklearn', 'xgboost', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == ""
