"""The arguments of a command are those of its function."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest

from ecnet.runtime import arguments


def step(
    names: Sequence[str],
    *,
    output: Path,
    parts: list[Path],
    settings: Mapping[str, Any],
    records: int = 10,
    share: float = 0.5,
    fail_on: Literal["critical", "warning"] | None = None,
    touch: bool = False,
    seeds: Sequence[int] = (1, 2),
    file: str = "",
) -> None:
    """Do something. records: how many: 100% of them.

    names, parts: what to
        read, in one line.
    output: written. fail_on: a severity.

    Raises:
        touch: this is no parameter.
    """


def parsed(*given: str) -> dict[str, Any]:
    parser = argparse.ArgumentParser()
    arguments.add(parser, step)
    return vars(parser.parse_args(given))


REQUIRED = ("a", "--output", "o", "--parts", "p", "q", "--settings", '{"x": [1]}')


def test_values_have_the_types_of_the_signature() -> None:
    given = ("--records", "3", "--share", "1", "--fail-on", "warning", "--touch", "--file", "f")
    assert parsed("a", "b", *REQUIRED[1:], *given, "--seeds", "7") == {
        "names": ["a", "b"],
        "output": Path("o"),
        "parts": [Path("p"), Path("q")],
        "settings": {"x": [1]},
        "records": 3,
        "share": 1.0,
        "fail_on": "warning",
        "touch": True,
        "seeds": [7],
        "file": "f",
    }


def test_a_missing_argument_has_the_default_of_the_signature() -> None:
    found = parsed(*REQUIRED)
    assert found["records"] == 10
    assert found["seeds"] == (1, 2)
    assert found["fail_on"] is None
    assert found["touch"] is False
    assert found["file"] == ""


def test_a_list_of_files_that_a_rule_names_may_be_empty() -> None:
    assert parsed("a", "--output", "o", "--parts", "--settings", "{}")["parts"] == []


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (REQUIRED[1:], "the following arguments are required: NAMES"),
        (REQUIRED[:3], "the following arguments are required: --parts, --settings"),
        ((*REQUIRED, "--records", "x"), "argument --records: invalid int value: 'x'"),
        ((*REQUIRED, "--fail-on", "note"), "argument --fail-on: invalid choice: 'note'"),
        ((*REQUIRED, "--settings", "{"), "argument --settings: is not JSON (Expecting"),
        ((*REQUIRED, "--output", ""), "argument --output: a path must not be empty"),
        ((*REQUIRED, "--seeds"), "argument --seeds: expected at least one argument"),
    ],
)
def test_a_wrong_argument_is_named(
    given: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        parsed(*given)
    assert stopped.value.code == 2
    assert message in capsys.readouterr().err


def test_help_is_what_the_docstring_says_and_the_default(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        parsed("--help")
    shown = " ".join(capsys.readouterr().out.split())
    for words in (
        "NAMES what to read, in one line",
        "--records RECORDS how many: 100% of them (10)",
        "--output OUTPUT written --parts",
        "--fail-on {critical,warning} a severity --touch --seeds",
        "--settings JSON what the step reads of params.yaml, as JSON",
    ):
        assert words in shown


def test_a_type_that_cannot_be_read_from_text_is_refused() -> None:
    def function(*, when: complex) -> None: ...

    with pytest.raises(TypeError, match="complex"):
        arguments.add(argparse.ArgumentParser(), function)
