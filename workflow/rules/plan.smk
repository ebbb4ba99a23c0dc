# What there is to do: params.yaml checked, datasets found. No rule of its own.
from snakemake.logging import logger

from ecnet import machine
from ecnet.plan import plan
from ecnet.plan import again, outcomes

with machine.in_words():
    PLAN = plan.make(config, failed=again.failed())

for notice in PLAN.notices:
    logger.warning(notice)


def wanted(files):
    """Return files to make; where a run begins without samples, these alone, and then the files."""
    first = sampling_first()
    return PLAN.targets(PLAN.counts if first else files)


def sampling_first():
    """Tell whether this pass only samples, and `guard.smk` then begins the call anew."""
    executes = workflow.executor_plugin is not None and not (workflow.dryrun or workflow.touch)
    if not executes or workflow.execution_settings.no_hooks:
        return False
    return again.possible() and bool(PLAN.outcomes.unsampled)


def megabytes(files):
    """Return the size of files; Snakemake's own `size_mb` takes a millisecond for some twenty."""
    return sum(os.path.getsize(file) for file in files if os.path.exists(file)) // 1_000_000


def own(path):
    """Return a file of the project as rules name it: by its full path where it lies elsewhere.

    From its own folder, so that a clone elsewhere finds it in the records.
    """
    home = Path(workflow.basedir)
    return path if home.samefile(Path.cwd()) else str(home.resolve() / path)


wildcard_constraints:
    dataset="[a-z0-9-]+",
    file="[^/]+",
    protocol=r"(\.[a-z0-9-]+)?",
    seed=r"\d+",
    task="multiclass|binary",
    variant="[a-z0-9-]+",
