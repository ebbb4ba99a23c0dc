"""An unusual machine, terminal or folder: one line, and the right exit status."""

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import projects
import pytest
import runs as result_runs

from ecnet import errors, machine
from ecnet.errors import InputError
from ecnet.files import atomic
from ecnet.runtime import cli, commands, process, runs

ROOT = Path(__file__).parents[2]
LONG = "x" * 300


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, that holds a file, a link in a circle and a simulated dataset."""
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("x")
    Path("loop").symlink_to("loop")
    assert cli.main(["simulate", "nsl-kdd", "--records", "200", "--folder", "made"]) == 0
    return tmp_path


SIMULATE = ("simulate", "nsl-kdd", "--records", "20", "--folder")
AUDIT = ("audit", "made/KDDTrain+.txt", "--params", str(ROOT / "params.yaml"), "--output")
AWAY = ": move it away, or name another place, and run again"
REFUSED: dict[str, tuple[tuple[str, ...], str]] = {
    "a folder in /proc": ((*SIMULATE, "/proc/x"), "/proc/x: cannot be used (No such file or dir"),
    "a file for a folder": ((*SIMULATE, "file"), f"file is not a folder{AWAY}"),
    "a folder below a file": ((*SIMULATE, "file/x/y"), f"file is not a folder{AWAY}"),
    "a link in a circle": ((*SIMULATE, "loop"), f"loop is not a folder{AWAY}"),
    "a name that is too long": ((*SIMULATE, LONG), "cannot be used (File name too long); give a"),
    "a name over two lines": ((*SIMULATE, f"a\nb/{LONG}"), "a\\nb/xxx"),
    "an audit into a file": ((*AUDIT, "file"), f"file is not a folder{AWAY}"),
    "an audit into /proc": ((*AUDIT, "/proc/x"), "/proc/x: cannot be used"),
    "an audit of a folder": (("audit", "made"), "made: "),
    "an audit of nothing": (("audit", "/proc/x"), "/proc/x: "),
    "params that are not there": (
        (*AUDIT[:3], "nowhere"),
        "nowhere: cannot be read, because it does not exist",
    ),
    "no results to compare": (
        ("compare", "nowhere", "made"),
        "nowhere: is neither a results folder",
    ),
    "a file for results": (("compare", "file", "made"), "file: is neither a results folder"),
    "a circle for results": (("compare", "loop", "made"), "loop: is neither a results folder"),
    "a long name for results": (("compare", LONG, "made"), "(File name too long)"),
    "no mirror": (
        ("fidelity", "nsl-kdd", "--mirror", "nowhere", "--output", "table.md"),
        "nowhere/nsl-kdd/",
    ),
}


@pytest.mark.parametrize(("arguments", "why"), REFUSED.values(), ids=REFUSED)
@pytest.mark.usefixtures("folder")
def test_a_path_that_cannot_be_used_is_one_line_and_status_2(
    arguments: tuple[str, ...], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert cli.main(arguments) == errors.REFUSED
    said = capsys.readouterr().err
    assert why in said
    assert said.count("\n") == 1
    assert said.startswith(("ecnet: ", "ecnet stopped: "))


PIPES = (errno.EPIPE, errno.ESHUTDOWN)
NUMBERS = [number for number in errno.errorcode if number not in PIPES]


@pytest.mark.parametrize("number", NUMBERS, ids=[errno.errorcode[number] for number in NUMBERS])
def test_every_error_of_the_system_is_one_line(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raising(monkeypatch, OSError(number, os.strerror(number), "place"))
    assert cli.main([*SIMULATE, "made"]) == errors.REFUSED
    said = capsys.readouterr().err
    written = number in machine.FULL
    assert said.startswith(f"ecnet stopped: place: cannot be {'written' if written else 'used'} (")
    assert said.endswith(", and run again\n")


@pytest.mark.parametrize(
    "error", [OSError("in words alone"), FileNotFoundError(2, "no place", None), OSError(5, "x", 3)]
)
def test_an_error_of_the_system_without_a_file_is_one_line(
    error: OSError, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raising(monkeypatch, error)
    assert cli.main([*SIMULATE, "made"]) == errors.REFUSED
    assert capsys.readouterr().err.startswith("ecnet stopped: cannot be used (")


@pytest.mark.parametrize(
    ("error", "status"),
    [(KeyError("x"), 70), (MemoryError(), 2), (BrokenPipeError(), 141), (KeyboardInterrupt(), 130)],
)
def test_no_error_has_the_status_of_an_answer(
    error: Exception, status: int, monkeypatch: pytest.MonkeyPatch, old: Path
) -> None:
    raising(monkeypatch, error)
    monkeypatch.setattr(process, "_print_nowhere", lambda: None)
    assert cli.main(["compare", str(old), str(old)]) == status


def test_ctrl_c_shows_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    raising(monkeypatch, KeyboardInterrupt())
    assert cli.main([*SIMULATE, "made"]) == errors.INTERRUPTED
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "arguments",
    [("audit", ""), ("audit", "x", "--output", ""), ("compare", "", "x"), (*SIMULATE, "")],
)
def test_an_empty_path_is_not_this_folder(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == errors.REFUSED
    assert "a path must not be empty; . is this folder" in capsys.readouterr().err


def test_a_full_disk_names_the_requested_file(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left") as caught, atomic(tmp_path / "a"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert machine.words(caught.value).startswith(f"{tmp_path / 'a'}: cannot be written (")
    with pytest.raises(OSError, match="error") as caught, atomic(tmp_path / "a"):
        raise OSError(errno.EIO, "Input/output error")  # perhaps of an input
    assert machine.words(caught.value).startswith("cannot be used (")


@pytest.fixture
def moved(old: Path, new: Path) -> tuple[str, str]:
    """Two runs; the second has other numbers on another processor, without an explanation."""
    result_runs.edit(result_runs.metrics(new), result_runs.move(-0.125))
    result_runs.edit(new / "provenance.json", result_runs.other_processor)
    return str(old), str(new)


ASCII = {
    "Python's own variable": {"PYTHONIOENCODING": "ascii"},
    "strictly": {"PYTHONIOENCODING": "ascii:strict"},
    "the locale C": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "Turkish": {"LANG": "tr_TR.UTF-8", "LC_ALL": "tr_TR.ISO-8859-9"},
}


@pytest.mark.parametrize("environment", ASCII.values(), ids=ASCII)
def test_characters_that_a_terminal_cannot_show_change_no_status(
    environment: dict[str, str], moved: tuple[str, str], tmp_path: Path
) -> None:
    done = called("compare", *moved, environment=environment)
    assert (done.returncode, done.stderr) == (1, "")
    assert "One CPU @ 2.00GHz -> Another CPU" in done.stdout
    odd = tmp_path / "mirr\N{LATIN SMALL LETTER O WITH DIAERESIS}r \N{RIGHTWARDS ARROW}"
    done = called(*SIMULATE, str(odd), environment=environment)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(" bytes\n")


@pytest.mark.parametrize("command", ["compare", "--help"])
def test_a_closed_output_has_its_own_status_and_no_traceback(
    command: str, moved: tuple[str, str]
) -> None:
    arguments = (command, *moved) if command == "compare" else (command,)
    reader, writer = os.pipe()
    os.close(reader)
    done = called(*arguments, stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_output_to_a_full_disk_is_an_error(moved: tuple[str, str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = called("compare", *moved, stdout=full.fileno())
    assert done.returncode == errors.REFUSED
    assert done.stderr.startswith("ecnet stopped: cannot be written (No space left on device)")
    assert done.stderr.count("\n") == 1


FOREIGN = {
    "somebody else's": "learning_rate: 0.1\nlayers: [1, 2]\n",
    "no keys": "- 1\n",
    "no YAML": "a: [",
    "ours, misspelled": (ROOT / "params.yaml")
    .read_text()
    .replace("  duplicates:", "  duplicate:", 1),
}


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
@pytest.mark.usefixtures("folder")
def test_an_audit_beside_other_params_says_so_in_one_line(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("params.yaml").write_text(text)
    capsys.readouterr()
    assert cli.main(AUDIT[:2]) == errors.REFUSED
    said = capsys.readouterr().err
    assert said.startswith("ecnet: params.yaml: ")
    assert said.endswith("; if it is not this project's, name the one that is with --params\n")
    assert said.count("\n") == 1
    assert cli.main(AUDIT[:4]) == 0


@pytest.mark.usefixtures("folder")
def test_params_by_another_name_are_named_in_their_errors(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("mine.yaml").write_text(FOREIGN["ours, misspelled"])
    assert cli.main([*AUDIT[:3], "mine.yaml"]) == errors.REFUSED
    assert (
        "ecnet: mine.yaml: audit.duplicate: 'duplicate' is not known; did you"
        in capsys.readouterr().err
    )


BLOCKED: dict[str, Callable[[], object]] = {
    "results": lambda: Path("results").write_text("x"),
    "results/tables": lambda: (Path("results").mkdir(), Path("results/tables").write_text("x")),
    "data": lambda: Path("data").symlink_to("nowhere"),
    ".snakemake/metadata": lambda: (
        Path(".snakemake").mkdir(),
        Path(".snakemake/metadata").write_text("x"),
    ),
}


@pytest.mark.parametrize("place", BLOCKED)
def test_a_file_in_the_place_of_a_folder_is_named_before_a_run(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outputs = ["results/tables/table_6.md", "data/raw/{dataset}/{file}"]
    runs.check_places(outputs)
    BLOCKED[place]()
    with pytest.raises(
        InputError, match=f"^{place}: is not a folder, and files are written to a fold"
    ):
        runs.check_places(outputs)


def test_a_folder_that_cannot_be_written_to_is_named_before_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("results").mkdir()
    monkeypatch.setattr(os, "access", lambda path, _: str(path) != "results")
    with pytest.raises(InputError, match=r"^results: cannot be written to, and files are written"):
        runs.check_places(["results/a"])


@pytest.fixture(scope="module")
def unmade(tmp_path_factory: pytest.TempPathFactory) -> projects.Project:
    """A project without outputs, in which only names of files matter."""
    return projects.new_project(tmp_path_factory.mktemp("project") / "of mine")


@pytest.mark.slow
def test_a_run_from_another_folder_makes_tables_too(
    unmade: projects.Project, tmp_path: Path
) -> None:
    snakefile = unmade.folder / "Snakefile"
    mirror = f"mirror={unmade.folder / 'mirror'}"
    options = ("--snakefile", str(snakefile), "--dry-run", "--config", mirror, "--")
    elsewhere = projects.Project(tmp_path)
    refused = elsewhere.run(*options, "results/tables")
    assert refused.returncode != 0
    assert f"params.yaml: is not in {tmp_path}; run in the folder of the Snak" in refused.stderr
    assert "Traceback" not in refused.stderr
    shutil.copy(unmade.folder / "params.yaml", tmp_path)
    done = elsewhere.run(*options, "all")
    assert done.returncode == 0, done.stderr
    assert "Tables VI to VIII, and those of classes" in done.stdout
    assert "The report" in done.stdout


def called(
    *arguments: str, environment: dict[str, str] | None = None, stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[str]:
    """Call `ecnet` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "ecnet.runtime.cli", *arguments],
        env={**os.environ, "PYTHONUNBUFFERED": "", **(environment or {})},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


def raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Have every command raise an error."""

    def call() -> None:
        raise error

    monkeypatch.setattr(commands, "parse", lambda _: call)
