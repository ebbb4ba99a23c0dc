"""The rules that judge a claim by its comparisons: `everywhere` and `most`.

A claim about every dataset holds if each comparison shows it: an intersection-union test, of which
each part may have the level alpha (Berger 1982). A single comparison can refute it, so what speaks
against it is corrected for all comparisons of the claim (Holm 1979). The verdict is the strongest
statement that the evidence supports.
"""

from collections.abc import Sequence

from ecnet.claims.declared import Claim
from ecnet.claims.evidence import Evidence, Judgement, Row
from ecnet.claims.inference import sign_test
from ecnet.claims.verdicts import EQUAL, HOLDS, HOLDS_BY_LESS, OPEN, REFUTED, REVERSED


def everywhere(claim: Claim, evidence: Evidence) -> Judgement:
    """Judge that A is ahead of B in every comparison."""
    rows, missing = evidence.comparisons(claim), evidence.missing(claim)
    data = evidence.data(row["dataset"] for row in rows)
    if not rows:
        return Judgement(OPEN, "nothing was measured", "nothing", f"Missing: {missing}.", data)
    word, why = _strongest(rows, missing, evidence)
    worst = min(rows, key=_favour)
    return Judgement(
        verdict=word,
        finding=_finding(word, rows, missing, evidence),
        measured=_measured(rows, worst, evidence),
        why=why,
        data=data,
        test=f"{_METHODS[evidence.statistics['interval']]}, Holm",
        p=worst["p_holm"],
        interval=_ends(worst),
        splits=worst["splits"],
    )


_METHODS = {
    "records-and-training": "variance of records and of training",
    "corrected-t": "corrected resampled paired t-test",
}


def most(claim: Claim, evidence: Evidence) -> Judgement:
    """Judge that A is ahead of B in more of the comparisons than chance would give (sign test)."""
    rows, missing = evidence.comparisons(claim), evidence.missing(claim)
    data = evidence.data(row["dataset"] for row in rows)
    ahead = sum(row["difference"] > 0 for row in rows)
    behind = sum(row["difference"] < 0 for row in rows)
    tally = f"A ahead of B in {ahead} of {len(rows)} means, behind in {behind}"
    if not rows:
        return Judgement(OPEN, "nothing was measured", "nothing", f"Missing: {missing}.", data)
    p = sign_test(ahead, behind)
    if p < evidence.alpha and not missing:
        word = HOLDS if ahead > behind else REVERSED
        why = f"{'A' if ahead > behind else 'B'} is ahead more often than chance would have it."
        finding = f"it is ahead in {ahead} of {len(rows)} comparisons"
    else:
        refuted = _refuted(rows, evidence)
        word = EQUAL if all(r["equal"] for r in rows) else REFUTED if refuted else OPEN
        why = f"Missing: {missing}." if missing else "Chance gives as many often."
        counted = _finding(word, rows, missing, evidence)
        finding = f"it is ahead in {ahead} of {len(rows)} comparisons, which chance gives often"
        finding += f"; {counted}" if word != OPEN else ""
    return Judgement(word, finding, tally, why, data, "sign test", p)


def _strongest(rows: Sequence[Row], missing: str, evidence: Evidence) -> tuple[str, str]:
    """Return the strongest verdict that comparisons support, and why."""
    ahead = [row for row in rows if row["verdict"] in (HOLDS, HOLDS_BY_LESS)]
    behind, refuted = _behind(rows, evidence), _refuted(rows, evidence)
    if behind:
        worst = min(behind, key=_favour)
        return REVERSED, f"{_named(worst, evidence)}: B is ahead of A."
    if len(ahead) == len(rows) and not missing:
        word = HOLDS_BY_LESS if refuted else HOLDS
        return word, "A is ahead of B in every comparison."
    if all(row["equal"] for row in rows):
        return EQUAL, f"Every interval lies within {evidence.equivalence:g} points of 0."
    if refuted:
        return REFUTED, f"{len(refuted)} intervals do not reach the margin that is reported."
    return OPEN, _open(rows, len(ahead), missing)


def _behind(rows: Sequence[Row], evidence: Evidence) -> list[Row]:
    """Return the comparisons where B is ahead of A, corrected for all of them."""
    return [row for row in rows if row["difference"] < 0 and _below(row["p_holm"], evidence)]


