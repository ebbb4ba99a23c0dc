"""The rules that judge claims, one function each.

A claim holds if all of its comparisons are in its favour with a p below alpha, corrected for all
comparisons of the claim (Holm). It fails if one comparison is against it with such a p, or if a
plain count refutes it. Otherwise it cannot be told: something was not measured, or the differences
are within the variation over splits. One comparison against a claim about every dataset refutes it
even if others are missing. The correction limits the risk that this one is chance. For a claim to
hold, all comparisons must pass, and there the correction is stricter than necessary.
"""

from collections.abc import Callable, Sequence

from ecnet.claims.declared import Claim
from ecnet.claims.evidence import Evidence, Row, Verdict
from ecnet.claims.families import FAMILIES, IN_TABLES
from ecnet.claims.inference import sign_test
from ecnet.claims.labels import labels
from ecnet.claims.reported import borne_out, harmonic

HOLDS, FAILS, OPEN = "holds", "fails", "cannot be told"

_PAIRED = "corrected resampled paired t-test, Holm"


def judge(claim: Claim, evidence: Evidence) -> Verdict:
    """Return the verdict on a claim by the rule that it names."""
    return RULES[claim.rule](claim, evidence)


def _everywhere(claim: Claim, evidence: Evidence) -> Verdict:
    """Hold if A is ahead of B, significantly, in every comparison of the family."""
    rows, missing = evidence.comparisons(claim.family), evidence.missing(FAMILIES[claim.family])
    data = evidence.data(row["dataset"] for row in rows)
    if not rows:
        return Verdict("nothing", OPEN, f"Missing: {missing}.", data)
    won = [row for row in rows if row["difference"] > 0 and _significant(row, evidence)]
    lost = [row for row in rows if row["difference"] < 0 and _significant(row, evidence)]
    worst = min(rows, key=_favour)
    if lost:
        verdict, why = FAILS, f"{_named(worst, evidence)}: B is ahead of A."
    elif len(won) == len(rows) and not missing:
        verdict, why = HOLDS, "A is ahead of B in every comparison."
    else:
        verdict, why = OPEN, _open(rows, len(won), missing)
    ahead = sum(row["difference"] > 0 for row in rows)
    measured = (
        f"A ahead of B in {ahead} of {len(rows)} comparisons ({len(won)} significantly, "
        f"{len(lost)} significantly behind); least in favour: {_named(worst, evidence)}, "
        f"{_points(worst['difference'])} points"
    )
    ends = _ends(worst, "A minus B, points")
    return Verdict(measured, verdict, why, data, _PAIRED, worst["p_holm"], ends, worst["splits"])


def _open(rows: Sequence[Row], won: int, missing: str) -> str:
    """Return why comparisons decide nothing. won: how many of them support the claim."""
    untested = sum(row["p"] is None for row in rows)
    why = f"{len(rows) - won} of {len(rows)} comparisons show no significant difference"
    why += f", {untested} of them without a test." if untested else "."
    reasons = [why] if won < len(rows) else []
    return " ".join([*reasons, *([f"Missing: {missing}."] if missing else [])])


def _most(claim: Claim, evidence: Evidence) -> Verdict:
    """Hold if A is ahead of B in more of the comparisons than chance would give (sign test)."""
    rows, missing = evidence.comparisons(claim.family), evidence.missing(FAMILIES[claim.family])
    data = evidence.data(row["dataset"] for row in rows)
    if missing:
        return Verdict("nothing" if not rows else _tally(rows), OPEN, f"Missing: {missing}.", data)
    ahead, behind = _subsets(rows)
    p = sign_test(ahead, behind)
    if p >= evidence.alpha:
        verdict, why = OPEN, "Chance gives as many often."
    elif ahead > behind:
        verdict, why = HOLDS, "A is ahead of B more often than chance would have it."
    else:
        verdict, why = FAILS, "B is ahead of A more often than chance would have it."
    return Verdict(_tally(rows), verdict, why, data, "sign test", p)


