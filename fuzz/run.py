"""Look for input that a reader does not take well, guided by what of the code it reaches.

    python fuzz/run.py delimited --seconds 600

Begins with tests/corpus/TARGET and adds to results/fuzz/TARGET. An input that raises anything but
an InputError, takes more than ten seconds or two gigabytes is written there as crash-...,
timeout-... or oom-..., and ends the search. `--keep` moves the fewest inputs that reach all that
was reached into tests/corpus, where the tests run them.

Needs atheris: pip install --editable '.[fuzz]'
"""

import argparse
import shutil
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ecnet"], enable_loader_override=False):
    import targets

ROOT = Path(__file__).parents[1]
MOST = 16384
"""Bytes of an input that is kept."""


def main() -> None:
    """Fuzz one target, or keep what was found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("target", choices=targets.TARGETS)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--keep", action="store_true", help="move what was found into the tests")
    given = parser.parse_args()
    found = ROOT / "results/fuzz" / given.target
    kept = ROOT / "tests/corpus" / given.target
    for folder in (found, kept):
        folder.mkdir(parents=True, exist_ok=True)
    options = [f"-max_len={MOST}", "-timeout=10", "-rss_limit_mb=2048", "-verbosity=0"]
    if given.keep:
        merged = found.with_name(f"{given.target}-merged")
        shutil.rmtree(merged, ignore_errors=True)
        merged.mkdir()
        options += ["-merge=1", str(merged), str(kept), str(found)]
    else:
        options += [f"-max_total_time={given.seconds}", f"-artifact_prefix={found}/"]
        options += ["-print_final_stats=1", str(found), str(kept)]
    atheris.Setup([sys.argv[0], *options], targets.TARGETS[given.target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
