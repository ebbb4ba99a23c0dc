"""What is given to the project to break it, and the one line that it answers.

python tests/helpers/hostile.py        writes the table of docs/operations.md anew
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
    """An input that must be refused.

    group: what kind of input it is. given: what is wrong with it. act: makes it in an empty folder
    and gives it to the project, which must raise an InputError.
    """

    group: str
    given: str
    act: Callable[[Path], None]


def message(case: Case, folder: Path) -> str:
    """Return the line that refuses a case made in `folder`, whose name is left out."""
    try:
        case.act(folder)
    except InputError as error:
        # What tshark says is its own, and another with each version of it.
        return re.sub(r"(tshark fails): .*", r"\1", str(error).replace(f"{folder}/", ""))
    raise AssertionError(f"{case.group}, {case.given}: was taken")


def table(cases: list[Case]) -> str:
    """Return all cases with their messages, as Markdown."""
    lines = ["| | given | answer |", "| --- | --- | --- |"]
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
