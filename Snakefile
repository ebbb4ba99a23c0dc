# EcNet, reproduced. `snakemake --cores 8 results/tables` and `results/figures` are the targets
# that a reader wants; without a target everything is made. The stages stand below in their order.
import os
import sys
from pathlib import Path

from snakemake.utils import min_version

min_version("9.27")

# Jobs call the `ecnet` of the environment that runs Snakemake, activated or not.
os.environ.update(
    PATH=os.pathsep.join([str(Path(sys.executable).parent), *os.get_exec_path()]),
    ECNET_ROOT=workflow.basedir,
)


configfile: "params.yaml"


include: "workflow/rules/plan.smk"
include: "workflow/rules/acquire.smk"
include: "workflow/rules/simulate.smk"
include: "workflow/rules/sample.smk"
include: "workflow/rules/union.smk"
include: "workflow/rules/split.smk"
include: "workflow/rules/encode.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/predict.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/render.smk"
include: "workflow/rules/provenance.smk"


rule all:
    default_target: True
    input:
        lambda _: PLAN.targets([*TABLES, *FIGURES, PROVENANCE]),


# The second spelling of each is what shells complete to.
for alias in ("results/tables", "results/tables/"):

    rule:
        name:
            alias
        input:
            lambda _: PLAN.targets([*TABLES, PROVENANCE]),


for alias in ("results/figures", "results/figures/"):

    rule:
        name:
            alias
        input:
            lambda _: PLAN.targets([*FIGURES, PROVENANCE]),
