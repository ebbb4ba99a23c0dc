"""Publish: what a finished run found, as Markdown and SVG for a page of a git server.

It holds aggregate numbers alone: no record, no name of a machine, no path outside the project.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from ecnet import paths
from ecnet.errors import InputError
from ecnet.files import read_object, sha256, write_text
from ecnet.render import catalogue, forest
from ecnet.render import verdicts as judged
from ecnet.render.catalogue import Result
from ecnet.render.sources import is_simulated, words
from ecnet.report import markdown
from ecnet.report.provenance import digest
from ecnet.report.verdicts import verdicts

PUBLISHED = (
    *("claims", "table_6", "table_6_compared", "table_7", "table_7_compared"),
    *("table_8", "table_8_compared", "figure_5_compared", "figure_6"),
    *("transfer", "transfer_captures", "unknown_attacks"),
    *("significance", "inflation", "features", "audit", "datasets"),
)
"""The results of the catalogue that are shown, beside the forest plots."""

FEW = 30
"""Records of a class below which its own scores say little."""

_ON_REQUEST = ("results/protocols", "results/audit")
"""The targets that `make tables` does not make."""
_JUDGED = ("provenance", "claims", "statistics")
_RECORDED = ("params", "code", "lock", "datasets", "processor", "libraries")
_CODE = ("src", "workflow", "Snakefile", "params.yaml", "requirements.lock")
"""What results depend on, beside the records."""


@dataclass(frozen=True)
class Dataset:
    """The records of a dataset that were read.

    version: as in the report. about: what is known of them, by hand. counted: what the step
    `merge` counted.
    """

    version: str
    about: str
    counted: Mapping[str, Any]

    @property
    def records(self) -> int:
        """How many were read."""
        return sum(file["records"] for file in self.counted["files"])

    @property
    def kept(self) -> int:
        """How many the sample holds."""
        return sum(cls["kept"] for cls in self.counted["classes"].values())

    @property
    def limits(self) -> list[str]:
        """What these records cannot show, in words."""
        counted, classes = self.counted, self.counted["classes"]
        read, published = len(counted["files"]), counted["published_files"]
        none = [name for name, cls in classes.items() if not cls["kept"]]
        few = [f"{name} ({c['kept']})" for name, c in classes.items() if 0 < c["kept"] < FEW]
        fewer = published is not None and read < published
        found = [f"{read} of {published} published files"] if fewer else []
        found += [f"no record of {', '.join(none)}"] if none else []
        return found + ([f"fewer than {FEW} records of {', '.join(few)}"] if few else [])


@dataclass(frozen=True)
class _Page:
    """What a page shows of a run.

    folder, provenance: of the run, with claims.json, and with provenance.json. forests: the forest
    plots, without suffix, the one that is seen first. judged: what verdicts were made of.
    """

    title: str
    folder: str
    provenance: str
    results: tuple[Result, ...]
    forests: tuple[str, ...]
    judged: tuple[str, ...]


Of = Literal["paper", "rivals", "devices"]


def _page(of: Of) -> _Page:
    if of == "paper":
        results = tuple(one for one in catalogue.RESULTS if one.name in PUBLISHED)
        forests = tuple(f"results/figures/{name}" for name in ("forest", "forest_averages"))
        return _Page("Results", "results", "results", results, forests, (*_JUDGED, "protocols"))
    target = catalogue.RIVALS if of == "rivals" else catalogue.DEVICES
    results = tuple(one for one in catalogue.RESULTS if one.target == target)
    forests = tuple(one.files[0][:-4] for one in results if one.function.startswith("forest."))
    others = tuple(one for one in results if not one.function.startswith("forest."))
    if of == "rivals":
        return _Page("Other systems", target, target, others, forests, _JUDGED)
    return _Page("On a microcontroller", target, "results", others, forests, ("claims",))


def publish(
    *,
    run: Path = Path(),
    about: Path = Path("docs/records.yaml"),
    of: Of = "paper",
    output: Path | None = None,
) -> None:
    """Write a page of what a finished run found, with its figures and its provenance.

    run: the folder of the run, with data/ and results/.
    about: what the files of datasets are, by their version.
    of: the tables of the paper, those of other systems (results/rivals), or what models take of a
        microcontroller (results/devices).
    output: the folder of the page, README.md; by default docs/results, or a folder in it.

    Raises:
        InputError: a file of the run is missing or is not what its step writes, or a text holds
            an absolute path of this machine.
    """
    page, output = _page(of), output or Path("docs/results") / ("" if of == "paper" else of)
    provenance = run / page.provenance / "provenance.json"
    recorded = read_object(provenance, "provenance", _RECORDED)
    claims = run / page.folder / "claims.json"
    datasets = _datasets(run, recorded, _texts(about))
    shown = [one for one in page.results if not _left_out(run, one)]
    forests = {Path(stem).name: _text(run / f"{stem}.svg") for stem in page.forests}
    text = _template().render(
        title=page.title,
        docs=os.path.relpath("docs", output),
        about=_about(datasets),
        verdicts=verdicts(claims),
        rules=judged.read(claims),
        forests=forests,
        datasets=datasets,
        shown=[(one, _body(run, one)) for one in shown],
        left_out=[one for one in page.results if one not in shown],
        recorded=recorded,
        commit=commit(run),
        digests=_digests(run, page, shown),
    )
    _hold(text)
    write_text(output / "README.md", text)
    for name, svg in forests.items():
        write_text(output / f"{name}.svg", svg)
        write_text(output / f"{name}_dark.svg", forest.dark(svg))
    for one in shown:
        if _is_figure(one):
            write_text(output / f"{one.name}.svg", _text(run / one.files[0]))
    write_text(output / "provenance.json", _text(provenance))


def _datasets(run: Path, recorded: Any, texts: Mapping[str, str]) -> list[Dataset]:
    found = []
    keys = ("title", "source", "format_title", "published_files", "files", "classes", "rejected")
    for name, facts in recorded["datasets"].items():
        counted = read_object(run / paths.COUNTS.format(dataset=name), "sample", keys)
        version = digest(facts["files"])
        if version != digest({file["file"]: file["sha256"] for file in counted["files"]}):
            raise InputError(
                f"results/provenance.json: holds other files of {name} than data/sampled; run "
                "snakemake --cores all all"
            )
        found.append(Dataset(version, texts.get(version, ""), counted))
    return found


def _texts(path: Path) -> dict[str, str]:
    """Return what is written by hand on the files of datasets: version -> Markdown."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InputError(f"{path}: cannot be read ({' '.join(str(error).split())})") from error
    if not isinstance(found, dict) or not all(isinstance(x, str) for y in found.items() for x in y):
        raise InputError(f"{path}: is not a text for each version of a dataset, in quotes")
    return found


