# What there is to do: params.yaml checked, datasets found. It has no rule of its own.
from snakemake.logging import logger

from ecnet import machine, paths
from ecnet.config import params_file
from ecnet.plan import again, layout, outcomes, plan, resources
from ecnet.runtime import runs

if not Path("params.yaml").exists():
    sys.exit(
        f"params.yaml: is not in {Path.cwd()}; run in the folder of the Snakefile, add "
        f"--directory {HOME}, or copy its params.yaml here"
    )

# Before Snakemake reads these files: it would run what a template in them says.
with machine.in_words():
    for given in (Path("params.yaml"), *workflow.config_settings.configfiles):
        params_file.read(given)


configfile: "params.yaml"


with machine.in_words():
    PLAN = plan.make(config, failed=again.failed())

for notice in PLAN.notices:
    logger.warning(notice)


def raw_file(pattern):
    """Return a raw file, or a pattern or list of them, as an output; deleted if none are kept."""
    return pattern if PLAN.params["data"]["max_raw_files"] is None else temp(pattern)


def wanted(files):
    """Return the files to make; where the plan needs samples or audits first, these alone.

    Snakemake asks before it locks. Whether jobs will run is not known earlier.
    """
    if workflow.is_main_process and not executes():
        runs.withdraw()
    elif workflow.is_main_process and (why := runs.refusal()):
        sys.exit(why)
    return PLAN.targets(needed_first() or files)


def executes():
    """Tell whether jobs will run."""
    return workflow.executor_plugin is not None and not (workflow.dryrun or workflow.touch)


def needed_first():
    """Return what this pass makes alone, if anything; `guard.smk` then begins the call anew."""
    if not executes() or workflow.execution_settings.no_hooks or not again.possible():
        return []
    return PLAN.counts if PLAN.outcomes.unsampled else PLAN.unaudited


def grouped(name):
    """Return the group of a rule's jobs: none where nobody says how many of them make one job.

    A profile for a cluster says it (group-components). On one machine a group means nothing, but a
    dry run would show each of its jobs as one of a group.
    """
    return lambda _: name if name in workflow.group_settings.group_components else None


def own(path):
    """Return a file of the project as rules name it: relative, so that records hold in any clone.

    A run in another folder (--directory) names it by its full path.
    """
    return path if HOME.samefile(Path.cwd()) else str(HOME / path)


wildcard_constraints:
    dataset="[a-z0-9-]+",
    file="[^/]+",
    protocol=r"(\.[a-z0-9-]+)?",
    task="multiclass|binary",
    variant="[a-z0-9-]+",
