"""Memory and time of the jobs that may grow with their input, as Snakemake's resources.

A scheduler of a cluster ends a job that takes more. Then the job is tried again, with more.
"""

from collections.abc import Callable
from typing import Any, NamedTuple


class Resources(NamedTuple):
    """What a job takes at most: MB and minutes, and how many of each for a MB of its input."""

    mb: int
    minutes: int
    mb_each: float = 0
    minutes_each: float = 0


# Each is about three times the most that was measured on real records: docs/cluster.md. The samples
# are compressed: a MB of them is 20 to 40 MB in memory. On a cluster 500 MB are Snakemake's own.
_JOBS = {
    "simulate": Resources(2000, minutes=60),
    "shard": Resources(2000, minutes=30, minutes_each=1 / 60),
    "split": Resources(1000, minutes=10, mb_each=40, minutes_each=1),
    "encode": Resources(1000, minutes=10, mb_each=80, minutes_each=1),
    "audit": Resources(1500, minutes=10, mb_each=40, minutes_each=1),
    "train": Resources(1500, minutes=60, mb_each=10, minutes_each=1),
    "search": Resources(1500, minutes=600, mb_each=10, minutes_each=10),
    "predict": Resources(1500, minutes=10, mb_each=10, minutes_each=1),
    "evaluate": Resources(1000, minutes=10, mb_each=10, minutes_each=1),
    "transfer": Resources(1500, minutes=60, mb_each=40, minutes_each=20),
    "devices": Resources(2000, minutes=120),
    "check_studies": Resources(2000, minutes=30),
}


def of(job: str) -> dict[str, Callable[..., int]]:
    """Return the resources of a job's rule: functions that Snakemake calls for each attempt."""
    most = _JOBS[job]

    def mem_mb(wildcards: Any, input: Any, attempt: int) -> int:  # noqa: ARG001 - as Snakemake calls
        return attempt * int(most.mb + most.mb_each * input.size_mb)

    def runtime(wildcards: Any, input: Any, attempt: int) -> int:  # noqa: ARG001 - as Snakemake calls
        return attempt * int(most.minutes + most.minutes_each * input.size_mb)

    return {"mem_mb": mem_mb, "runtime": runtime}
