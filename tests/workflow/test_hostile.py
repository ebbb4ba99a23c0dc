"""Every hostile input ends in one line of ours, soon, in little memory, and leaves nothing."""

import multiprocessing
import resource
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import hostile
import pytest
from hostile_cases import CASES

SECONDS = 30
MEBIBYTES = 700
"""How much more memory a refusal may take than the process that begins it."""


def refuse(case: hostile.Case, folder: Path, answer: Connection) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    said = hostile.message(case, folder)
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    answer.send((said, used / 1024))


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=[pytest.mark.tshark] if case.group == "capture" else [])
        for case in CASES
    ],
    ids=[f"{case.group}: {case.given}" for case in CASES],
)
def test_a_hostile_input_is_refused_in_one_line(case: hostile.Case, tmp_path: Path) -> None:
    listening, answer = multiprocessing.Pipe(duplex=False)
    context = multiprocessing.get_context("fork")
    process = context.Process(target=refuse, args=(case, tmp_path, answer))
    process.start()
    answer.close()
    try:
        assert listening.poll(SECONDS), "takes too long"
        said, used = listening.recv()
    finally:
        process.kill()
        process.join()
    assert "\n" not in said
    assert len(said) < 1000
    assert used < MEBIBYTES
    assert not [path for path in tmp_path.rglob("*") if path.name.endswith((".part", ".spool"))]
    assert not (tmp_path / "out").exists()


@pytest.mark.tshark
@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="Python's own words differ by version")
def test_the_table_of_operations_is_what_the_cases_say() -> None:
    text = hostile.DOCUMENT.read_text(encoding="utf-8")
    written = text.partition(hostile.BEGIN)[2].partition(hostile.END)[0]
    assert written == f"\n{hostile.table(CASES)}", "run python tests/helpers/hostile.py"
