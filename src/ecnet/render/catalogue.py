"""The catalogue of tables and figures: what each one is, who makes it, and where it is shown.

The rules, the report, `plan` and the provenance of tables read it. A new table is one entry of
RESULTS, a function that returns it, and its caption in workflow/report.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from ecnet.datasets import papers

FORMATS = {"tables": ("html", "csv", "md", "tex"), "figures": ("svg", "pdf", "png")}
"""The formats that each step writes, the one that reports show first."""

REPORTED = "reported"
"""The input of a job that is the file of the paper, not an option of its command."""

RIVALS, DEVICES = "results/rivals", "results/devices"
ON_REQUEST = (RIVALS, DEVICES)
"""The targets of other systems and of microcontrollers, and their folders. They are made by name
alone, and shown if they were made."""

SECTIONS = {
    "claims": "Verdicts on the paper's claims",
    "results": "Tables VI to VIII, Figures 5 and 6",
    "transfer": "On networks, captures and attacks not seen in training",
    "statistics": "Which differences are significant",
    "rivals": "Other systems",
    "devices": "On a microcontroller",
    "protocol": "What a careless protocol adds",
    "classes": "Class by class",
    "calibration": "Confidence and false alarms",
    "data": "The data",
    "audits": "Audits of the datasets",
    "paper": "The paper's own numbers",
}
"""The sections of the report, in order, and their titles."""


@dataclass(frozen=True)
class Job:
    """A job that makes several tables or figures.

    step: `tables` or `figures`, the command. inputs: the kinds of files that it reads (see
    `ecnet.render.sources.Sources`), which are its options. target: the Snakemake target that it
    belongs to. folder: of its files.
    """

    name: str
    message: str
    step: Literal["tables", "figures"]
    inputs: tuple[str, ...]
    target: str
    folder: str

    @property
    def options(self) -> list[str]:
        """The inputs that are options of its command."""
        return [kind for kind in self.inputs if kind != REPORTED]


# fmt: off
_JOBS = (
    Job("model_tables", "Tables VI to VIII, and those of classes, calibration and false alarms",
        "tables", ("metrics", "splits", REPORTED), "results/tables", "results/tables"),
    Job("data_tables", "Tables I to V, and that of the datasets",
        "tables", ("counts", "splits"), "results/tables", "results/tables"),
    Job("verdict_tables", "The tables of comparisons, variance and claims",
        "tables", ("statistics", "claims"), "results/tables", "results/tables"),
    Job("protocol_tables", "The tables of inflation, features and interpretation",
        "tables", ("protocols",), "results/protocols", "results/tables"),
    Job("model_figures", "Figures 5 and 6, and the reliability diagrams",
        "figures", ("metrics", REPORTED), "results/figures", "results/figures"),
    Job("confusion_matrices", "The confusion matrices",
        "figures", ("metrics",), "results/figures", "results/figures"),
    Job("forest_plots", "The forest plots of all comparisons",
        "figures", ("claims",), "results/figures", "results/figures"),
    Job("critical_difference", "The critical-difference diagram",
        "figures", ("statistics",), "results/figures", "results/figures"),
    Job("transfer_tables", "The tables of networks, captures and attacks not seen in training",
        "tables", ("transfers",), "results/tables", "results/tables"),
    Job("transfer_figures", "The figures of networks, captures and attacks not seen in training",
        "figures", ("transfers",), "results/figures", "results/figures"),
    Job("rivals_tables", "The tables of other systems",
        "tables", ("metrics", "statistics"), RIVALS, RIVALS),
    Job("rivals_claims", "The claims on other systems",
        "tables", ("claims",), RIVALS, RIVALS),
    Job("rivals_ranks", "The ranks of other systems",
        "figures", ("statistics",), RIVALS, RIVALS),
    Job("rivals_comparisons", "The forest plot of other systems",
        "figures", ("claims",), RIVALS, RIVALS),
    Job("device_tables", "What models take of a microcontroller, and the claim on it",
        "tables", ("devices", "claims"), DEVICES, DEVICES),
    Job("device_figures", "The figure of accuracy against instructions",
        "figures", ("devices",), DEVICES, DEVICES),
    Job("audit_table", "The audits of all datasets, as a table",
        "tables", ("audits",), "results/audit", "results/audit"),
    Job("audit_figure", "The audits of all datasets, as a figure",
        "figures", ("audits",), "results/audit", "results/audit"),
)
# fmt: on
JOBS = {job.name: job for job in _JOBS}


@dataclass(frozen=True)
class Result:
    """A table or figure, or one for each dataset where its name holds `{dataset}`.

    name: of its files. title: in the report; may hold `{dataset}`. section: of the report.
    job: of JOBS; the page of an audit is made by the rule `audit`. function: `module.function` of
    `ecnet.render`. place: the variants that it shows, as in `shown` of params.yaml; empty for
    none, or for all of the default protocol. task: whose metrics it shows; empty for both.
    seeds: what it depends on: `runs`, `protocols`, `transfer`, `rivals`, `first` (run),
    `samples`, or nothing.
    dataset: the only one that it is about. folded: the report shows it on request. caption: the
    stem of its caption in workflow/report, where results share one.
    """

    name: str
    title: str
    section: str
    job: str
    function: str = ""
    place: str = ""
    task: str = "multiclass"
    seeds: str = "runs"
    dataset: str = ""
    folded: bool = False
    caption: str = ""

    def heading(self, titles: Mapping[str, str]) -> str:
        """Return its title in the report. titles: name of a dataset -> its title."""
        return self.title.format(dataset=titles.get(self.dataset, self.dataset))

    @property
    def reading(self) -> str:
        """The stem of its caption in workflow/report."""
        return self.caption or self.name

    @property
    def traced(self) -> bool:
        """Whether a file NAME.provenance.json leads from its cells to models."""
        return self.seeds in ("runs", "protocols", "rivals") and JOBS[self.job].step == "tables"

    @property
    def target(self) -> str:
        """The Snakemake target that it belongs to."""
        return JOBS[self.job].target if self.job in JOBS else "results/audit"

    @property
    def files(self) -> list[str]:
        """Its files, the one that is shown first."""
        if self.job not in JOBS:
            return [f"results/audit/{self.name}.html"]
        job = JOBS[self.job]
        return [f"{job.folder}/{self.name}.{suffix}" for suffix in FORMATS[job.step]]

    def each(self, datasets: Iterable[str]) -> list["Result"]:
        """Return the result, or one for each dataset."""
        if "{dataset}" not in self.name:
            return [self]
        return [replace(self, name=self.name.format(dataset=d), dataset=d) for d in datasets]


def _of_paper(number: int, roman: str, title: str) -> tuple[Result, ...]:
    """Return Table VI, VII or VIII: as measured, beside the paper's numbers, and those alone."""
    name, place = f"table_{number}", f"table-{number}"
    measured = Result(
        name, f"Table {roman}, measured: {title}", "results",
        "model_tables", "results.measured", place,
    )  # fmt: skip
    return (
        measured,
        replace(
            measured, name=f"{name}_compared", title=f"Table {roman}: measured beside reported",
            function="results.compared", caption="table_compared",
        ),
        replace(
            measured, name=f"{name}_reported", title=f"Table {roman}, as reported",
            section="paper", function="results.reported", caption="table_reported", seeds="",
        ),
    )  # fmt: skip


