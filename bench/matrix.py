"""How long the whole matrix takes against its pure training, and what a small change costs.

Clones the project and makes everything on simulated traffic, as `make report` does. Pure training
is what the logs say that the fitting of models took, added up and divided by the cores: no
pipeline can be faster. Then: how long it takes to find that nothing is to be done, and to draw the
figures anew after a change of their width. Writes results/bench/matrix.csv, and, for each step, how
many jobs there were and how long they took, results/bench/steps.csv. Takes about a quarter of an
hour on two cores. What is not committed is not measured.

    python bench/matrix.py [FOLDER]      FOLDER keeps the clone; what is finished there is not timed
"""

import argparse
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import measure
import yaml

ROOT = Path(__file__).parents[1]
REPEATS = 3
FITTED = re.compile(r" run \S+: .*, ([\d.]+) s$", re.MULTILINE)
STEP = re.compile(r"^ecnet ([\w-]+): ([\d.]+) s, (\d+) MiB", re.MULTILINE)


def call(folder: Path, *arguments: str) -> None:
    """Run Snakemake on a clone; its words go to a file beside the clone's."""
    with (folder / "bench.log").open("a") as log:
        command = ["snakemake", *arguments, "--", "all"]
        if subprocess.run(command, cwd=folder, stdout=log, stderr=log, check=False).returncode:
            sys.exit(f"{' '.join(command)} failed; see {log.name}")


def logs(folder: Path) -> str:
    """Return all that the steps of a clone said."""
    return "\n".join(path.read_text() for path in sorted((folder / "logs").rglob("*.log")))


def steps(text: str) -> list[tuple[str, int, float, int]]:
    """Return, for each step, its jobs, their seconds, and the most memory of one in MiB."""
    found: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for name, seconds, mebibytes in STEP.findall(text):
        found[name].append((float(seconds), int(mebibytes)))
    return [
        (name, len(of), round(sum(seconds for seconds, _ in of), 1), max(most for _, most in of))
        for name, of in sorted(found.items())
    ]


def widen(folder: Path) -> None:
    """Change what figures alone read."""
    path = folder / "params.yaml"
    values = yaml.safe_load(path.read_text())
    values["figures"]["width"] += 0.1
    path.write_text(yaml.safe_dump(values, sort_keys=False))


def main() -> None:
    """Make everything, and time it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", help="keeps the clone")
    parser.add_argument("--cores", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (given.folder or Path(temporary) / "project").resolve()
        subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
        cores = ["--cores", str(given.cores)]
        whole = measure.seconds(lambda: call(folder, *cores, "--quiet", "all"))
        said = logs(folder)
        pure = sum(map(float, FITTED.findall(said)))
        measure.write("steps", ("step", "jobs", "seconds", "mebibytes"), steps(said))
        nothing = [measure.seconds(lambda: call(folder, *cores)) for _ in range(REPEATS)]
        dry = [measure.seconds(lambda: call(folder, "--dry-run")) for _ in range(REPEATS)]
        widen(folder)
        change = measure.seconds(lambda: call(folder, *cores))
    rows = [
        ("everything", whole, given.cores),
        ("pure training", pure / given.cores, given.cores),
        ("ratio of both", whole / (pure / given.cores), given.cores),
        *(("nothing to do", seconds, given.cores) for seconds in nothing),
        *(("dry run of nothing", seconds, 1) for seconds in dry),
        ("figures anew", change, given.cores),
    ]
    measure.write(
        "matrix",
        ("what", "seconds", "cores"),
        [(what, round(seconds, 2), cores) for what, seconds, cores in rows],
    )


if __name__ == "__main__":
    main()
