"""The verdict on a claim of being light: what `devices` measured, against the bounds of boards."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ecnet.claims.declared import Claim
from ecnet.claims.evidence import Evidence, Judgement, Row
from ecnet.claims.verdicts import FAILS, HOLDS, OPEN
from ecnet.files import read_object

KEYS = ("dataset", "source", "task", "run", "boards", "rows")
AS_TRAINED = "float32"
"""The weights that a claim is judged by: what a paper measures has no others."""


def read(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """Return what is in files of `devices` (InputError: one is something else)."""
    return [read_object(path, "devices", KEYS) for path in paths]


def memory(row: Row) -> int:
    """Return the bytes of RAM that a model takes, its stack among them."""
    return int(row["static"]) + int(row["stack"])


class _Place(NamedTuple):
    """A model of a dataset on a board with bounds."""

    board: Mapping[str, Any]
    row: Row

    @property
    def rates(self) -> tuple[float, float]:
        """The least and the most records a second."""
        cycles = self.row["cycles"]
        return self.board["hertz"] / cycles["high"], self.board["hertz"] / cycles["low"]

    @property
    def fits(self) -> bool:
        """Whether there is room for it."""
        room = self.row["flash"] <= self.board["flash"]
        return bool(room and memory(self.row) <= self.board["ram"])


def judge(claim: Claim, evidence: Evidence) -> Judgement:
    """Judge that a model is light enough: it has room on every board, and keeps up there.

    It fails where a board lacks the room, or is too slow even with the fewest cycles. It holds if
    each keeps up with the most cycles, on all datasets that were measured: the claim names none. It
    is about its first variant.
    """
    subject, *others = claim.variants
    bounds = evidence.bounds
    rows = _rows(evidence, claim, subject)
    data = evidence.data(row["dataset"] for row in rows)
    if not rows:
        return Judgement(OPEN, "nothing was measured", "nothing", "Nothing was measured.", data)
    places = [_Place(board, row) for board in bounds["boards"] for row in rows]
    missing = [one for one in claim.datasets if one not in {row["dataset"] for row in rows}]
    verdict, why = _verdict(places, float(bounds["records_a_second"]), evidence)
    slowest = min(places, key=lambda place: place.rates)
    against = [_ratio(evidence, claim, subject, other) for other in others]
    return Judgement(
        verdict=verdict,
        finding=(
            f"{evidence.title(subject)} takes up to {_most(rows)} and classifies at least "
            f"{slowest.rates[0]:,.1f} records a second on {slowest.board['name']}, where "
            f"{bounds['records_a_second']:g} are to be classified; "
            f"{'; '.join(filter(None, against)) or 'no other model was measured'}"
            + (f"; not measured: {', '.join(map(evidence.title, missing))}" if missing else "")
        ),
        measured="; ".join(_sizes(evidence, claim)),
        why=why,
        data=data,
        test="count of an emulator, cycles by assumptions",
    )


def _rows(evidence: Evidence, claim: Claim, variant: str, weights: str = AS_TRAINED) -> list[Row]:
    """Return what was measured of a variant on the datasets of a claim, one processor."""
    chosen = (variant, weights, evidence.bounds["processor"])
    return [
        {"dataset": found["dataset"], **row}
        for found in evidence.devices
        if found["task"] == claim.task and found["dataset"] in claim.datasets
        for row in found["rows"]
        if (row["variant"], row["weights"], row["board"]) == chosen
    ]


def _verdict(places: Sequence[_Place], rate: float, evidence: Evidence) -> tuple[str, str]:
    """Return the verdict and the reason."""
    for place in places:
        where = f"{place.board['name']} ({evidence.title(place.row['dataset'])})"
        if not place.fits:
            return FAILS, f"No room on {where}."
        if place.rates[1] < rate:
            return FAILS, f"At most {place.rates[1]:,.1f} records a second on {where}."
    if all(place.rates[0] >= rate for place in places):
        return HOLDS, "It has room on every board, and keeps up with the most cycles."
    return OPEN, "Whether it keeps up on every board depends on the assumptions on cycles."


def _ratio(evidence: Evidence, claim: Claim, subject: str, other: str) -> str:
    """Return the ratio of instructions to those of another variant; empty if not measured."""
    own, others = (
        {row["dataset"]: row["instructions"] for row in _rows(evidence, claim, variant)}
        for variant in (subject, other)
    )
    ratios = [own[dataset] / others[dataset] for dataset in own.keys() & others.keys()]
    if not ratios:
        return ""
    least, most = (f"{_digits(end)}" for end in (min(ratios), max(ratios)))
    times = least if least == most else f"{least} to {most}"
    return f"{times} times the instructions of {evidence.title(other)}"


def _digits(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}"


def _sizes(evidence: Evidence, claim: Claim) -> Iterator[str]:
    """Yield what each variant takes at most, with each kind of weights."""
    for variant in claim.variants:
        for weights in (AS_TRAINED, "int8"):
            if rows := _rows(evidence, claim, variant, weights):
                instructions = max(row["instructions"] for row in rows)
                yield (
                    f"{evidence.title(variant)} ({weights}) {_most(rows)}, {instructions:,} "
                    "instructions a record"
                )


def _most(rows: Sequence[Row]) -> str:
    flash, ram = max(row["flash"] for row in rows), max(map(memory, rows))
    return f"{flash:,} bytes of flash and {ram:,} of RAM"
