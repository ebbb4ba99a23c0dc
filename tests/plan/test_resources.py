"""Memory and time of jobs: more where the input is larger, and at each attempt."""

from types import SimpleNamespace

from ecnet.plan import resources


def asked(job: str, mb: float, attempt: int = 1) -> dict[str, int]:
    """Return what Snakemake is told of a job with so much input."""
    given = SimpleNamespace(size_mb=mb)
    return {name: ask(None, given, attempt) for name, ask in resources.of(job).items()}


def test_more_input_takes_more_memory_and_time() -> None:
    small, large = asked("train", 1), asked("train", 1000)
    assert large["mem_mb"] > small["mem_mb"]
    assert large["runtime"] > small["runtime"]


def test_files_are_sampled_in_the_same_memory_whatever_their_size() -> None:
    small, large = asked("shard", 1), asked("shard", 10_000)
    assert large["mem_mb"] == small["mem_mb"] <= 2048
    assert large["runtime"] > small["runtime"]


def test_another_attempt_takes_as_much_again_of_both() -> None:
    assert asked("train", 30, attempt=2) == {k: 2 * v for k, v in asked("train", 30).items()}
