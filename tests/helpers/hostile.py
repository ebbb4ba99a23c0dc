"""Hostile inputs to the project, and the one-line error for each.

python tests/helpers/hostile.py        generates the table in docs/operations.md
"""

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from ecnet.errors import InputError

DOCUMENT = Path(__file__).parents[2] / "docs/operations.md"
BEGIN, END = "<!-- hostile inputs -->", "<!-- /hostile inputs -->"


class Case(NamedTuple):
    """An input that must be rejected.

    group: the kind of input. given: what is wrong with it. act: creates it in an empty folder and
    passes it to the project, which must raise an InputError.
    """

    group: str
    given: str
    act: Callable[[Path], None]


def message(case: Case, folder: Path) -> str:
    """Return the error message of a case created in `folder`, whose name is removed."""
    try:
        case.act(folder)
    except InputError as error:
        # The message of tshark itself depends on its version.
        return re.sub(r"(tshark fails): .*", r"\1", str(error).replace(f"{folder}/", ""))
    raise AssertionError(f"{case.group}, {case.given}: was accepted")


def table(cases: list[Case]) -> str:
    """Return all cases with their messages as a Markdown table."""
    lines = ["| input | given | answer |", "| --- | --- | --- |"]
    for case in cases:
        with tempfile.TemporaryDirectory() as folder:
            answer = message(case, Path(folder)).replace("|", "\\|")
        lines.append(f"| {case.group} | {case.given} | {answer} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the table into the document."""
    from hostile_cases import CASES

    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    text = f"{before}{BEGIN}\n{table(CASES)}{END}{after}"
    DOCUMENT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
