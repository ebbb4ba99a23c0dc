"""Values of params.yaml have the types of their schemas; messages show how to write them."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ecnet import models
from ecnet.config import params, schema, validation
from ecnet.errors import InputError

ROOT = Path(__file__).parents[2]
WHOLE = yaml.safe_load((ROOT / "params.yaml").read_text())


def checked(place: str, value: Any) -> params.Params:
    """Return the project's params, checked, with one value changed."""
    values = copy.deepcopy(WHOLE)
    *parents, key = place.split("/")
    at = values
    for parent in parents:
        at = at.setdefault(parent, {})
    at[key] = value
    return validation.checked(values)


def refused(place: str, value: Any) -> str:
    with pytest.raises(InputError) as caught:
        checked(place, value)
    return str(caught.value)


EQUAL = {
    "a hyperparameter of a family": ("models/ecnet/hidden", 64.0, 64),
    "one of a variant": ("variants/lstm/hidden", 64.0, 64),
    "one under a protocol": ("protocols/one-head/models/ecnet/heads", 1.0, 1),
    "epochs": ("models/ecnet/epochs", 2.0, 2),
    "a fraction that is whole": ("models/svm/c", 630, 630.0),
    "seeds": ("seeds/split", [1.0, 2.0, 3], [1, 2, 3]),
    "seeds of the search": ("tuning/splits", [1000.0, 1001], [1000, 1001]),
    "trials": ("tuning/trials", 20.0, 20),
    "a choice": ("tuning/space/ecnet/hidden/choice", [32.0, 64], [32, 64]),
    "bounds": ("tuning/space/xgboost/max_depth", {"low": 3.0, "high": 10}, {"low": 3, "high": 10}),
    "bounds of fractions": (
        "tuning/space/svm/c",
        {"low": 1, "high": 10, "log": True},
        {"low": 1.0, "high": 10.0, "log": True},
    ),
    "a cap": ("sampling/cap", 500.0, 500),
    "a target": ("sampling/per_class", {"iot-23": {"DDoS": 5.0}}, {"iot-23": {"DDoS": 5}}),
    "records": ("simulator/records/iot-23", 2400.0, 2400),
    "bytes": ("data/max_bytes", 2.0e10, 20_000_000_000),
    "duplicates of a protocol": ("protocols/copies/split/max_duplicates", 2.0, 2),
    "a share": ("data/max_rejected", 1, 1.0),
    "rates": ("tables/detection_rates", [0.5, 1], [0.5, 1.0]),
    "a width": ("figures/width", 7, 7.0),
    "resolution": ("figures/dpi", 200.0, 200),
}


@pytest.mark.parametrize(("place", "value", "wanted"), EQUAL.values(), ids=EQUAL)
def test_equal_numbers_give_equal_settings(place: str, value: Any, wanted: Any) -> None:
    written, meant = checked(place, value), checked(place, wanted)
    assert params.canonical(all=written) == params.canonical(all=meant)
    for key in place.split("/"):
        meant = meant[key]
    assert json.dumps(meant) == json.dumps(wanted)  # as in the schema


def test_the_types_of_the_projects_params_do_not_change() -> None:
    assert params.canonical(all=validation.checked(WHOLE)) == params.canonical(all=WHOLE)


@given(st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(-(2.0**63), 2.0**63))
def test_conversion_changes_no_number(number: float) -> None:
    for kind in ("integer", "number"):
        typed = schema.typed({"a": [number]}, {"properties": {"a": {"items": {"type": kind}}}})
        assert typed == {"a": [number]}
        assert schema.typed(number, {"type": kind}) == number