def _about(datasets: list[Dataset]) -> str:
    """Return what the records are, in words."""
    sources = words(*(dataset.counted["source"] for dataset in datasets))
    if sources == ["simulated"]:
        return "simulated traffic"
    return "real and simulated records" if "simulated" in sources else "real records"


def _left_out(run: Path, result: Result) -> bool:
    """Tell whether a result belongs to a target that is made on request and was not made here."""
    made = any((run / file).exists() for file in result.files)
    return result.target in _ON_REQUEST and not made


def _is_figure(result: Result) -> bool:
    return result.files[0].endswith(".svg")


def _body(run: Path, result: Result) -> str:
    """Return a table as Markdown, or the file name of a figure."""
    if _is_figure(result):
        return f"{result.name}.svg"
    return _text((run / result.files[0]).with_suffix(".md"))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}); run snakemake --cores all all"
        ) from error


def _digests(run: Path, page: _Page, shown: list[Result]) -> dict[str, str]:
    """Return the SHA-256 of the files that the numbers come from, by name."""
    judged = (f"{page.folder}/{name}.json" for name in page.judged)
    names = [name for name in judged if (run / name).exists()]
    for one in shown:
        stem = Path(one.files[0]).with_suffix("")
        names.append(f"{stem}.svg" if _is_figure(one) else f"{stem}.csv")
        names += [f"{stem}.provenance.json"] if one.traced else []
    return {name: sha256(run / name) for name in names}


def commit(run: Path) -> str:
    """Return the last commit that changed code or parameters, in words."""
    git = shutil.which("git")
    if git is None or not (run / ".git").exists():
        return "not known (no git repository)"
    changed = _git(git, run, "status", "--porcelain", "--", *_CODE)
    commit = _git(git, run, "log", "-1", "--format=%H", "--", *_CODE) or "not known"
    return commit + (", with changes that are in no commit" if changed else "")


def _git(git: str, run: Path, *arguments: str) -> str:
    """Return what git prints; nothing if it fails, as without a commit."""
    done = subprocess.run(
        [git, "-C", str(run), *arguments], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def _hold(page: str) -> None:
    """Stop if a text names a path of this machine, as the reason of an absence might."""
    for found in re.findall(r"(?<![\w.:/<])(?:/[\w.+-]+){2,}", page):
        if Path(found.rstrip(".")).exists():
            raise InputError(
                f"docs/results: would hold {found}, a path of this machine; run with a relative one"
            )


def _template() -> Any:
    environment = markdown.environment()
    environment.filters["unit"] = judged.unit
    environment.tests["simulated"] = is_simulated
    return environment.get_template("results.md.j2")
