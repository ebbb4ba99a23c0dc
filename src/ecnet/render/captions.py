"""What the captions of tables and figures say alike: how it was counted, and what is simulated."""

from collections.abc import Mapping

from ecnet.render.inputs import Settings, is_simulated

UNIT = {"vector": "each distinct vector counted once", "record": "each record counted"}


def over_runs(settings: Settings) -> str:
    """Say how records were counted, and over what the means are."""
    n = len(settings.seeds)
    over = f"mean ± standard deviation over {n} seeds" if n > 1 else "a single seed"
    return f"{UNIT[settings.unit]}; {over}"


def simulated(sources: Mapping[str, str]) -> str:
    """Return a sentence that names the datasets with simulated records; empty if there is none.

    sources: title of a dataset -> the source of its records.
    """
    titles = [title for title, source in sources.items() if is_simulated(source)]
    return f"Measured on simulated data: {', '.join(titles)}." if titles else ""
