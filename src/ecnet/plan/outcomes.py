"""What is known of the datasets only after steps have run: their classes, and what failed.

A plan is made before any record is read. So a run without samples makes these first, then the
audits that it needs, and is planned again where these or failures show that another plan is
needed. A checkpoint of Snakemake would hide every job after it from `snakemake -n`, and one
unreadable dataset would stop all others.
"""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ecnet import datasets, paths
from ecnet.audit.findings import predictors
from ecnet.errors import InputError
from ecnet.fetch import refetch
from ecnet.files import read_object
from ecnet.prepare import accounts

TOLD = "ecnet: "
"""What the line of a step begins with that its input made stop; see `ecnet.runtime.process`."""

_MEASURES = "devices"
"""The rule that measures models on a board."""

_FEWEST_CLASSES = 2
_LONGEST = 300


@dataclass(frozen=True)
class Outcomes:
    """What the samples and audits that lie there say, each with the reason in a few words.

    unsampled: datasets without a sample. untrainable: those of which no model can be trained.
    no_binary: those without a binary task, the untrainable ones not among them. notices: what a
    person should know of how files were read. predictors: the features of each audited dataset
    that alone predict its class.
    """

    unsampled: tuple[str, ...]
    untrainable: Mapping[str, str]
    no_binary: Mapping[str, str]
    notices: tuple[str, ...] = ()
    predictors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def known(names: Sequence[str], single_column_f1: float | None = None) -> Outcomes:
    """Return what is known of datasets by their samples, and by their audits if a limit is given.

    single_column_f1: the macro-F1 from which on a feature alone is said to predict the class.

    Raises:
        InputError: the account of a sample is none, or an audit is none.
    """
    unsampled, untrainable, no_binary = [], {}, {}
    notices: list[str] = []
    for name in names:
        account = accounts.read(name)
        if account is None:
            unsampled.append(name)
            continue
        notices += account.notices
        if len(account.classes) < _FEWEST_CLASSES:
            only = "".join(account.classes) or "of no class"
            untrainable[name] = f"all its records are {only}, and a classifier needs two classes"
        elif datasets.load(name).normal not in account.classes:
            no_binary[name] = "none of its records is normal traffic"
    predicting = {}
    if single_column_f1 is not None:
        audited = (name for name in names if _audit(name).is_file())
        predicting = {name: _predictors(name, single_column_f1) for name in audited}
    return Outcomes(tuple(unsampled), untrainable, no_binary, tuple(notices), predicting)


def _audit(dataset: str) -> Path:
    return Path(paths.AUDIT.format(dataset=dataset))


def _predictors(dataset: str, limit: float) -> tuple[str, ...]:
    """Return the features that alone predict the class, by the audit of a dataset."""
    path = _audit(dataset)
    trees = read_object(path, "audit-dataset", ("trees",))["trees"]
    try:
        return tuple(tree["column"] for tree in predictors(trees, limit, features=True))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{path}: has no trees of columns; delete it and run again") from error


@dataclass(frozen=True)
class Failure:
    """What a step could not use, and why. protocol: as file names have it; task: or empty.

    why: all that the step said, with the remedy if there is one.
    """

    dataset: str
    protocol: str
    task: str
    why: str


def failures(jobs: Iterable[Any]) -> list[Failure] | None:
    """Return what failed jobs of Snakemake say of datasets.

    None if a job failed for another reason than its input (it was killed, or the disk is full), or
    is not about one dataset: then no other plan would help. Nor where models could not be measured
    on a board, which says nothing of the dataset.
    """
    found = []
    for job in jobs:
        told = [one for single in getattr(job, "jobs", [job]) if (one := _failure(single))]
        if not told:
            return None
        found += told
    return found


def _failure(job: Any) -> Failure | None:
    """Return what a job says of a dataset; None if it says nothing, as most of a failed group."""
    dataset, protocol, task = (
        getattr(job.wildcards, name, "") for name in ("dataset", "protocol", "task")
    )
    why = _told(Path(str(job.log[0]))) if job.log else ""
    if not (dataset and why) or str(getattr(job, "rule", "")) == _MEASURES:
        return None
    return Failure(dataset, protocol, task, why)


def _told(log: Path) -> str:
    """Return the line with which a step said what is wrong with its input; empty if it did not."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []
    if not lines or not lines[-1].startswith(TOLD):
        return ""
    return lines[-1].removeprefix(TOLD)


def brief(why: str) -> str:
    """Return why a step failed as tables say it, in a sentence: without a remedy, and not long."""
    reason = why.partition(refetch.REMEDY)[0].rstrip(" .?")
    return textwrap.shorten(reason, _LONGEST, placeholder=" ...")
