"""Measure the time that Snakemake plans as the number of jobs grows, and Snakemake's own share.

Dry runs in a clone without outputs: the fewest variants that there may be on one dataset, all on
one, then all of params.yaml, then more and more variants that differ only in name. For comparison,
two workflows with as many jobs and without functions, parameters or code of ours: in one each job
has one input and one output, the other has as many files as this project. Writes
results/bench/jobs.csv: jobs, the seconds of all three, and the exponents of growth. Only committed
code is measured.
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

import measure
import yaml

ROOT = Path(__file__).parents[1]
ADDED = (0, 12, 40)
REPEATS = 3
FEWEST = ("majority", "ecnet", "ecnet-rnn", "ecnet-gru")
"""The variants that figures and tables need."""
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
ALIKE = """
DATASETS, VARIANTS = range({datasets}), range({variants})
rule all:
    input: expand("metrics/{{d}}/{{v}}", d=DATASETS, v=VARIANTS)
rule evaluate:
    input:
        expand("predictions/{{{{d}}}}/{{v}}", v=VARIANTS),
        expand("models/{{{{d}}}}/{{v}}/model", v=VARIANTS),
    output:
        expand("{{name}}/{{{{d}}}}/{{v}}", name=("metrics", "confusion"), v=VARIANTS),
        "scores/{{d}}",
    shell: "touch {{output}}"
rule predict:
    input:
        "encoded/{{d}}/encoder", "encoded/{{d}}/test",
        expand("models/{{{{d}}}}/{{v}}/{{name}}", v=VARIANTS, name=("model", "weights")),
    output: expand("predictions/{{{{d}}}}/{{v}}", v=VARIANTS)
    shell: "touch {{output}}"
rule train:
    input: "encoded/{{d}}/encoder", "encoded/{{d}}/fit"
    output: expand("models/{{{{d}}}}/{{{{v}}}}/{{name}}", name=("model", "weights", "history"))
    shell: "touch {{output}}"
rule encode:
    input: "sampled/{{d}}", "split/{{d}}/assignment", "split/{{d}}/report"
    output: "encoded/{{d}}/encoder", "encoded/{{d}}/fit", "encoded/{{d}}/test"
    shell: "touch {{output}}"
rule split:
    input: "sampled/{{d}}"
    output: "split/{{d}}/assignment", "split/{{d}}/report"
    shell: "touch {{output}}"
rule sample:
    output: "sampled/{{d}}"
    shell: "touch {{output}}"
"""
TOTAL = re.compile(r"^total\s+(\d+)", re.MULTILINE)


def small(values: dict[str, Any], variants: Collection[str]) -> dict[str, Any]:
    """Return params with one dataset, and only some variants."""
    named = {name: line for name, line in values["variants"].items() if name in variants}
    space = {name: of for name, of in values["tuning"]["space"].items() if name in named}
    return {
        **values,
        "data": {**values["data"], "include": ["nsl-kdd"]},
        "variants": named,
        "tuning": {**values["tuning"], "space": space},
    }


def large(values: dict[str, Any], added: int) -> dict[str, Any]:
    """Return params with more variants, all of them EcNet by other names."""
    ecnet = values["variants"]["ecnet"]
    alone = ("table-8", "figure-5")  # which show each cell once
    line = {**ecnet, "shown": [place for place in ecnet["shown"] if place not in alone]}
    more = {f"ecnet-{number}": line for number in range(added)}
    return {**values, "variants": {**values["variants"], **more}}


def alike(jobs: int) -> str:
    """Return a workflow of about as many jobs, with as many files to a job as this project has.

    Each dataset has a sample, a split, an encoding, a training for each variant, and one job that
    classifies and one that evaluates with all of them.
    """
    datasets = min(26, max(1, jobs // 20))
    return ALIKE.format(datasets=datasets, variants=max(1, jobs // datasets - 5))


def planned(folder: Path) -> tuple[int, float]:
    """Return the number of jobs, and the seconds to plan them."""
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
    """Measure plans with more and more jobs."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder, other = Path(temporary) / "project", Path(temporary) / "other"
        subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
        other.mkdir()
        values = yaml.safe_load((folder / "params.yaml").read_text())
        one = (small(values, variants) for variants in (FEWEST, values["variants"]))
        for changed in (*one, *(large(values, number) for number in ADDED)):
            (folder / "params.yaml").write_text(yaml.safe_dump(changed, sort_keys=False))
            jobs, seconds = planned(folder)
            others = []
            for workflow in (alike(jobs), LEAST.format(half=jobs // 2)):
                (other / "Snakefile").write_text(workflow)
                of, took = planned(other)
                others.append(took * jobs / of)
            rows.append((jobs, *(round(value, 2) for value in (seconds, *others))))
            print(*rows[-1], file=sys.stderr)
    grown = [
        row for row in rows if row[0] >= 1000
    ]  # with fewer jobs, the start takes most of the time
    exponents = [
        round(measure.exponent([row[0] for row in grown], [row[at] for row in grown]), 2)
        for at in (1, 2, 3)
    ]
    measure.write(
        "jobs",
        (
            *("jobs", "seconds", "seconds_alike", "seconds_least"),
            *("exponent", "exponent_alike", "exponent_least"),
        ),
        [(*row, *exponents) for row in rows],
    )


if __name__ == "__main__":
    main()
