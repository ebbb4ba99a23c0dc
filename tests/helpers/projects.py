"""A copy of the project with small files and few variants, for tests that run Snakemake."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import native
import yaml

ROOT = Path(__file__).parents[2]
PARTS = (
    *("Snakefile", "params.yaml", "Makefile", "requirements.lock", "requirements.hashes"),
    *("profiles", "workflow", "src"),
    *("dvc.yaml", ".dvc/config", ".dvc/.gitignore", ".dvc/plots", ".dvcignore", ".gitignore"),
)
DATASETS = ("iot-23", "nsl-kdd")
LEFT_OUT = (
    *("stratified", "tree", "svm", "lstm"),
    *("ecnet-merged", "ecnet-rnn-merged", "ecnet-gru-merged"),
)
ON_REQUEST = {"rivals", "rivals-binary", "frames", "devices", "devices-cost"}
"""The tables that no default target makes: variants that they alone show are left out too."""
TRANSFERRED = ("majority", "xgboost")
"""The variants that are trained without a kind of attack."""
TARGETS = ("all",)
MIRROR = ("--config", "mirror=mirror")


class Project:
    """A copy of the project in a folder of its own, with small files and few variants."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a user who has activated the installed one, and works in the copy."""
        return {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "PYTHONPATH": str(self.folder / "src"),
            "HOME": str(self.folder),
            # Compiled kernels, which a user has once for all clones.
            "NUMBA_CACHE_DIR": os.environ.get("NUMBA_CACHE_DIR", str(Path.home() / ".cache/numba")),
        }

    def call(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the copy."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )

    def done(self, *command: str) -> str:
        """Run a command that must succeed; return what it printed."""
        done = self.call(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def run(self, *arguments: str, cores: int = 2) -> subprocess.CompletedProcess[str]:
        """Run Snakemake on the copy's own code."""
        return self.call(sys.executable, "-m", "snakemake", "--cores", str(cores), *arguments)

    def jobs(self, *arguments: str) -> set[str]:
        """Run Snakemake to the end and return the messages of the jobs that ran."""
        done = self.run(*(arguments or (*TARGETS, *MIRROR)))
        assert done.returncode == 0, done.stdout + done.stderr
        return messages(done.stderr)

    def change(self, file: str, *changes: tuple[str, str]) -> None:
        """Replace text in a file of the copy."""
        path = self.folder / file
        text = path.read_text()
        for old, new in changes:
            assert text.count(old) == 1, (old, text.count(old))
            text = text.replace(old, new)
        path.write_text(text)

    def values(self) -> dict:
        """Return what params.yaml holds."""
        return yaml.safe_load((self.folder / "params.yaml").read_text())

    def params(self, edit: Callable[[dict], None]) -> None:
        """Edit params.yaml; comments are lost, which must not matter."""
        values = self.values()
        edit(values)
        (self.folder / "params.yaml").write_text(yaml.safe_dump(values, sort_keys=False))

    def results(self) -> dict[str, bytes]:
        """Return the bytes of every table, figure and metric, and of the provenance."""
        places = ("tables/*", "figures/*", "metrics/**/*.json", "provenance.json")
        folder = self.folder / "results"
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for place in places
            for path in sorted(folder.glob(place))
        }


def messages(shown: str) -> set[str]:
    """Return the messages of the jobs that Snakemake started, or would have."""
    return set(re.findall(r"^Job \d+: (.*)$", shown, flags=re.MULTILINE))


def small(values: dict) -> None:
    """Keep two datasets and few variants, with small models."""
    values["data"].update(include=list(DATASETS), check_facts=False)
    values["seeds"] = {"split": [1, 2], "weights": [1], "protocols": [1]}
    alone = {name for name, line in values["variants"].items() if set(line["shown"]) <= ON_REQUEST}
    for name in (*LEFT_OUT, *sorted(alone)):
        del values["variants"][name]
        values["tuning"]["space"].pop(name, None)
    # One protocol beside the default one and the control, for one variant.
    values["protocols"] = {name: values["protocols"][name] for name in ("shuffled", "random")}
    values["protocols"]["random"]["shown"] = ["inflation"]
    for name, line in values["variants"].items():
        out = {"features", "interpretation"}
        out |= set() if name == "xgboost" else {"inflation"}
        out |= set() if name in TRANSFERRED else {"transfer"}
        line["shown"] = [place for place in line["shown"] if place not in out]
        values["tuning"]["space"].pop(name, None)
    values["transfer"]["groups"] = ["attacks"]
    values["models"]["xgboost"].update(rounds=5)
    values["models"]["ecnet"].update(embedding=4, hidden=16, heads=2, dense=8, epochs=1)


def new_project(folder: Path, more: tuple[str, ...] = ()) -> Project:
    folder.mkdir(exist_ok=True)
    for part in (*PARTS, *more):
        source = ROOT / part
        (folder / part).parent.mkdir(exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / part)
    native.write_all(folder / "mirror")
    project = Project(folder)
    project.params(small)
    return project
