"""The commands: one for each step of the pipeline, and a few for people."""

import argparse
import functools
import importlib
from collections.abc import Callable, Sequence
from typing import Any

from ecnet.runtime import arguments

COMMANDS = {
    # For people.
    "where": ("fetch.where:where", "show what a dataset contains, and where to get it"),
    "cite": ("fetch.where:cite", "show how to cite a dataset, and its licence"),
    "croissant": ("fetch.croissant:croissant", "print the metadata of a dataset in Croissant"),
    "compare": (
        "provenance.compare:compare",
        "compare the numbers of two runs, as Markdown; status 1 for an unexplained change",
    ),
    "audit": (
        "audit.native_file:run",
        "find what makes results on a dataset's file look too good: duplicates, shortcuts, small "
        "classes, drift",
    ),
    "score": (
        "evaluate.scoring:command",
        "classify the records of native files, or of lines as they arrive, with a trained model",
    ),
    "export": (
        "report.export:export",
        "write a folder with all that scoring with a trained model needs, and a model card",
    ),
    "upstream": (
        "fetch.upstream:upstream",
        "compare the raw files with their sources; status 1 if one has changed or is gone",
    ),
    "verify": (
        "provenance.verify:verify",
        "compare every recorded digest with the disk; status 1 if one differs",
    ),
    "publish": (
        "report.publish:publish",
        "write a page of what a finished run found, as Markdown and SVG",
    ),
    "ro-crate": (
        "provenance.ro_crate:ro_crate",
        "write a finished run as a Workflow Run RO-Crate, without records",
    ),
    "mlflow": ("report.tracking:mlflow", "write a finished run to a store of MLflow"),
    "simulate": ("simulate.raw_file:simulate", "simulate a dataset in its native files"),
    "fit-simulator": (
        "simulate.fit:fit",
        "fit the distributions of simulated datasets to real records",
    ),
    "fidelity": (
        "audit.fidelity:fidelity",
        "measure how far simulated traffic is from real records",
    ),
    # From raw files to tensors.
    "fetch": ("fetch.fetch:fetch", "fetch one native file and verify it"),
    "unpack": ("fetch.fetch:unpack", "unpack native files of one .tar.gz and verify them"),
    "simulate-files": ("simulate.raw_file:run", "write the native files of a simulated dataset"),
    "shard": ("prepare.sample:shard", "sample one raw file"),
    "merge": ("prepare.sample:merge", "merge the shards of a dataset into its sample"),
    "union": ("prepare.union:union", "merge the samples of several datasets on shared features"),
    "audit-dataset": ("audit.dataset:run", "audit the sample of a dataset"),
    "split": ("prepare.split:split", "assign the records of a sample to subsets"),
    "encode": ("prepare.encode:encode", "turn subsets into tensors, fitted on train only"),
    # From tensors to metrics.
    "train": ("train.train:run", "train one variant with all seeds"),
    "tune": (
        "train.tune:run",
        "search the hyperparameters of one variant on the validation set",
    ),
    "predict": ("evaluate.predict:run", "classify the test records with several variants"),
    "evaluate": ("evaluate.evaluate:run", "compute every number that a table shows"),
    "transfer": (
        "evaluate.transfer:run",
        "train without some networks, captures or attacks, and test on them",
    ),
    "devices": (
        "evaluate.devices:run",
        "measure what models take of an emulated microcontroller",
    ),
    # From metrics to a verdict on each claim.
    "statistics": ("claims.statistics:run", "compute intervals, tests and ranks of the metrics"),
    "protocols": ("claims.protocols:run", "compare other protocols with the default one"),
    "claims": ("claims.claims:claims", "judge each claim of the paper"),
    "check-studies": (
        "claims.protocol_check.studies:run",
        "draw many small studies of which the true differences are known",
    ),
    # Tables, figures and the report.
    "tables": ("render.tables:tables", "write tables, each in four formats"),
    "figures": ("render.figures:figures", "draw figures, each in three formats"),
    "check-protocol": (
        "render.protocol_check:protocol_check",
        "show how often intervals hold the truth, and how often verdicts are wrong",
    ),
    "trace": ("provenance.lineage:trace", "write what each cell of each table was made of"),
    "provenance": ("provenance.manifest:provenance", "write what the results were made of"),
    "report": ("report.report:report", "put all that a run shows on one page"),
}
"""For each command its function, as module:name in `ecnet`, and its help."""


def parse(given: Sequence[str]) -> functools.partial[int | None]:
    """Return the function call that a command line describes.

    Imports only the module of the given command, and none for the list of commands.

    Raises:
        SystemExit: the arguments are invalid, or help is printed.
    """
    parser = argparse.ArgumentParser(
        prog="ecnet",
        description="The steps of the EcNet pipeline; Snakemake calls them in order.",
        epilog="status: 0 done; 1 the answer of commands whose help says so; 2 an error that you "
        "can fix, in one line; 70 a bug, with a traceback; 130 Ctrl-C; 141 the output is closed",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, (_, words) in COMMANDS.items():
        command = commands.add_parser(name, help=words, description=words, allow_abbrev=False)
        if name in given[:1]:
            arguments.add(command, function(name))
    options = vars(parser.parse_args(given))
    return functools.partial(function(given[0]), **options)


def function(command: str) -> Callable[..., Any]:
    """Return the function of a command, and import its module."""
    module, name = COMMANDS[command][0].split(":")
    found: Callable[..., Any] = getattr(importlib.import_module(f"ecnet.{module}"), name)
    return found