# fmt: off
RESULTS = (
    Result("forest", "Every comparison: its interval, and the margin reported", "claims",
           "forest_plots", "forest.accuracy", task=""),
    Result("forest_averages", "The same in F1", "claims",
           "forest_plots", "forest.averages", task="", folded=True),
    Result("claims", "The table of claims", "claims",
           "verdict_tables", "claims.claims", task=""),
    *_of_paper(6, "VI", "EcNet and its baselines"),
    *_of_paper(7, "VII", "the attention module"),
    *_of_paper(8, "VIII", "separate and merged features"),
    Result("figure_5", "Figure 5, measured: LSTM, RNN and GRU", "results",
           "model_figures", "accuracy.measured", "figure-5"),
    Result("figure_5_compared", "Figure 5: measured beside reported", "results",
           "model_figures", "accuracy.compared", "figure-5"),
    Result("figure_6", "Figure 6, measured: normal against attack", "results",
           "model_figures", "confusion.binary", "figure-6", "binary"),
    Result("transfer", "On another network", "transfer",
           "transfer_figures", "heat_map.networks", task="binary", seeds="transfer",
           caption="transfer_figure"),
    Result("transfer", "On another network, with intervals", "transfer",
           "transfer_tables", "transfer.networks", task="binary", seeds="transfer", folded=True),
    Result("transfer_classes", "On another network, all classes", "transfer",
           "transfer_tables", "transfer.classes", seeds="transfer", folded=True),
    Result("unknown_attacks", "Attacks of a kind that is not in training", "transfer",
           "transfer_figures", "dumbbell.attacks", task="binary", seeds="transfer",
           caption="left_out_figure"),
    Result("unknown_attacks", "Attacks of a kind that is not in training, with false alarms",
           "transfer", "transfer_tables", "transfer.attacks", task="binary", seeds="transfer",
           folded=True),
    Result("transfer_captures", "Captures that are not in training", "transfer",
           "transfer_figures", "dumbbell.captures", task="binary", seeds="transfer",
           caption="left_out_figure"),
    Result("transfer_captures", "Captures that are not in training, with intervals", "transfer",
           "transfer_tables", "transfer.captures", task="binary", seeds="transfer", folded=True),
    Result("critical_difference", "Ranks over datasets", "statistics",
           "critical_difference", "ranks.ranks"),
    Result("significance", "The comparisons that the paper makes", "statistics",
           "verdict_tables", "significance.significance", task="", folded=True),
    Result("variance", "Where the variation comes from", "statistics",
           "verdict_tables", "significance.variance", task=""),
    Result("rivals", "All classes", "rivals",
           "rivals_tables", "rivals.rivals", "rivals", seeds="rivals"),
    Result("rivals_binary", "Normal against attack", "rivals",
           "rivals_tables", "rivals.rivals", "rivals-binary", "binary", seeds="rivals",
           caption="rivals"),
    Result("frames", "Bytes of packets", "rivals",
           "rivals_tables", "rivals.rivals", "frames", seeds="rivals", caption="rivals"),
    Result("devices", "Which device it is", "rivals",
           "rivals_tables", "rivals.rivals", "devices", seeds="rivals", caption="rivals"),
    Result("ranks", "Ranks over datasets, all classes", "rivals",
           "rivals_ranks", "ranks.ranks", seeds="rivals", caption="critical_difference"),
    Result("related_work", "Claims of Section II", "rivals",
           "rivals_claims", "claims.claims", task="", seeds="rivals", caption="claims"),
    Result("comparisons", "Every comparison with its interval", "rivals",
           "rivals_comparisons", "forest.accuracy", task="", seeds="rivals", folded=True,
           caption="forest"),
    Result("light", "The claim on constrained devices", "devices",
           "device_tables", "claims.claims", task="", seeds="first", caption="claims"),
    Result("accuracy_by_cost", "Accuracy against instructions", "devices",
           "device_figures", "cost.figure", seeds="first"),
    Result("cost", "What models take of a microcontroller", "devices",
           "device_tables", "cost.table", seeds="first"),
    Result("inflation", "Scores under careless protocols", "protocol",
           "protocol_tables", "protocols.inflation", "inflation", seeds="protocols"),
    Result("features", "Scores without features in doubt", "protocol",
           "protocol_tables", "protocols.features", "features", seeds="protocols"),
    Result("interpretation", "Readings of the paper", "protocol",
           "protocol_tables", "protocols.interpretation", "interpretation", seeds="protocols"),
    Result("per_class", "Precision, recall and F1 of each class", "classes",
           "model_tables", "per_class.per_class", "table-6"),
    Result("confusion_{dataset}", "Confusion matrices: {dataset}", "classes",
           "confusion_matrices", "matrices.multiclass", "table-6", caption="confusion"),
    Result("calibration", "Calibration", "calibration",
           "model_tables", "calibration.calibration", "table-6"),
    Result("reliability", "Reliability diagrams", "calibration",
           "model_figures", "reliability.reliability", "table-6"),
    Result("false_alarms", "False alarms at fixed detection rates", "calibration",
           "model_tables", "calibration.false_alarms", "figure-6", "binary"),
    Result("datasets", "The datasets", "data",
           "data_tables", "overview.datasets", seeds="samples"),
    *(
        Result(f"table_{number}", "Label counts: {dataset}", "data",
               "data_tables", "counts.label_counts", seeds="samples",
               dataset=dataset, caption="label_counts")
        for number, dataset in enumerate(papers.reproduced().label_tables.values(), start=1)
    ),
    Result("audit", "The audits at a glance", "audits",
           "audit_figure", "audit_figure.audit_figure", seeds="samples", caption="audit_figure"),
    Result("audit", "The audits of all datasets", "audits",
           "audit_table", "audits.audit_table", seeds="samples"),
    Result("{dataset}", "Audit: {dataset}", "audits",
           "audit", seeds="samples", folded=True, caption="audit_dataset"),
)
"""Every table and figure, in the order of the report within each section."""
# fmt: on


def all_of(datasets: Iterable[str]) -> list[Result]:
    """Return all results, one for each dataset where they are by dataset."""
    names = list(datasets)
    return [one for result in RESULTS for one in result.each(names)]


def of_job(name: str, datasets: Iterable[str]) -> list[Result]:
    """Return the results of a job, one for each dataset where they are by dataset."""
    return [result for result in all_of(datasets) if result.job == name]


def modules(name: str) -> list[str]:
    """Return the modules whose code a job runs, its command first."""
    found = {result.function.partition(".")[0] for result in RESULTS if result.job == name}
    return [f"ecnet.render.{module}" for module in (JOBS[name].step, *sorted(found))]
