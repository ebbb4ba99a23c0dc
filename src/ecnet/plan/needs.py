"""What tables and figures need of the variants, and variants of the data.

Looked at before anything is made.
"""

from collections.abc import Iterator

from ecnet import datasets
from ecnet.config import params, protocols
from ecnet.config.params import Params
from ecnet.config.protocols import DEFAULT, RIVALS
from ecnet.plan.devices import MEASURED, Devices
from ecnet.plan.layout import CONTROL, RIVAL_TASKS, TUNING, Layout
from ecnet.plan.rivals import Rivals
from ecnet.render.grid import CELLS

_BY_CELL = {"table-8": "Table VIII", "figure-5": "Figure 5"}
"""The places that set recurrent cells side by side, and so need each of them."""


def errors(layout: Devices) -> Iterator[str]:
    """Yield an error for each variant that a table or figure lacks, or cannot show."""
    variants = layout.params["variants"]
    if CONTROL not in variants:
        yield (
            f"variants.{CONTROL} is missing: every table and figure shows it beside the others, as "
            "what any result must beat; put it back"
        )
    for suffix, whose in ((TUNING, "snakemake tune"), (RIVALS, "snakemake results/rivals")):
        if (own := suffix.removeprefix(".")) in layout.params["protocols"]:
            yield f"protocols.{own}: the splits of `{whose}` have this name; choose another one"
    for place, title in _BY_CELL.items():
        yield from _cell_errors(layout.params, place, title)
    for place in RIVAL_TASKS:
        yield from _rival_errors(layout, place)
    for name in layout.measured:
        if why := layout.unmeasurable(name):
            yield f"variants.{name} is shown in {MEASURED}, and it {why}; leave {MEASURED} out"
    yield from _split_errors(layout)
    for name in variants:
        yield from _protocol_errors(layout, name)
        yield from _data_errors(layout, name)


def _cell_errors(values: Params, place: str, title: str) -> Iterator[str]:
    """Yield an error for each cell of a table or figure that no variant fills, or two do."""
    found: dict[tuple[str, str], str] = {}
    for name in params.shown(values, place):
        own = params.hyperparameters(values, name)
        key = own.get("branches", ""), own.get("cell", "")
        if not key[1] or values["variants"][name].get("protocol"):
            continue  # a control, which has a row of its own
        if found.setdefault(key, name) != name:
            yield (
                f"variants.{name} and variants.{found[key]} are both {key[1]} with {key[0]} "
                f"branches; show only one of them in {place}"
            )
    ways = ["separate"] if place == "figure-5" else dict.fromkeys(way for way, _ in found)
    for way in ways:
        for cell in CELLS:
            if (way, cell) not in found:
                yield (
                    f"variants: none with cell: {cell} and branches: {way} is shown in {place}, "
                    f"and {title} needs each of {', '.join(CELLS)}; add {place} to its `shown`"
                )


def _rival_errors(layout: Rivals, place: str) -> Iterator[str]:
    """Yield an error for each variant in a table of other systems that its family rules out."""
    for name in params.shown(layout.params, place):
        if why := layout.unable(name, place):
            yield f"variants.{name} is shown in {place}, and it {why}; leave {place} out"


def _split_errors(layout: Layout) -> Iterator[str]:
    """Yield an error for each dataset that cannot be split by the rule of the default protocol."""
    split = layout.params["split"]
    changed = {"split": {"rule": split["rule"], "official": False}}
    for dataset in layout.datasets:
        declared = datasets.load(dataset)
        if split["official"] and protocols.official(declared.format(layout.format(dataset))):
            continue  # its own split is kept
        if why := layout.unfit(dataset, changed):
            yield (
                f"split.rule is {split['rule']}, which says nothing on {declared.title}: {why}; "
                "choose another rule, or leave the dataset out of data.include"
            )


def _protocol_errors(layout: Layout, variant: str) -> Iterator[str]:
    """Yield an error for each dataset on which the protocol of a variant says nothing."""
    protocol = layout.protocol(variant)
    for dataset in layout.datasets if protocol != DEFAULT else ():
        if why := layout.refusal(dataset, protocol):
            yield (
                f"variants.{variant}.protocol is {protocol.removeprefix('.')}, which says nothing "
                f"on {datasets.load(dataset).title}: {why}; leave one of them out"
            )


def _data_errors(layout: Layout, variant: str) -> Iterator[str]:
    """Yield an error for each dataset that lacks what a variant's hyperparameters ask for."""
    own = {layout.family(variant): params.hyperparameters(layout.params, variant)}
    for dataset in layout.datasets:
        if why := layout.unfit(dataset, {"models": own}):
            yield (
                f"variants.{variant} cannot be trained on {datasets.load(dataset).title}: {why}, "
                "as sequence: flows needs; choose sequence: tokens, or leave one of them out"
            )
