"""A file of params holds plain values, each once and not too many; it runs nothing."""

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ecnet.config import params_file, validation
from ecnet.errors import InputError

ROOT = Path(__file__).parents[2]


def bomb(depth: int, *, of: str) -> str:
    """Return a few lines of YAML that expand to 10 ** depth values."""
    left, right = ("[", "]") if of == "list" else ("{", "}")
    lines = ["a0: &a0 [1]" if of == "list" else "a0: &a0 {k: 1}"]
    for number in range(1, depth + 1):
        many = (f"{f'k{i}: ' if of == 'dict' else ''}*a{number - 1}" for i in range(10))
        lines.append(f"a{number}: &a{number} {left}{', '.join(many)}{right}")
    return "\n".join(lines)


@pytest.mark.parametrize("path", ["params.yaml", *sorted(ROOT.glob("workflow/*.yaml"))])
def test_the_projects_own_files_are_read(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert params_file.read(ROOT / path) == yaml.safe_load(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("__use_yte__: true\n?__import__('os').system('touch canary'):\n  a: 1", "would run code"),
        ("a: {__use_yte__: true}", "would run code"),
        ("!!python/object/apply:os.system ['touch canary']", "not YAML with plain values"),
        ("a: !!python/name:os.system", "not YAML with plain values"),
        ("a: 1\nb: 2\na: 3", "line 3: the key 'a' is there twice"),
        ('{"a": {"b": 1, "b": 2}}', "the key 'b' is there twice"),
        (bomb(9, of="list"), "more than 100000 values"),
        (bomb(9, of="dict"), "more than 100000 values"),
        ("a: &a [*a]", "more than 100000 values, or is nested"),
        ("[" * 100_000, "is nested too deep"),
        ("a: " + "[" * 50 + "]" * 50, "is nested more than"),
        ("? [1, 2]\n: 3", "a key must be text"),
        ("a: 1\ncap: 010", "line 2: 010 is 8 to YAML, by a zero in front or a colon; write 8, or"),
        ("cap: -0_17", "-0_17 is -15 to YAML"),
        ("{cap: [1:30]}", "1:30 is 90 to YAML"),
        ("rate: 1:30.5", "1:30.5 is 90.5 to YAML"),
        ("010: a", "010 is 8 to YAML"),
        ("a" * 1_000_001, "more than 1000000 bytes"),
        ("a: " + "9" * 5000, "not YAML with plain values"),
        ("a: \x00", "not YAML with plain values"),
        ("a: [", "not YAML with plain values"),
        ("- 1", "holds no keys"),
        ("", "holds no keys"),
    ],
)
def test_an_invalid_file_of_params_is_refused_in_one_line(
    text: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        params_file.read(path)
    assert why in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_path_that_is_not_a_text_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "odd").write_bytes(b"a: \xff\xfe")
    for path, why in (
        (tmp_path / "odd", "byte 3 is not UTF-8"),
        (tmp_path, "is not a file"),
        (tmp_path / "none", "is not a file"),
        (Path("/dev/zero"), "is not a file"),
    ):
        with pytest.raises(InputError, match=why):
            params_file.read(path)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (float("nan"), "must be a finite number"),
        (float("-inf"), "must be a finite number"),
        (2**63, "must fit into 64 bits"),
        (datetime.date(2026, 1, 1), "put it in quotes"),
        ("two\nlines", "cannot be shown"),
        ("\x1b[2J", "cannot be shown"),
        ("x" * 10_001, "more than 10000 characters"),
        ({1: 2}, "the key 1 is not text"),
        ({"two\nlines": 2}, "cannot be shown"),
        ([[[float("inf")]]], "must be a finite number"),
    ],
)
def test_an_invalid_value_of_any_key_is_refused_before_the_schema(value: Any, why: str) -> None:
    values = params_file.read(ROOT / "params.yaml")
    values["split"]["test"] = value
    with pytest.raises(InputError, match=why) as caught:
        validation.checked(values)
    assert "params.yaml: " in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_values_in_several_places_are_counted_in_each() -> None:
    values = yaml.safe_load(bomb(9, of="list"))
    with pytest.raises(InputError, match="more than 100000 values"):
        validation.checked(values)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63) + 1, 2**63 - 1) | st.text("abc $(`'\"{}-"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=20,
)


@given(st.dictionaries(st.text("abc", min_size=1), PLAIN))
def test_plain_values_are_accepted(values: dict[str, Any]) -> None:
    assert list(params_file.errors(values)) == []
    params_file.bounded(values)
    assert json.loads(json.dumps(values)) == values


@pytest.mark.parametrize(
    ("key", "hint"),
    [("data/max_byte", "did you mean max_bytes?"), ("splits", "did you mean split?")],
)
def test_the_message_for_a_misspelled_key_suggests_the_nearest(key: str, hint: str) -> None:
    values = params_file.read(ROOT / "params.yaml")
    *parents, name = key.split("/")
    place = values
    for parent in parents:
        place = place[parent]
    place[name] = 1
    with pytest.raises(InputError) as caught:
        validation.checked(values)
    assert hint in str(caught.value)


@pytest.mark.parametrize("name", ["a b", "$(touch canary)", "-rf", "a\n", "../a", "a'b", "ä", ""])
def test_a_name_of_a_variant_or_protocol_is_plain(name: str) -> None:
    for section in ("variants", "protocols"):
        values = params_file.read(ROOT / "params.yaml")
        values[section][name] = next(iter(values[section].values()))
        with pytest.raises(InputError):
            validation.checked(values)


def test_numbers_that_yaml_reads_as_people_do_are_accepted(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: [0, 10, 0.5, 1_000, +5, 0x10, '010', '1:30', 00.5]\r\n")
    assert params_file.read(path) == {"a": [0, 10, 0.5, 1000, 5, 16, "010", "1:30", 0.5]}
