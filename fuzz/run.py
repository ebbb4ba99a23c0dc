"""Look for input that a reader does not take well, guided by what of the code it reaches.

Inputs are mutated byte by byte, and of some targets one in four is made anew by a grammar.

    python fuzz/run.py delimited --seconds 600

Begins with tests/corpus/TARGET and adds to results/fuzz/TARGET. An input that raises anything but
an InputError, takes more than ten seconds or two gigabytes is written there as crash-...,
timeout-... or oom-..., and ends the search. `--keep` copies the smallest of what was found, each of
which reached something new, into tests/corpus, where the tests run them.

Needs atheris: pip install --editable '.[fuzz]'
"""

import argparse
import functools
import shutil
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ecnet"], enable_loader_override=False):
    import grammar
    import targets

ROOT = Path(__file__).parents[1]
MOST, KEPT = 16384, 40
"""Bytes of an input, and inputs of a target that are kept."""


def main() -> None:
    """Fuzz one target, or keep what was found."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("target", choices=targets.TARGETS)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--keep", action="store_true", help="copy what was found into the tests")
    given = parser.parse_args()
    found = ROOT / "results/fuzz" / given.target
    kept = ROOT / "tests/corpus" / given.target
    for folder in (found, kept):
        folder.mkdir(parents=True, exist_ok=True)
    options = [f"-max_len={MOST}", "-timeout=10", "-rss_limit_mb=2048", "-verbosity=0"]
    if given.keep:
        for path in sorted(found.iterdir(), key=lambda path: path.stat().st_size)[:KEPT]:
            shutil.copy(path, kept / path.name)
        return
    options += [f"-max_total_time={given.seconds}", f"-artifact_prefix={found}/"]
    options += ["-print_final_stats=1", str(found), str(kept)]
    atheris.Setup(
        [sys.argv[0], *options],
        targets.TARGETS[given.target],
        custom_mutator=functools.partial(mutated, given.target),
    )
    atheris.Fuzz()


def mutated(target: str, data: bytes, most: int, seed: int) -> bytes:
    """Return another input than `data`, of `most` bytes at most."""
    if target in grammar.MAKERS and seed % 4 == 0:
        return grammar.made(target, seed)[:most]
    return bytes(atheris.Mutate(data, most))


if __name__ == "__main__":
    main()