def _refuted(rows: Sequence[Row], evidence: Evidence) -> list[Row]:
    """Return the comparisons that refute the reported margin, corrected for all of them."""
    return [row for row in rows if row["margin_refuted"] and _below(row["p_margin_holm"], evidence)]


def _equal(rows: Sequence[Row], evidence: Evidence) -> list[Row]:
    """Return the comparisons of equal models: all of them, or those that remain after Holm."""
    if all(row["equal"] for row in rows):
        return list(rows)
    return [row for row in rows if row["equal"] and _below(row["p_equal_holm"], evidence)]


def _below(p: float | None, evidence: Evidence) -> bool:
    return p is not None and p < evidence.alpha


def _finding(word: str, rows: Sequence[Row], missing: str, evidence: Evidence) -> str:
    """Return what was found, as the second half of a sentence."""
    of = len(rows)
    reported = sum(row["margin"] is not None for row in rows)
    refuted, equal = len(_refuted(rows, evidence)), len(_equal(rows, evidence))
    ahead = sum(row["verdict"] in (HOLDS, HOLDS_BY_LESS) for row in rows)
    parts = []
    if word == REVERSED:
        worst = min(_behind(rows, evidence), key=_favour)
        a, b, dataset = (evidence.title(worst[key]) for key in ("a", "b", "dataset"))
        parts.append(
            f"{b} is ahead of {a} on {dataset}, by {-worst['difference']:.2f} points of "
            f"{worst['metric']}"
        )
    elif word in (HOLDS, HOLDS_BY_LESS):
        parts.append(f"confirmed in {_all(of, of)}")
    elif ahead:
        parts.append(f"confirmed in {ahead} of {of} comparisons")
    if refuted:
        parts.append(f"the margin reported is too large in {_all(refuted, reported)}")
    if equal:
        parts.append(
            f"in {_all(equal, of)} the two are within {evidence.equivalence:g} "
            f"{'point' if evidence.equivalence == 1 else 'points'} of each other"
        )
    if not parts:
        parts.append(
            f"no comparison of {of} shows it" if of > 1 else "the only comparison does not"
        )
    if word == OPEN and (needed := _needed(rows)):
        parts.append(needed)
    if missing:
        parts.append(f"not measured: {missing}")
    return "; ".join(parts)


def _all(count: int, of: int) -> str:
    if count < of:
        return f"{count} of {of} comparisons"
    return {1: "the only comparison", 2: "both comparisons"}.get(of, f"all {of} comparisons")


def _needed(rows: Sequence[Row]) -> str:
    """Return how many records the comparisons without a verdict would take, the most of them."""
    found = [row["needs"] for row in rows if row["verdict"] == OPEN and row["needs"]]
    return (
        f"a verdict on each would take about {max(found):,} distinct test records" if found else ""
    )


def _measured(rows: Sequence[Row], worst: Row, evidence: Evidence) -> str:
    won = sum(row["verdict"] in (HOLDS, HOLDS_BY_LESS) for row in rows)
    ahead = sum(row["difference"] > 0 for row in rows)
    return (
        f"A ahead of B in {ahead} of {len(rows)} comparisons ({won} significantly, "
        f"{len(_behind(rows, evidence))} significantly behind); least in favour: "
        f"{_named(worst, evidence)}, {_points(worst['difference'])} points"
    )


def _open(rows: Sequence[Row], won: int, missing: str) -> str:
    """Return why comparisons decide nothing. won: how many of them support the claim."""
    untested = sum(row["p"] is None for row in rows)
    why = f"{len(rows) - won} of {len(rows)} comparisons show no significant difference"
    why += f", {untested} of them without a test." if untested else "."
    reasons = [why] if won < len(rows) else []
    return " ".join([*reasons, *([f"Missing: {missing}."] if missing else [])])


def _favour(row: Row) -> float:
    """Return how strongly a comparison favours A: -1 (surely behind) to 1 (surely ahead)."""
    sure = 0.0 if row["p"] is None else 1 - row["p"]
    return float(sure if row["difference"] > 0 else -sure)


def _named(row: Row, evidence: Evidence) -> str:
    a, b, dataset = (evidence.title(row[key]) for key in ("a", "b", "dataset"))
    return f"{a} (A) and {b} (B) on {dataset}, {row['metric']}"


def _points(value: float) -> str:
    return f"{value:+.2f}".replace("-", "\N{MINUS SIGN}")


def _ends(row: Row) -> tuple[float, float, str] | None:
    return None if row["low"] is None else (row["low"], row["high"], "A minus B, points")
