"""Compare: the numbers of two runs, and whether what the runs were made of explains a change."""

from pathlib import Path

from ecnet.provenance.compare.judgement import judge
from ecnet.provenance.compare.results import read
from ecnet.provenance.compare.summary import markdown

__all__ = ["compare"]


def compare(old: Path, new: Path) -> int:
    """Print the differences between two runs as Markdown; return 1 if one is unexplained.

    old, new: a results folder, or a .tar.gz of one.

    Raises:
        InputError: one of them cannot be read, or is invalid.
    """
    judgement = judge(read(old), read(new))
    print(markdown(judgement), end="")
    return 0 if judgement.passed else 1
