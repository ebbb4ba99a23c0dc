"""The command line: one line for an error that a user can fix, help, and fast imports."""

import argparse
import ast
import subprocess
import sys

import pytest

from ecnet import datasets
from ecnet.runtime import arguments, cli, commands


@pytest.mark.parametrize("command", commands.COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main([command, "--help"])
    assert stopped.value.code == 0
    assert "usage: ecnet" in capsys.readouterr().out


@pytest.mark.parametrize("command", commands.COMMANDS)
def test_every_argument_of_every_command_has_help(command: str) -> None:
    parser = argparse.ArgumentParser()
    arguments.add(parser, commands.function(command))
    assert [action.dest for action in parser._actions if not action.help] == []


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    shown = capsys.readouterr().out
    assert [command for command in commands.COMMANDS if f"    {command}" not in shown] == []


def test_an_input_error_is_one_line_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["where", "iot23"]) == 2
    shown = capsys.readouterr()
    assert shown.err == "ecnet: 'iot23' is not a dataset; did you mean iot-23?\n"
    assert shown.out == ""


@pytest.mark.parametrize("name", datasets.names())
def test_where_and_cite_know_every_dataset(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["where", name]) == 0
    assert cli.main(["cite", name]) == 0
    shown = capsys.readouterr().out
    dataset = datasets.load(name)
    assert dataset.page in shown
    assert dataset.citation in shown
    assert shown.count(dataset.licence) >= 2


def test_where_names_the_parts_of_a_union(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["where", "iot-ds2"]) == 0
    assert "parts:   bot-iot, iot-23, iot-ni, mqtt-iot-ids2020\n" in capsys.readouterr().out


def test_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; from ecnet.runtime import cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'ecnet'])\n"
        "print(sorted({'torch', 'pandas', 'numpy', 'pyarrow', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    ours, heavy = done.stdout.splitlines()[-2:]
    assert heavy == "[]"
    assert {name.split(".")[1] for name in ast.literal_eval(ours) if "." in name} <= {
        *("errors", "files", "machine", "paths", "provenance", "runtime")
    }
