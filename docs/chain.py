"""The drawing of the chain, docs/pictures/chain.svg, from Snakemake's graph of the rules.

    snakemake --rulegraph dot all | python docs/chain.py > docs/pictures/chain.svg

Where some datasets come from a mirror and others are simulated, every box is there. Its colours can
be read on a light and on a dark page.
"""

import re
import sys

import networkx as nx

BOXES = {
    "fetch": (1, r"fetch|unpack", "native files"),
    "simulate": (2, r"simulate_.*", "native files"),
    "sample": (1, r"shard|merge|union", "typed records"),
    "audit": (2, r"audit", "duplicates, drift"),
    "split": (1, r"split", "train and test"),
    "encode": (1, r"encode", "tensors"),
    "train": (1, r"train", "weights"),
    "predict": (1, r"predict_.*", "test records"),
    "transfer": (3, r"transfer", "groups left out"),
    "evaluate": (1, r"evaluate_.*", "metrics"),
    "claims": (1, r"statistics|protocols|claims", "verdicts"),
    "provenance": (0, r"provenance|trace.*", "digests, lineage"),
    "render": (1, r".*_(tables?|figures?|plots|difference|matrices)", "tables, figures"),
    "report": (1, r"report", "one page"),
}
"""Title -> the row of the box, the names of the rules in it, and what they give."""

WIDTH, HEIGHT, GAP, BETWEEN = 104, 46, 26, 16  # of a box, and to the next one and the row below


def graph(dot: str) -> "nx.DiGraph[str]":
    """Return the boxes and which feeds which, without arrows that others imply.

    Raises:
        ValueError: a rule belongs to no box.
    """
    rules = dict(re.findall(r'^\s*(\d+)\[label = "([^"]+)"', dot, flags=re.MULTILINE))
    boxes = {number: box(name) for number, name in rules.items() if name != "all"}
    arrows = re.findall(r"^\s*(\d+) -> (\d+)", dot, flags=re.MULTILINE)
    pairs = {(boxes[a], boxes[b]) for a, b in arrows if a in boxes and b in boxes}
    reduced: nx.DiGraph[str] = nx.transitive_reduction(
        nx.DiGraph(sorted((a, b) for a, b in pairs if a != b))
    )
    return reduced


def box(rule: str) -> str:
    """Return the box of a rule."""
    for title, (_, pattern, _) in BOXES.items():
        if re.fullmatch(pattern, rule):
            return title
    raise ValueError(f"docs/chain.py: the rule {rule} belongs to no box; add it to BOXES")


def places(chain: "nx.DiGraph[str]") -> dict[str, tuple[int, int]]:
    """Return the left upper corner of each box: its layer, and its row."""
    return {
        title: (layer * (WIDTH + GAP) + 2, BOXES[title][0] * (HEIGHT + BETWEEN) + 2)
        for layer, titles in enumerate(nx.topological_generations(chain))
        for title in titles
    }


def svg(chain: "nx.DiGraph[str]") -> str:
    """Return the drawing."""
    at = places(chain)
    width, height = (max(values) for values in zip(*at.values(), strict=True))
    return "\n".join(
        (
            '<svg xmlns="http://www.w3.org/2000/svg" role="img" font-family="sans-serif" '
            f'viewBox="0 0 {width + WIDTH + 2} {height + HEIGHT + 2}">',
            "<title>The chain of steps, from native files to the report</title>",
            '<marker id="end" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            'orient="auto"><path d="M0 0 8 4 0 8z" fill="#808890"/></marker>',
            *(_arrow(at[a], at[b]) for a, b in sorted(chain.edges)),
            *(_box(title, *at[title]) for title in BOXES if title in at),
            "</svg>\n",
        )
    )


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    """Return a curve from the right side of a box to the left side of another."""
    (x, y), (to_x, to_y) = start, end
    x, y, to_y = x + WIDTH, y + HEIGHT // 2, to_y + HEIGHT // 2
    middle = to_x - GAP // 2
    curve = f"M{x} {y}H{to_x - GAP}C{middle} {y} {middle} {to_y} {to_x} {to_y}"
    line = f"M{x} {y}H{to_x}" if y == to_y else curve
    return (
        f'<path d="{line}" fill="none" stroke="#808890" stroke-width="1.5" marker-end="url(#end)"/>'
    )


def _box(title: str, x: int, y: int) -> str:
    middle, (_, _, gives) = x + WIDTH // 2, BOXES[title]
    return (
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="6" fill="#1f5f99"/>'
        f'<text x="{middle}" y="{y + 19}" text-anchor="middle" font-size="14" font-weight="bold" '
        f'fill="#fff">{title}</text>'
        f'<text x="{middle}" y="{y + 36}" text-anchor="middle" font-size="10.5" fill="#dce9f5">'
        f"{gives}</text>"
    )


if __name__ == "__main__":
    sys.stdout.write(svg(graph(sys.stdin.read())))
