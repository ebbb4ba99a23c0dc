"""What the captions of tables and figures say alike: how it was counted, and what is simulated."""

from collections.abc import Mapping

from ecnet.render.inputs import is_simulated

UNIT = {"vector": "each distinct vector counted once", "record": "each record counted"}


def simulated(sources: Mapping[str, str]) -> str:
    """Return a sentence that names the datasets with simulated records; empty if there is none.

    sources: title of a dataset -> the source of its records.
    """
    titles = [title for title, source in sources.items() if is_simulated(source)]
    return f"Measured on simulated data: {', '.join(titles)}." if titles else ""
