"""How long Snakemake plans, as the number of jobs grows, and how much of that is its own.

Dry runs in a clone that has made nothing: few variants on one dataset, then all of params.yaml,
then ever more variants that differ in name. Beside each the least that Snakemake takes for as many
jobs: of a workflow whose jobs have one input, one output, and nothing else. Writes
results/bench/jobs.csv: jobs, seconds, seconds of the least, their ratio, and the exponents of
growth. What is not committed is not measured.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import measure
import yaml

ROOT = Path(__file__).parents[1]
ADDED = (0, 12, 40)
REPEATS = 3
LEAST = """
rule all:
    input: expand("second/{{i}}", i=range({half}))
rule second:
    input: "first/{{i}}"
    output: "second/{{i}}"
    shell: "touch {{output}}"
rule first:
    output: "first/{{i}}"
    shell: "touch {{output}}"
"""
TOTAL = re.compile(r"^total\s+(\d+)", re.MULTILINE)


def small(values: dict[str, Any], variants: int) -> dict[str, Any]:
    """Return params with one dataset, and with some variants alone."""
    named = dict(list(values["variants"].items())[:variants])
    space = {name: of for name, of in values["tuning"]["space"].items() if name in named}
    return {
        **values,
        "data": {**values["data"], "include": ["nsl-kdd"]},
        "variants": named,
        "tuning": {**values["tuning"], "space": space},
    }


def large(values: dict[str, Any], added: int) -> dict[str, Any]:
    """Return params with more variants, all of them EcNet by other names."""
    more = {f"ecnet-{number}": values["variants"]["ecnet"] for number in range(added)}
    return {**values, "variants": {**values["variants"], **more}}


def planned(folder: Path) -> tuple[int, float]:
    """Return the number of jobs, and the seconds that it took to plan them."""
    said = ""

    def call() -> None:
        nonlocal said
        command = ["snakemake", "--dry-run", "--quiet", "rules", "--", "all"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stdout[-500:] + done.stderr[-2000:])
        said = done.stdout + done.stderr

    seconds = min(measure.seconds(call) for _ in range(REPEATS))
    return int(TOTAL.findall(said)[-1]), seconds


def main() -> None:
    """Plan ever more jobs."""
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder, least = Path(temporary) / "project", Path(temporary) / "least"
        subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
        least.mkdir()
        values = yaml.safe_load((folder / "params.yaml").read_text())
        for changed in (small(values, 1), small(values, 4), *(large(values, n) for n in ADDED)):
            (folder / "params.yaml").write_text(yaml.safe_dump(changed, sort_keys=False))
            jobs, seconds = planned(folder)
            (least / "Snakefile").write_text(LEAST.format(half=jobs // 2))
            _, own = planned(least)
            rows.append((jobs, round(seconds, 2), round(own, 2), round(seconds / own, 2)))
            print(*rows[-1], file=sys.stderr)
    grown = [row for row in rows if row[0] >= 1000]  # below, most of it is the start
    exponents = [
        round(measure.exponent([row[0] for row in grown], [row[at] for row in grown]), 2)
        for at in (1, 2)
    ]
    measure.write(
        "jobs",
        ("jobs", "seconds", "seconds_least", "ratio", "exponent", "exponent_least"),
        [(*row, *exponents) for row in rows],
    )


if __name__ == "__main__":
    main()
