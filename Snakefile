# EcNet, reproduced. `snakemake --cores 8 results/tables` and `results/figures` are the targets
# that a reader wants; without a target everything is made. The stages stand below in their order.
import gc
import os
import re
import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.27")

# Planning makes many objects that stay; to search them for cycles takes a fifth of its time.
gc.set_threshold(1_000_000)

# Jobs call the `ecnet` of the environment that runs Snakemake, activated or not, with the code
# beside this file, in every clone and in DVC's copies of one.
# HOME is the folder of this file, also where workflow/Snakefile includes it.
HOME = Path(str(workflow.current_basedir)).resolve()
SOURCE = str(HOME / "src")
os.environ.update(
    PATH=os.pathsep.join([str(Path(sys.executable).parent), *os.get_exec_path()]),
    PYTHONPATH=os.pathsep.join(filter(None, [SOURCE, os.environ.get("PYTHONPATH")])),
    ECNET_ROOT=str(HOME),
    ECNET_RUN=str(os.getpid()),
)
sys.path.insert(0, SOURCE)


include: "workflow/rules/plan.smk"
include: "workflow/rules/fetch.smk"
include: "workflow/rules/simulate.smk"
include: "workflow/rules/prepare.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/claims.smk"
include: "workflow/rules/devices.smk"
include: "workflow/rules/audit.smk"
include: "workflow/rules/protocol_check.smk"
include: "workflow/rules/render.smk"
include: "workflow/rules/provenance.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/guard.smk"


# On a cluster these jobs go to its nodes. All others take seconds and run where Snakemake is called;
# what fetches does so too, since nodes may have no internet.
ON_NODES = re.compile(
    "simulate_.*|shard|train|search|predict_.*|evaluate_.*|transfer|devices|check_studies"
)
workflow.localrules(*(rule.name for rule in workflow.rules if not ON_NODES.fullmatch(rule.name)))


TARGETS = {
    "data/encoded": [*PLAN.encoded(), *PLAN.counts],
    "results/metrics": [*METRICS, *COMPARED, *PLAN.transferred],
    **{target: [*files, *TRACES.get(target, ()), PROVENANCE] for target, files in RENDERED.items()},
}
TARGETS["results/audit"] += AUDIT
TARGETS[catalogue.RIVALS] += [RIVAL_CLAIMS, RIVAL_PROVENANCE]
TARGETS[catalogue.DEVICES] += [DEVICE_CLAIMS, *PLAN.measured_files]
MADE_BY_DEFAULT = [files for target, files in TARGETS.items() if target not in catalogue.ON_REQUEST]


rule all:
    default_target: True
    input:
        lambda _: wanted([file for files in MADE_BY_DEFAULT for file in files] + [REPORT]),


# The second spelling of each is what shells complete to.
for alias in (spelling for target in TARGETS for spelling in (target, f"{target}/")):

    rule:
        name:
            alias
        input:
            lambda _, alias=alias: wanted(TARGETS[alias.rstrip("/")]),
