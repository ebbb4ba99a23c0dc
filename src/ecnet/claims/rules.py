"""The rules that judge claims, one function each, and the headline of a judged claim.

`everywhere` and `most` rest on comparisons (`ecnet.claims.comparisons`), the others on plain counts
and intervals.
"""

from collections.abc import Callable, Sequence

from ecnet.claims import comparisons, devices, transfer
from ecnet.claims.declared import Claim
from ecnet.claims.evidence import Evidence, Judgement, Row
from ecnet.claims.labels import labels
from ecnet.claims.reported import borne_out, harmonic
from ecnet.claims.verdicts import EQUAL, FAILS, HOLDS, HOLDS_BY_LESS, OPEN, REFUTED, REVERSED

_OPENINGS = {
    HOLDS: "True",
    HOLDS_BY_LESS: "True, but by less than reported",
    EQUAL: "Not confirmed",
    REFUTED: "Not as reported",
    REVERSED: "False",
    FAILS: "False",
    OPEN: "Cannot be told",
}
_ON = {"simulated": " (simulated traffic)", "mixed": " (partly simulated traffic)"}


def judge(claim: Claim, evidence: Evidence) -> Judgement:
    """Return the verdict on a claim by the rule that it names."""
    return RULES[claim.rule](claim, evidence)


def headline(claim: Claim, judged: Judgement) -> str:
    """Return a sentence that can be quoted: the verdict, the claim, and what was found."""
    on = _ON.get(judged.data, "")
    return (
        f"{_OPENINGS[judged.verdict]}: \N{LEFT DOUBLE QUOTATION MARK}{claim.claim}"
        f"\N{RIGHT DOUBLE QUOTATION MARK}; {judged.finding}{on}."
    )


def _above(claim: Claim, evidence: Evidence) -> Judgement:
    """Hold if every interval lies above a bound, fail if one lies below it."""
    rows, missing = evidence.scores(claim, "accuracy"), evidence.missing(claim)
    data = evidence.data(row["dataset"] for row in rows)
    if not rows:
        return Judgement(OPEN, "nothing was measured", "nothing", f"Missing: {missing}.", data)
    bound = claim.bound
    below = [row for row in rows if row["high"] is not None and row["high"] <= bound]
    lowest = min(below or rows, key=lambda row: row["mean"])
    place = f"{evidence.title(lowest['variant'])} on {evidence.title(lowest['dataset'])}"
    if below:
        verdict, why = FAILS, f"{place}: the whole interval is no higher than {bound:g}%."
    elif missing:
        verdict, why = OPEN, f"Missing: {missing}."
    elif all(row["low"] is not None and row["low"] > bound for row in rows):
        verdict, why = HOLDS, f"Every interval lies above {bound:g}%."
    else:
        verdict, why = OPEN, f"An interval contains {bound:g}%, or there is no interval."
    above = sum(row["mean"] > bound for row in rows)
    found = f"{above} of {len(rows)} means are above {bound:g}%"
    return Judgement(
        verdict=verdict,
        finding=f"{found}, the lowest is {lowest['mean']:.1f}% ({place})"
        + (f"; not measured: {missing}" if missing else ""),
        measured=f"{found}; least in favour: {place}, {lowest['mean']:.2f}%",
        why=why,
        data=data,
        test="interval over splits",
        interval=None if lowest["low"] is None else (lowest["low"], lowest["high"], "accuracy, %"),
        splits=lowest["n"],
    )


