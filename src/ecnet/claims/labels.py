"""The rule for tables of label counts: whether they can be those of the named datasets."""

from ecnet.claims.declared import Claim
from ecnet.claims.evidence import Evidence, Judgement, Row


def labels(claim: Claim, evidence: Evidence) -> Judgement:
    """Fail if a table has a label that its dataset does not have, or more records of one.

    The labels of a dataset are published, so they are known without its files. The number of
    records of a label is known only if all files of the fullest format were read and none of them
    is simulated.
    """
    tables = list(claim.paper.label_tables.values())
    unknown = {name: list(evidence.unknown.get(name, ())) for name in tables}
    whole = [name for name in tables if _is_whole(name, evidence)]
    larger = {name: _larger(evidence.counts[name]) for name in whole}
    partial = [evidence.title(name) for name in tables if name not in whole]
    measured = [
        f"no class of {evidence.title(name)}: {', '.join(found)}"
        for name, found in unknown.items()
        if found
    ]
    measured += [
        f"more than {evidence.title(name)} holds: {', '.join(found)}"
        for name, found in larger.items()
        if found
    ]
    measured += [f"not read as a whole: {', '.join(partial)}"] if partial else []
    verdict, why = _judged(any(unknown.values()), any(larger.values()), partial)
    return Judgement(
        verdict=verdict,
        finding=why[0].lower() + why[1:].rstrip("."),
        measured="; ".join(measured) or "every label and count fits",
        why=why,
        data="real" if any(larger.values()) or not partial else "none",
        test="plain count",
    )


def _judged(unknown: bool, larger: bool, partial: list[str]) -> tuple[str, str]:
    if unknown:
        return "fails", "A table counts a label that its dataset does not have in any format."
    if larger:
        return "fails", "A table counts more records of a label than its dataset holds."
    if partial:
        return "cannot be told", f"Missing: all real records of {', '.join(partial)}."
    return "holds", "Every label is the dataset's, and no count is larger than what it holds."


def _is_whole(name: str, evidence: Evidence) -> bool:
    counted = evidence.counts.get(name)
    return bool(
        counted
        and "simulated" not in counted["source"].split(", ")
        and counted["format"] == evidence.whole[name]
        and counted["published_files"] == len(counted["files"])
    )


def _larger(counted: Row) -> list[str]:
    """Return the labels of which the paper counts more records than were read, with both."""
    return [
        f"{row['paper']} ({row['count']:,}, not {counted['classes'][row['label']]['read']:,})"
        for row in counted["paper"]
        if row["label"] and row["count"] > counted["classes"][row["label"]]["read"]
    ]
