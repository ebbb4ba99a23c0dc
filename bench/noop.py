"""How long it takes to find that nothing is to be done, on the full matrix.

Clones the project, makes every variant on every dataset with five seeds (small ones: the number of
jobs and files counts here, not their size), records it with DVC, and times `snakemake -n` and
`dvc status`. Beside them: `snakemake -n` on a finished workflow of as many jobs and files that has
no function, parameter or code of ours. Takes about a quarter of an hour on two cores. What is not
committed is not measured.

    python bench/noop.py [FOLDER]      FOLDER keeps the clone, and is used again if it is there
"""

import statistics
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import jobs
import measure
import yaml

ROOT = Path(__file__).parents[1]
REPEATS = 5
SNAKEMAKE = ("snakemake", "--dry-run", "all")


def small(values: dict) -> None:
    """Keep every dataset, variant, task and step; make each cheap."""
    values["seeds"] = {"split": [1, 2, 3, 4, 5], "weights": [1], "protocols": [1]}
    records = values["simulator"]["records"]
    records.update(dict.fromkeys(records, 600))
    values["models"]["svm"].update(components=16)
    values["models"]["xgboost"].update(rounds=3)
    values["models"]["ecnet"].update(embedding=4, hidden=16, heads=1, dense=8, epochs=1)
    values["variants"]["lstm"].update(embedding=4, hidden=16)


def make(folder: Path) -> None:
    """Clone the project into `folder` and finish it."""
    subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
    params = folder / "params.yaml"
    values = yaml.safe_load(params.read_text())
    small(values)
    params.write_text(yaml.safe_dump(values, sort_keys=False))
    with (folder / "repro.log").open("w") as log:
        print(f"Making everything; see {log.name}")
        subprocess.run(["dvc", "repro"], cwd=folder, check=True, stdout=log, stderr=log)


def make_alike(folder: Path, number: int) -> None:
    """Finish a workflow of about as many jobs as this project's, that do nothing."""
    folder.mkdir()
    (folder / "Snakefile").write_text(jobs.alike(number))
    command = ("snakemake", "--cores", "all", "--quiet", "all")
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def outputs(folder: Path) -> int:
    """Return of how many files Snakemake has a record."""
    return sum(1 for path in folder.glob(".snakemake/metadata/**/*") if path.is_file())


def find_nothing(folder: Path, *command: str) -> None:
    """Run a command that must find nothing to do."""
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    shown = done.stdout + done.stderr
    if "Nothing to be done" not in shown and "up to date" not in shown:
        sys.exit(f"{' '.join(command)} found something to do:\n{shown}")


def main() -> None:
    """Print the median of each command, and what they looked at."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else f"{temporary}/project").resolve()
        if not folder.exists():
            make(folder)
        models = len(list(folder.glob("results/models/*/*/*/model.json")))
        print(f"{models} models of 5 seeds, {outputs(folder)} outputs")
        alike = Path(temporary) / "alike"
        make_alike(alike, sum(1 for _ in folder.glob("logs/**/*.log")))
        ways = {
            "snakemake": partial(find_nothing, folder, *SNAKEMAKE),
            f"snakemake on {outputs(alike)} outputs of jobs that do nothing": partial(
                find_nothing, alike, *SNAKEMAKE
            ),
            "dvc status": partial(find_nothing, folder, "dvc", "status"),
        }
        for name, times in measure.by_turns(ways, REPEATS).items():
            print(f"{name}: {statistics.median(times):.1f} s (median of {REPEATS})")


if __name__ == "__main__":
    main()