def _none_beyond(claim: Claim, evidence: Evidence) -> Judgement:
    """Hold if no interval of A - B reaches beyond a bound, fail if one lies beyond it."""
    rows, missing = evidence.comparisons(claim), evidence.missing(claim)
    data = evidence.data(row["dataset"] for row in rows)
    if not rows:
        return Judgement(OPEN, "nothing was measured", "nothing", f"Missing: {missing}.", data)
    bounded = [row for row in rows if row["high"] is not None]
    beyond = [row for row in bounded if row["low"] > claim.bound]
    within = sum(row["high"] <= claim.bound for row in bounded)
    most = max(beyond or rows, key=lambda row: row["difference"])
    place = (
        f"{evidence.title(most['a'])} on {evidence.title(most['dataset'])}, by "
        f"{most['difference']:.2f} points"
    )
    if beyond:
        verdict, why = FAILS, f"{len(beyond)} intervals lie beyond {claim.bound:g} points."
    elif within == len(rows) and not missing:
        verdict, why = HOLDS, f"No interval reaches beyond {claim.bound:g} points."
    else:
        verdict, why = OPEN, f"An interval reaches beyond {claim.bound:g} points, or is missing."
    found = f"{len(beyond)} of {len(rows)} comparisons are beyond, {within} are not"
    return Judgement(
        verdict=verdict,
        finding=f"{found}; the largest difference is that of {place}"
        + (f"; not measured: {missing}" if missing else ""),
        measured=f"{found}; most against: {place}",
        why=why,
        data=data,
        test="interval of each comparison",
        interval=None if most["low"] is None else (most["low"], most["high"], "points"),
        splits=most["splits"],
    )


def _size(claim: Claim, evidence: Evidence) -> Judgement:
    """Judge by what `devices` measured; without it report the sizes only."""
    if evidence.devices:
        return devices.judge(claim, evidence)
    measured = []
    models = [
        row
        for row in evidence.statistics["models"]
        if row["task"] == claim.task and row["dataset"] in claim.datasets
    ]
    for variant in claim.variants:
        own = [row for row in models if row["variant"] == variant]
        if own:
            measured.append(
                f"{evidence.title(variant)} {_range(own, 'parameters')} parameters, "
                f"{_range(own, 'bytes')} bytes"
            )
    return Judgement(
        verdict=OPEN,
        finding="the paper states no bound and no device to judge a size or a time by",
        measured="; ".join(measured) or "nothing",
        why="The paper states no bound and no device to judge a size or a time by; "
        "`snakemake results/devices` measures it against bounds of ours.",
        data=evidence.data(row["dataset"] for row in models),
    )


def _harmonic(claim: Claim, evidence: Evidence) -> Judgement:
    """Fail if a printed row is not a harmonic mean, with rounding taken into account."""
    (count,) = borne_out(claim)["counts"]
    rows: dict[tuple[str, str], dict[str, float]] = {}
    for row in evidence.statistics["scores"]:
        if row["task"] == "multiclass":
            rows.setdefault((row["dataset"], row["variant"]), {})[row["metric"]] = row["mean"]
    same = sum(
        abs(row["f1"] - harmonic(row["precision"], row["recall"])) <= 0.005 for row in rows.values()
    )
    wrong = count["of"] - count["held"]
    found = f"{wrong} of the paper's {count['of']} rows are not, even with rounding"
    every = f"all {count['of']} rows of the paper are"
    return Judgement(
        verdict=FAILS if wrong else HOLDS,
        finding=found if wrong else every,
        measured=f"{same} of {len(rows)} rows of ours; averages over classes need not be",
        why=f"{found}." if wrong else f"{every.capitalize()}.",
        data="none",
        test="plain count",
    )


def _range(rows: Sequence[Row], key: str) -> str:
    least, most = min(row[key] for row in rows), max(row[key] for row in rows)
    return f"{least:,.0f}" if least == most else f"{least:,.0f} to {most:,.0f}"


RULES: dict[str, Callable[[Claim, Evidence], Judgement]] = {
    "everywhere": comparisons.everywhere,
    "most": comparisons.most,
    "above": _above,
    "none-beyond": _none_beyond,
    "size": _size,
    "labels": labels,
    "harmonic": _harmonic,
    "transfer": transfer.judge,
}
"""The rules by their names in claims."""
