"""Read the counts of a dataset's sample, for the plan of a later run."""

from dataclasses import dataclass
from pathlib import Path

from ecnet import paths
from ecnet.errors import InputError
from ecnet.files import read_json


@dataclass(frozen=True)
class Account:
    """The contents of a sample.

    classes: those with records, in the format's order. notices: what the user should know about how
    its files were read.
    """

    format: str
    classes: tuple[str, ...]
    notices: tuple[str, ...]


def read(dataset: str) -> Account | None:
    """Return the account of a dataset's sample; None if there is no sample.

    Raises:
        InputError: the file is malformed.
    """
    path = Path(paths.COUNTS.format(dataset=dataset))
    if not path.is_file():
        return None
    found = read_json(path)
    try:
        kept = tuple(label for label, count in found["classes"].items() if count["kept"])
        return Account(found["format"], kept, tuple(found["notices"]))
    except (AttributeError, KeyError, TypeError) as error:
        raise InputError(f"{path}: has no counts of classes; delete it and run again") from error
