"""The commands: one for each step of the pipeline, and a few for people."""

import argparse
import importlib
import json
from pathlib import Path
from typing import Any


def parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; what it reads has the function to call as `command`."""
    parser = argparse.ArgumentParser(
        prog="ecnet",
        description="The steps of the EcNet pipeline; Snakemake calls them in order.",
        epilog="status: 0 done; 1 the answer of those whose help says so; 2 an error that you can "
        "mend, in one line; 70 a bug, with a traceback; 130 Ctrl-C; 141 nobody reads the output",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _people(commands)
    _simulator(commands)
    _data_steps(commands)
    _model_steps(commands)
    _claim_steps(commands)
    _render_steps(commands)
    return parser


def _people(commands: Any) -> None:
    """Add the commands that people call."""
    for name, words in (
        ("where", "say what a dataset is made of, and where to get it"),
        ("cite", "say how to cite a dataset, and its licence"),
    ):
        command = commands.add_parser(name, help=words, description=words)
        command.add_argument("dataset", metavar="DATASET", help="its name, as in params.yaml")
        command.set_defaults(command=_Step("fetch.where", name))

    words = "compare the numbers of two runs, as Markdown; status 1 for a change without a reason"
    command = commands.add_parser("compare", help=words, description=words)
    command.add_argument(
        "old", type=_path, metavar="OLD", help="a results folder, or a .tar.gz of one"
    )
    command.add_argument("new", type=_path, metavar="NEW", help="another one")
    command.set_defaults(command=_Step("provenance.compare", "compare"))

    words = "say what of a dataset's file flatters results: copies, shortcuts, small classes, drift"
    command = commands.add_parser("audit", help=words, description=words)
    command.add_argument("file", type=_path, metavar="FILE", help="a native file, packed or not")
    command.add_argument("--format", default="", help="as iot-23/zeek, where it is not recognised")
    words = "status 1 if there is a finding of this severity, or a worse one"
    command.add_argument("--fail-on", choices=("critical", "warning"), help=words)
    words = "a folder for the whole audit, as CSV, Markdown and JSON"
    command.add_argument("--output", type=_path, help=words)
    words = "the project's params.yaml, which holds the limits (that of this folder)"
    command.add_argument("--params", dest="chosen", type=_path, help=words)
    command.set_defaults(command=_Step("audit.native_file", "run"))

    words = "compare the raw files with their sources; status 1 if one has changed or is gone"
    command = commands.add_parser("upstream", help=words, description=words)
    command.set_defaults(command=_Step("fetch.upstream", "upstream"))

    words = "compare every recorded digest with the disk; status 1, and where, if one differs"
    command = commands.add_parser("verify", help=words, description=words)
    words = "if none differs, give all files one time, so that Snakemake finds none newer"
    command.add_argument("--touch", action="store_true", help=words)
    words = "only whether DVC has fetched all that dvc.lock names"
    command.add_argument("--fetched", action="store_true", help=words)
    command.set_defaults(command=_Step("provenance.verify", "verify"))


def _simulator(commands: Any) -> None:
    """Add the commands that make simulated traffic, and say how real it looks."""
    words = "write a dataset in its native files, simulated"
    command = commands.add_parser("simulate", help=words, description=words)
    command.add_argument("dataset", metavar="DATASET", help="its name, as in params.yaml")
    command.add_argument("--folder", type=_path, required=True, help="where to write the files")
    command.add_argument("--records", type=int, default=10_000, help="how many in all (10000)")
    command.add_argument("--seed", type=int, default=1, help="another seed, other records (1)")
    command.add_argument("--file", default="", help="just this one of the dataset's files")
    command.set_defaults(command=_Step("simulate.raw_file", "simulate"))

    words = "fit the distributions of simulated datasets to real records"
    command = commands.add_parser("fit-simulator", help=words, description=words)
    command.set_defaults(command=_Step("simulate.fit", "fit"))
    _held_against(command)
    command.add_argument("--folder", type=_path, required=True, help="of the statistics to write")

    words = "measure how far simulated traffic is from real records"
    command = commands.add_parser("fidelity", help=words, description=words)
    command.set_defaults(command=_Step("audit.fidelity", "fidelity"))
    _held_against(command)
    command.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3, 4, 5])
    command.add_argument("--output", type=_path, required=True, help="the table, as Markdown")


def _held_against(command: argparse.ArgumentParser) -> None:
    command.add_argument("names", metavar="DATASET", nargs="+", help="as in params.yaml")
    command.add_argument("--mirror", type=_path, required=True, help="a folder of real records")


def _data_steps(commands: Any) -> None:
    """Add the steps from raw files to tensors."""
    step = _add(commands, "fetch", "fetch.fetch", "fetch one native file and verify it")
    step.add_argument("--origin", type=json.loads, required=True, help="where it is, as JSON")
    step.add_argument("--limits", type=json.loads, required=True, help="of bytes, as JSON")
    step.add_argument("--output", type=Path, required=True)
    step.add_argument("--provenance", type=Path, required=True)

    words = "write one native file of simulated traffic"
    step = _add(commands, "simulate-file", "simulate.raw_file", words, function="run")
    step.add_argument("--output", type=Path, required=True)
    step.add_argument("--provenance", type=Path, required=True)

    step = _add(commands, "shard", "prepare.sample", "sample one raw file")
    step.add_argument("--raw", type=Path, required=True)
    step.add_argument("--provenance", type=Path, required=True)
    step.add_argument("--folder", type=Path, required=True)

    step = _add(
        commands, "merge", "prepare.sample", "merge the shards of a dataset into its sample"
    )
    step.add_argument("--shards", type=Path, nargs="+", required=True)
    step.add_argument("--output", type=Path, required=True)
    step.add_argument("--counts", type=Path, required=True)
    step.add_argument("--rejected", type=Path, required=True)

    words = "put the samples of several datasets together on what they share"
    step = _add(commands, "union", "prepare.union", words)
    step.add_argument("--parts", type=Path, nargs="+", required=True)
    step.add_argument("--output", type=Path, required=True)
    step.add_argument("--counts", type=Path, required=True)
    step.add_argument("--rejected", type=Path, required=True)

    words = "audit the sample of a dataset"
    step = _add(commands, "audit-dataset", "audit.dataset", words, function="run")
    step.add_argument("--sample", type=Path, required=True)
    step.add_argument("--counts", type=Path, required=True)
    step.add_argument("--output", type=Path, required=True)

    step = _add(
        commands, "split", "prepare.split", "split a sample with one seed, and audit the split"
    )
    step.add_argument("--sample", type=Path, required=True)
    step.add_argument("--folder", type=Path, required=True)

    step = _add(
        commands, "encode", "prepare.encode", "turn a split into tensors, fitted on train alone"
    )
    step.add_argument("--split", type=Path, required=True)
    step.add_argument("--counts", type=Path, required=True)
    step.add_argument("--folder", type=Path, required=True)


def _model_steps(commands: Any) -> None:
    """Add the steps from tensors to metrics."""
    step = _add(
        commands, "train", "train.train", "train one variant with all seeds", function="run"
    )
    step.add_argument("--encoded", type=Path, nargs="+", required=True)
    step.add_argument("--model", type=Path, required=True)
    step.add_argument("--history", type=Path, required=True)
    step.add_argument("--weights", type=Path, nargs="+", required=True)

    words = "search the hyperparameters of one variant on the validation set"
    step = _add(commands, "tune", "train.tune", words, function="run")
    step.add_argument("--encoded", type=Path, nargs="+", required=True)
    step.add_argument("--table", type=Path, required=True)
    step.add_argument("--record", type=Path, required=True)

    step = _add(commands, "predict", "train.predict", "classify the test records", function="run")
    step.add_argument("--encoded", type=Path, nargs="+", required=True)
    step.add_argument("--model", type=Path, required=True)
    step.add_argument("--weights", type=Path, nargs="+", required=True)
    step.add_argument("--outputs", type=Path, nargs="+", required=True)

    words = "compute every number that a table shows"
    step = _add(commands, "evaluate", "evaluate.evaluate", words, function="run")
    step.add_argument("--predictions", type=Path, nargs="+", required=True)
    step.add_argument("--model", type=Path, required=True)
    step.add_argument("--output", type=Path, required=True)
    step.add_argument("--scores", type=Path, required=True)
    step.add_argument("--confusion", type=Path, required=True)


def _claim_steps(commands: Any) -> None:
    """Add the steps from metrics to a verdict on each claim, and those that show them."""
    words = "compute intervals, tests and ranks of the metrics"
    step = _add(commands, "statistics", "claims.statistics", words, function="run")
    step.add_argument("--metrics", type=Path, nargs="*", required=True)
    step.add_argument("--output", type=Path, required=True)

    words = "compare other protocols with the default one"
    step = _add(commands, "protocols", "claims.protocols", words, function="run")
    step.add_argument("--metrics", type=Path, nargs="*", required=True)
    step.add_argument("--output", type=Path, required=True)

    step = _add(commands, "claims", "claims.claims", "judge each claim of the paper")
    step.add_argument("--statistics", type=Path, required=True)
    step.add_argument("--counts", type=Path, nargs="*", required=True)
    step.add_argument("--output", type=Path, required=True)

    for name, module, words in (
        ("significance", "render.significance", "write the tables of comparisons and variance"),
        ("ranks", "render.ranks", "draw the critical-difference diagram"),
    ):
        step = _add(commands, name, module, words)
        step.add_argument("--statistics", type=Path, required=True)
        step.add_argument("--folder", type=Path, required=True)

    words = "write the table of claims"
    step = _add(commands, "claims-table", "render.claims", words, function="claims")
    step.add_argument("--claims", type=Path, required=True)
    step.add_argument("--folder", type=Path, required=True)


def _render_steps(commands: Any) -> None:
    """Add the steps that write tables and figures."""
    for name, module, words, inputs in (
        ("tables", "render", "write Table VI, VII or VIII as measured and reported", "metrics"),
        ("figure", "render.figures", "draw one of Figures 5 and 6", "metrics"),
        ("label-counts", "render", "write Tables I-V beside the paper's", "counts"),
        ("datasets", "render", "write the table of datasets and their audits", "counts"),
        ("per-class", "render", "write the table of every class", "metrics"),
        ("calibration", "render", "write the table of calibration", "metrics"),
        ("false-alarms", "render", "write the table of false alarms", "metrics"),
        ("reliability", "render.figures", "draw the reliability diagrams", "metrics"),
        ("confusion-matrices", "render.figures", "draw a dataset's confusion matrices", "metrics"),
    ):
        step = _add(commands, name, module, words)
        if name in ("tables", "figure"):
            step.add_argument("--number", type=int, required=True)
        step.add_argument(f"--{inputs}", type=Path, nargs="*", required=True)
        if module == "render" and name != "label-counts":
            step.add_argument("--audits", type=Path, nargs="*", required=True)
        if name == "confusion-matrices":
            step.add_argument("--dataset", required=True)
        step.add_argument("--folder", type=Path, required=True)

    for name, module in (("audit-table", "render.audits"), ("audit-figure", "render.audit_figure")):
        step = _add(commands, name, module, "show the audits of all datasets side by side")
        step.add_argument("--audits", type=Path, nargs="*", required=True)
        step.add_argument("--folder", type=Path, required=True)

    words = "write the tables of inflation and interpretation"
    step = _add(commands, "protocol-tables", "render.protocols", words, function="protocols")
    step.add_argument("--found", type=Path, required=True)
    step.add_argument("--folder", type=Path, required=True)

    words = "write what each cell of each table was made of"
    step = _add(commands, "trace", "provenance.lineage", words)
    step.add_argument("--models", type=Path, nargs="*", required=True)
    step.add_argument("--provenance", type=Path, required=True)
    step.add_argument("--folder", type=Path, required=True)

    step = _add(
        commands, "provenance", "provenance.manifest", "write what the results were made of"
    )
    step.add_argument("--counts", type=Path, nargs="+", required=True)
    step.add_argument("--lock", type=Path, required=True)
    step.add_argument("--output", type=Path, required=True)

    step = _add(commands, "report", "report.report", "put all that a run shows on one page")
    step.add_argument("--shown", type=Path, nargs="*", required=True)
    step.add_argument("--captions", type=Path, nargs="+", required=True)
    step.add_argument("--provenance", type=Path, required=True)
    step.add_argument("--output", type=Path, required=True)


def _add(
    commands: Any, name: str, module: str, words: str, *, function: str = ""
) -> argparse.ArgumentParser:
    """Add a step: a function of a module, with its settings as JSON."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=words, description=words)
    parser.set_defaults(command=_Step(module, function or name.replace("-", "_")))
    parser.add_argument(
        "--settings", type=json.loads, required=True, help="what the step reads of params.yaml"
    )
    return parser


def _path(text: str) -> Path:
    """Return a path that a person gives; an empty one would be the folder that this runs in."""
    if not text:
        raise argparse.ArgumentTypeError("a path has a character at least; . is this folder")
    return Path(text)


class _Step:
    """A function whose module is imported when it is called, not before."""

    def __init__(self, module: str, function: str) -> None:
        self.module, self._function = f"ecnet.{module}", function

    def __call__(self, **options: Any) -> int | None:
        status: int | None = getattr(importlib.import_module(self.module), self._function)(
            **options
        )
        return status
