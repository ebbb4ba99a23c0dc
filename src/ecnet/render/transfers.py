"""What `transfer` found, as tables and figures show it: by comparison, with its verdict."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from ecnet import datasets
from ecnet.claims import transfer
from ecnet.claims.transfer import FALLS, RISES
from ecnet.claims.verdicts import EQUAL, OPEN
from ecnet.errors import InputError
from ecnet.evaluate.transfer import folds
from ecnet.evaluate.transfer.folds import Comparison
from ecnet.render.parts import UNIT
from ecnet.render.settings import Settings
from ecnet.render.sources import Sources

Row = Mapping[str, Any]

SIGNS = {
    FALLS: "\N{DOWNWARDS ARROW}",
    EQUAL: "\N{ALMOST EQUAL TO}",
    RISES: "\N{UPWARDS ARROW}",
    OPEN: "?",
}
"""A verdict where there is no room for its words."""

_UNTESTED = "No test record of a class that both models know."
_WIDEST = 100
_HEADLINE = {
    "networks": ("only", "on another network", "pairs"),
    "captures": ("without", "if the capture is left out", "captures"),
    "attacks": ("without", "if the kind is left out", "kinds"),
}
"""Groups -> the rule of the folds that a headline is about, where models are tested, how often."""


@dataclass(frozen=True)
class Transfer:
    """What `transfer` found on a dataset, for a task and a kind of groups.

    variants: in the order of params.yaml. tested: the groups. rows: comparison and variant -> the
    row of the file, with the `verdict` on its drop; without comparisons that could not be made.
    absent: name of a fold -> why it was not trained, in one split at least. alarms: name of a fold,
    and variant -> false alarms on normal test records, in percent.
    """

    dataset: str
    source: str
    task: str
    groups: folds.Kind
    measure: str
    variants: tuple[str, ...]
    tested: tuple[str, ...]
    rows: Mapping[tuple[Comparison, str], Row]
    absent: Mapping[str, str]
    alarms: Mapping[tuple[str, str], float]

    @property
    def comparisons(self) -> list[Comparison]:
        """What is compared, made or not, in order."""
        return folds.comparisons(self.groups, self.tested)

    def records(self, comparison: Comparison) -> int | None:
        """Return the distinct test records of a comparison; None if it was not made."""
        found = (row["records"] for (of, _), row in self.rows.items() if of == comparison)
        return next(found, None)

    def untrained(self, comparison: Comparison) -> str:
        """Return why a model of a comparison was not trained in some split; empty if it was."""
        named = (comparison.transferred.name, comparison.within.name)
        return next((self.absent[name] for name in named if name in self.absent), "")


def read(sources: Sources, settings: Settings, groups: str, task: str) -> list[Transfer]:
    """Return what was found for a kind of groups, in the order of the datasets.

    Raises:
        InputError: a file is not what the step `transfer` writes.
    """
    found = [
        _of(path, raw, settings)
        for path, raw in zip(sources.transfers, transfer.read(sources.transfers), strict=True)
        if (raw["groups"], raw["task"]) == (groups, task)
    ]
    return [one for name, _ in settings.listed for one in found if one.dataset == name]


def _of(path: Path, raw: Row, settings: Settings) -> Transfer:
    try:
        keys = ("trained_on", "within", "tested_on", "variant")
        found = {tuple(row[key] for key in keys): row for row in raw["rows"]}
        made = {key[:-1] for key in found}
        return Transfer(
            **{key: raw[key] for key in ("dataset", "source", "task", "groups", "measure")},
            variants=tuple(settings.transfer["variants"]),
            tested=tuple(raw["tested"]),
            rows={
                (one, variant): _judged(found[*names, variant], settings)
                for one in folds.comparisons(raw["groups"], list(raw["tested"]))
                if (names := (one.transferred.name, one.within.name, one.group)) in made
                for variant in settings.transfer["variants"]
            },
            absent=raw["absent"],
            alarms={(row["trained_on"], row["variant"]): row["percent"] for row in raw["normal"]},
        )
    except (KeyError, TypeError) as error:
        raise InputError(f"{path}: lacks {error}; run the transfer step again") from error


def _judged(row: Row, settings: Settings) -> Row:
    """Return a row with the verdict on its drop."""
    if row["records"] < settings.transfer["min_test_records"]:
        return {**row, "verdict": OPEN}
    equivalence, confidence = settings.transfer["equivalence"], settings.confidence
    return {**row, "verdict": transfer.verdict(row["drop"], equivalence, confidence)}


def headlines(found: Sequence[Transfer], settings: Settings) -> list[str]:
    """Return a sentence on each model but the control; none if nothing was compared.

    found: of one kind of groups. A union holds the captures and attacks of its parts, and is left
    out where these are.
    """
    parts = [one for one in found if not datasets.load(one.dataset).union] or found
    rule, where, unit = _HEADLINE[found[0].groups] if found else ("", "", "")
    sentences = []
    for variant in settings.transfer["variants"]:
        rows = [
            row
            for one in parts
            for (comparison, of), row in one.rows.items()
            if of == variant and comparison.transferred.rule == rule
        ]
        if rows and variant != settings.control:
            sentences.append(f"{settings.title(variant)}: {_summary(rows, where, unit)}")
    return sentences


def _summary(rows: Sequence[Row], where: str, unit: str) -> str:
    within, transferred = (
        fmean(row[key]["mean"] for row in rows) for key in ("score_within", "score")
    )
    falls, open_ = (sum(row["verdict"] == word for row in rows) for word in (FALLS, OPEN))
    untold = f", cannot be told in {open_}" if open_ else ""
    return (
        f"{within:.1f} within, {transferred:.1f} {where} (mean over {len(rows)} {unit}); "
        f"falls in {falls} of {len(rows)}{untold}."
    )


def measure(settings: Settings) -> str:
    """Return what scores are, where they are no detection rates."""
    return f"{settings.average} F1 in percent, {UNIT[settings.unit]}"


def has_interval(score: Row) -> bool:
    """Tell whether a score has an interval that does not hold all scores there can be."""
    low, high = score["low"], score["high"]
    return low is not None and high is not None and high - low < _WIDEST


def missing(found: Transfer, comparison: Comparison) -> str:
    """Return why a comparison was not made, in a sentence."""
    why = found.untrained(comparison)
    return f"Not trained: {why}." if why else _UNTESTED


class Entry(NamedTuple):
    """A place of a matrix. score: None if there is none, for the reason `why`.

    verdict: on the drop; empty where the model was trained on the network. records: distinct test
    records.
    """

    score: Row | None
    verdict: str = ""
    why: str = ""
    records: int = 0


def matrix(found: Transfer, variant: str, settings: Settings) -> list[tuple[str, dict[str, Entry]]]:
    """Return what a variant was trained on, in words, and its entry for each network tested."""
    left_out = [one for one in found.comparisons if one.transferred.rule == "without"]
    pairs = [one for one in found.comparisons if one.transferred.rule == "only"]

    def within(compared: list[Comparison]) -> dict[str, Entry]:
        # A model is compared with several others: any row that was made holds its score.
        made = [one for one in compared if (one, variant) in found.rows]
        return {one.group: _within(found, one, variant) for one in (*compared, *made)}

    def transferred(compared: list[Comparison]) -> dict[str, Entry]:
        return {one.group: _transferred(found, one, variant) for one in compared}

    alone = [
        (
            f"{settings.title(name)} alone",
            within([one for one in pairs if one.group == name])
            | transferred([one for one in pairs if one.transferred.group == name]),
        )
        for name in found.tested
    ]
    return [
        ("all networks", within(left_out)),
        ("all but the one tested", transferred(left_out)),
        *alone,
    ]


def _within(found: Transfer, comparison: Comparison, variant: str) -> Entry:
    row = found.rows.get((comparison, variant))
    if row is None:
        return Entry(None, why=missing(found, comparison))
    return Entry(row["score_within"], records=row["records"])


def _transferred(found: Transfer, comparison: Comparison, variant: str) -> Entry:
    row = found.rows.get((comparison, variant))
    if row is None:
        return Entry(None, why=missing(found, comparison))
    return Entry(row["score"], row["verdict"], records=row["records"])