def _above(claim: Claim, evidence: Evidence) -> Verdict:
    """Hold if every interval lies above a bound, fail if one lies below it."""
    rows = evidence.scores(claim.variants, "accuracy")
    missing = evidence.lacking("multiclass", IN_TABLES, claim.variants)
    data = evidence.data(row["dataset"] for row in rows)
    if not rows:
        return Verdict("nothing", OPEN, f"Missing: {missing}.", data)
    least = claim.least
    below = [row for row in rows if row["high"] is not None and row["high"] <= least]
    lowest = min(below or rows, key=lambda row: row["mean"])
    place = f"{evidence.title(lowest['variant'])} on {evidence.title(lowest['dataset'])}"
    if below:
        verdict, why = FAILS, f"{place}: the whole interval is no higher than {least:g}%."
    elif missing:
        verdict, why = OPEN, f"Missing: {missing}."
    elif all(row["low"] is not None and row["low"] > least for row in rows):
        verdict, why = HOLDS, f"Every interval lies above {least:g}%."
    else:
        verdict, why = OPEN, f"An interval contains {least:g}%, or there is no interval."
    above = sum(row["mean"] > least for row in rows)
    measured = (
        f"{above} of {len(rows)} means above {least:g}%; least in favour: {place}, "
        f"{lowest['mean']:.2f}%"
    )
    ends = _ends(lowest, "accuracy, %")
    return Verdict(measured, verdict, why, data, "interval over splits", None, ends, lowest["n"])


def _size(claim: Claim, evidence: Evidence) -> Verdict:
    """Report the sizes only: the paper states no bound to judge them by."""
    measured = []
    models = [
        row
        for row in evidence.statistics["models"]
        if row["task"] == "multiclass" and row["dataset"] in IN_TABLES
    ]
    for variant in claim.variants:
        own = [row for row in models if row["variant"] == variant]
        if own:
            measured.append(
                f"{evidence.title(variant)} {_range(own, 'parameters')} parameters, "
                f"{_range(own, 'bytes')} bytes"
            )
    return Verdict(
        "; ".join(measured) or "nothing",
        OPEN,
        "The paper states no bound and no device to judge a size or a time by.",
        evidence.data(row["dataset"] for row in models),
    )


def _harmonic(claim: Claim, evidence: Evidence) -> Verdict:
    """Fail if a printed row is not a harmonic mean, with rounding taken into account."""
    (count,) = borne_out(claim.reported, signs=False)["counts"]
    rows: dict[tuple[str, str], dict[str, float]] = {}
    for row in evidence.statistics["scores"]:
        if row["task"] == "multiclass":
            rows.setdefault((row["dataset"], row["variant"]), {})[row["metric"]] = row["mean"]
    same = sum(
        abs(row["f1"] - harmonic(row["precision"], row["recall"])) <= 0.005 for row in rows.values()
    )
    wrong = count["of"] - count["held"]
    return Verdict(
        f"{same} of {len(rows)} rows of ours; averages over classes need not be",
        FAILS if wrong else HOLDS,
        f"{wrong} of the paper's {count['of']} rows are not, even with rounding."
        if wrong
        else f"All {count['of']} rows of the paper are.",
        "none",
        "plain count",
    )


def _significant(row: Row, evidence: Evidence) -> bool:
    return row["p_holm"] is not None and row["p_holm"] < evidence.alpha


def _favour(row: Row) -> float:
    """Return how strongly a comparison favours A: -1 (surely behind) to 1 (surely ahead)."""
    sure = 0.0 if row["p"] is None else 1 - row["p"]
    return float(sure if row["difference"] > 0 else -sure)


def _named(row: Row, evidence: Evidence) -> str:
    a, b, dataset = (evidence.title(row[key]) for key in ("a", "b", "dataset"))
    return f"{a} (A) and {b} (B) on {dataset}, {row['metric']}"


def _points(value: float) -> str:
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def _ends(row: Row, of: str) -> tuple[float, float, str] | None:
    return None if row["low"] is None else (row["low"], row["high"], of)


def _subsets(rows: Sequence[Row]) -> tuple[int, int]:
    return sum(r["difference"] > 0 for r in rows), sum(r["difference"] < 0 for r in rows)


def _tally(rows: Sequence[Row]) -> str:
    ahead, behind = _subsets(rows)
    return f"A ahead of B in {ahead} of {len(rows)} means, behind in {behind}"


def _range(rows: Sequence[Row], key: str) -> str:
    least, most = min(row[key] for row in rows), max(row[key] for row in rows)
    return f"{least:,.0f}" if least == most else f"{least:,.0f} to {most:,.0f}"


RULES: dict[str, Callable[[Claim, Evidence], Verdict]] = {
    "everywhere": _everywhere,
    "most": _most,
    "above": _above,
    "size": _size,
    "labels": labels,
    "harmonic": _harmonic,
}
"""The rules by their names in claims."""
