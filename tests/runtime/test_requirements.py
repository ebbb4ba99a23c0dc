"""What this machine lacks is found before the first job, not after hours of training."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from ecnet import models
from ecnet.errors import InputError
from ecnet.models import engines
from ecnet.provenance import manifest
from ecnet.runtime import requirements

WHOLE: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "params.yaml").read_text())


@pytest.fixture
def values() -> dict[str, Any]:
    return copy.deepcopy(WHOLE)


def test_this_machine_has_what_the_project_needs(values: dict[str, Any]) -> None:
    requirements.check(values)


def test_each_library_that_is_not_installed_is_named_with_what_needs_it(
    values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = requirements.find_spec
    lacking = ("optuna", "statsmodels")
    monkeypatch.setattr(
        requirements, "find_spec", lambda name: None if name in lacking else found(name)
    )
    with pytest.raises(InputError) as error:
        requirements.check(values)
    assert str(error.value).splitlines() == [
        "statsmodels: is not installed, and ecnet.claims.inference needs it; run make install",
        "optuna: is not installed, and ecnet.train.tune needs it; run make install",
    ]


def test_a_library_that_the_provenance_names_is_needed(
    values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manifest, "_LIBRARIES", ("no-such-library",))
    with pytest.raises(InputError, match="no-such-library: is not installed; run make install"):
        requirements.check(values)


@pytest.mark.parametrize("there", [False, True])
def test_a_gpu_that_networks_need_is_missed_in_one_line(
    values: dict[str, Any], monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    monkeypatch.setattr(engines, "sees_gpu", lambda: there)
    values["train"]["device"] = "cuda"
    if there:
        requirements.check(values)
        return
    with pytest.raises(InputError) as error:
        requirements.check(values)
    assert str(error.value) == (
        "params.yaml: train.device: cuda, and torch sees no GPU here; choose cpu, or see "
        "docs/gpu.md for what a GPU needs"
    )


def test_families_of_other_libraries_need_no_gpu(
    values: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "sees_gpu", lambda: False)
    values["train"]["device"] = "cuda"
    networks = {name for name in models.names() if "device" in models.schema(name)}
    variants = values["variants"].items()
    requirements.check(values, {name for name, of in variants if of["family"] in networks})