TEXT = "in params.yaml or a --configfile (in braces of --config all is text)"
WRONG = {
    "a fraction of a neuron": ("models/ecnet/hidden", 16.5, "hidden is 16.5: must be a whole num"),
    "true for a number": ("models/ecnet/hidden", True, "hidden is true: must be a whole number"),
    "beyond 64 bits": ("models/ecnet/epochs", 1e300, "epochs is 1e+300: must fit into 64 bits"),
    "what YAML takes for text": (
        "models/ecnet/learning_rate",
        yaml.safe_load("1e-3"),
        'learning_rate is "1e-3": must be a number, and this is text as YAML reads a number with e '
        f"and no point: write 0.001 without quotes, {TEXT}",
    ),
    "a very small one": ("models/ecnet/weight_decay", "1e-7", "write 1.0e-07 without quotes"),
    "a number in quotes": (
        "models/ecnet/hidden",
        "16",
        f"must be a whole number, and this is text: write 16 without quotes, {TEXT}",
    ),
    "a switch in quotes": (
        "data/check_facts",
        "false",
        'data.check_facts is "false": must be true or false, and this is text: write false without',
    ),
    "nothing in quotes": ("sampling/cap", "None", 'cap is "None": must be a whole number or null'),
    "yes for a word": (
        "data/missing",
        yaml.safe_load("no"),
        "data.missing is false: must be one of skip, error (YAML reads yes, no, on and off",
    ),
    "a single dataset": (
        "data/include",
        "nsl-kdd",
        'data.include is "nsl-kdd": must be all, or a list: [nsl-kdd]',
    ),
    "a number of datasets": ("data/include", 1, "data.include is 1: must be text or a list: [1]"),
    "a single seed": ("seeds/split", 1, "seeds.split is 1: must be a list: [1]"),
    "a single place": ("variants/svm/shown", "table-6", 'shown is "table-6": must be a list: [tab'),
    "a format": ("datasets/iot-23/format", "zeek", 'format is "zeek": must be a list: [zeek]'),
    "no section": ("data", None, "data is null: must be keys with values"),
    "text for a section": ("data", "mirror", 'data is "mirror": must be keys with values'),
    "a seed twice": ("seeds/split", [1, 1.0], "seeds.split is [1, 1.0]: holds a value twice"),
    "no seed": ("seeds/split", [], "seeds.split is []: must hold at least this many items: 1"),
    "a name of capitals": (
        "variants/SVM",
        {"family": "svm", "shown": ["table-6"]},
        'variants is "SVM": must be a name of small letters, digits and dashes',
    ),
    "another word for shortcuts": (
        "protocols/shortcuts/keep",
        "ports",
        'protocols.shortcuts.keep is "ports": must be shortcuts',
    ),
    "a law of text": ("tuning/space/svm/c/low", "1", 'tuning.space.svm.c.low is "1": must be a'),
}


@pytest.mark.parametrize(("place", "value", "why"), WRONG.values(), ids=WRONG)
def test_the_message_for_a_wrong_type_shows_how_to_write_the_value(
    place: str, value: Any, why: str
) -> None:
    lines = refused(place, value).splitlines()
    assert all(line.startswith("params.yaml: ") for line in lines)
    assert any(why in line for line in lines), lines
    assert "given schemas" not in "".join(lines)


@pytest.fixture
def families(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of families, of which schemas are read."""
    monkeypatch.setattr(models, "__file__", str(tmp_path / "__init__.py"))
    models.parsed.cache_clear()
    models.schema.cache_clear()
    yield tmp_path
    models.parsed.cache_clear()
    models.schema.cache_clear()


KINDS = '{"rounds": {"type": "integer"}}'


@pytest.mark.parametrize(
    "text",
    [f"SCHEMA = {KINDS}", f"SCHEMA: dict = {KINDS}", f"A = 1\nSCHEMA: dict[str, A] = {KINDS}"],
)
def test_a_schema_may_be_annotated(families: Path, text: str) -> None:
    (families / "mine.py").write_text(f"{text}\n")
    assert models.schema("mine") == json.loads(KINDS)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "has no SCHEMA; add one: SCHEMA = {"),
        ("SCHEMA: dict", "has no SCHEMA; add one: SCHEMA = {"),
        ("SCHEMA = dict(a=1)", "SCHEMA is not a literal dict"),
        ("SCHEMA = {'a': KIND}", "SCHEMA is not a literal dict"),
        ("SCHEMA = [1]", "SCHEMA is [1], which is not a JSON Schema"),
        ("SCHEMA = {'a': {'type': 'int'}}", "SCHEMA.a.type is 'int', which is not a JSON Schema"),
        ("SCHEMA = {", "line 1 is not Python ('{' was never closed)"),
    ],
)
def test_a_schema_that_cannot_be_read_is_one_line(families: Path, text: str, why: str) -> None:
    (families / "mine.py").write_text(f"{text}\n")
    with pytest.raises(InputError) as caught:
        models.schema("mine")
    said = str(caught.value)
    assert said.startswith(f"ecnet/models/mine.py: {why}")
    assert "\n" not in said


def test_the_message_for_a_family_missing_in_dvcs_copy_says_git_add(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "git add" not in refused("variants/svm/family", "mine")
    copied = Path("/x/.dvc/tmp/exps/1/src/ecnet/models/__init__.py")
    monkeypatch.setattr(models, "names", lambda: ["svm"])
    monkeypatch.setattr(models, "schema", lambda _: {})
    monkeypatch.setattr(models, "__file__", str(copied))
    assert (
        "'mine' is not known; known: svm; this copy of DVC's holds only what git tracks: git add"
        in (refused("variants/svm/family", "mine"))
    )
