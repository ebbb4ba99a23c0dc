"""How long Snakemake plans, as the number of jobs grows, and where that time goes.

Dry runs in a clone that has made nothing: few variants on one dataset, then all of params.yaml,
then ever more variants that differ in name. Writes results/bench/jobs.csv: jobs, seconds with every
job printed and with none, and the exponent of growth. What is not committed is not measured.
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
ADDED = (0, 25, 75, 210)
REPEATS = 3
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


def planned(folder: Path, *options: str) -> tuple[int, float]:
    """Return the number of jobs, and the seconds that it took to plan them."""
    command = ["snakemake", "--dry-run", *options, "--", "results/metrics", "results/tables"]
    said = ""

    def call() -> None:
        nonlocal said
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(done.stdout[-500:] + done.stderr[-2000:])
        said = done.stdout + done.stderr

    seconds = min(measure.seconds(call) for _ in range(REPEATS))
    found = TOTAL.findall(said)
    return int(found[-1]), seconds


def main() -> None:
    """Plan ever more jobs."""
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "project"
        subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
        values = yaml.safe_load((folder / "params.yaml").read_text())
        for changed in (small(values, 1), small(values, 4), *(large(values, n) for n in ADDED)):
            (folder / "params.yaml").write_text(yaml.safe_dump(changed, sort_keys=False))
            jobs, shown = planned(folder)
            _, hidden = planned(folder, "--quiet", "rules")
            rows.append((jobs, round(shown, 2), round(hidden, 2)))
    growth = measure.exponent([row[0] for row in rows[2:]], [row[1] for row in rows[2:]])
    measure.write(
        "jobs",
        ("jobs", "seconds", "seconds_unprinted", "exponent"),
        [(*row, round(growth, 2)) for row in rows],
    )


if __name__ == "__main__":
    main()
