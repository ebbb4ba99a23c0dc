"""Faults on purpose: a small project is disturbed, and the same call must make the same bytes.

    python tests/helpers/faults.py --times 3      the table, in docs/operations.md with --write

Each fault meets a run at a moment, or on a file, that the seed draws. Then the same call is made
again, as a user would. What was finished before must not be made again, nothing half-written may
stay, no process may go on, and every table and metric must be what an undisturbed run makes.
"""

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import psutil
from projects import MIRROR, ROOT, Project, new_project

DOCUMENT = ROOT / "docs/operations.md"
BEGIN, END = "<!-- faults -->", "<!-- /faults -->"
COMMAND = (sys.executable, "-m", "snakemake", "--cores", "2", "results/tables", *MIRROR)
STAGES = ("sample", "split", "encode", "train", "predict", "evaluate", "render")
YEARS = 400 * 24 * 3600


class Result(NamedTuple):
    """What came of a fault. when: the last step that had begun. ended, again: of both runs."""

    when: str
    ended: str
    again: str
    equal: bool
    left: list[str]


class Reference(NamedTuple):
    """An undisturbed run: the folder that it began with, its seconds, and what it made."""

    folder: Path
    seconds: float
    results: dict[str, bytes]


Fault = Callable[[Project, random.Random, Reference], tuple[str, str]]
"""Disturbs a run; returns when it did, and how the run ended."""


def reference(folder: Path) -> Reference:
    """Make a project of one dataset, and run a copy of it undisturbed."""
    project = new_project(folder / "new")
    project.params(lambda values: values["data"].update(include=["nsl-kdd"]))
    whole = copied(project.folder, folder / "whole")
    begin = time.monotonic()
    whole.done(*COMMAND)
    return Reference(project.folder, time.monotonic() - begin, whole.results())


def copied(folder: Path, to: Path) -> Project:
    shutil.copytree(folder, to, symlinks=True)
    return Project(to)


@contextmanager
def running(project: Project) -> Iterator[subprocess.Popen[bytes]]:
    """Start a run in a session of its own; its words go to a file."""
    with (project.folder / "run.log").open("wb") as log:
        process = subprocess.Popen(
            COMMAND,
            cwd=project.folder,
            env=project.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def said(project: Project) -> str:
    return (project.folder / "run.log").read_text(errors="replace")


def at_work(folder: Path) -> list[psutil.Process]:
    """Return the processes that work in a folder, or did before it was removed."""
    found = psutil.process_iter(["cwd"])
    return [process for process in found if (process.info["cwd"] or "").startswith(str(folder))]


def until(true: Callable[[], object], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.01)
    return bool(true())


def stage(project: Project) -> str:
    """Return the stage that a run is at, by the log that was written last."""
    logs = [(path.stat().st_mtime, path) for path in project.folder.glob("logs/**/*.log")]
    if not logs:
        return "the plan"
    return max(logs)[1].relative_to(project.folder / "logs").parts[0].removesuffix(".log")


def moment(
    process: subprocess.Popen[bytes],
    project: Project,
    by: random.Random,
    stages: Sequence[str] = STAGES,
) -> str:
    """Wait until a run is within a stage that is drawn; return it."""
    wanted = by.choice(stages)
    until(lambda: stage(project) == wanted or process.poll() is not None, seconds=120)
    time.sleep(by.uniform(0, 0.5))
    return stage(project)


def ended(process: subprocess.Popen[bytes], project: Project) -> str:
    """Wait for a run; return how it ended, and the line that says why."""
    status = process.wait(timeout=300)
    lines = re.findall(
        r"^(?:ecnet(?: stopped)?: .*|.*Another run is active.*|.*, and run again)$",
        said(project),
        re.MULTILINE,
    )
    words = f"; {lines[-1]}" if lines and status else ""
    return f"status {status}{words}".replace(f"{project.folder}/", "")


def steps_of(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """Return the steps that are at work for a run."""
    children = psutil.Process(process.pid).children(recursive=True)
    return [child for child in children if any(part.endswith("/ecnet") for part in child.cmdline())]


def kill_of_the_run(project: Project, by: random.Random, _: Reference) -> tuple[str, str]:
    with running(project) as process:
        when = moment(process, project, by)
        process.kill()
        return when, ended(process, project)


def kill_of_a_step(project: Project, by: random.Random, _: Reference) -> tuple[str, str]:
    """Kill a step as the system does that runs out of memory."""
    with running(project) as process:
        when = moment(process, project, by)
        steps: list[psutil.Process] = []

        def found() -> bool:
            with suppress(psutil.NoSuchProcess):  # one that ends while it is looked at
                steps[:] = steps_of(process)
            return bool(steps) or process.poll() is not None

        until(found, seconds=60)
        with suppress(psutil.NoSuchProcess):
            for step in steps[:1]:
                step.kill()
        return when, ended(process, project)


def kill_of_all(project: Project, by: random.Random, _: Reference) -> tuple[str, str]:
    with running(project) as process:
        when = moment(process, project, by)
        with suppress(psutil.NoSuchProcess):
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
        process.kill()
        return when, ended(process, project)


def interruption(project: Project, by: random.Random, _: Reference) -> tuple[str, str]:
    """Press Ctrl-C."""
    with running(project) as process:
        when = moment(process, project, by)
        os.killpg(process.pid, signal.SIGINT)
        return when, ended(process, project)


def full_disk(project: Project, by: random.Random, whole: Reference) -> tuple[str, str]:
    """Have too little room for what a run makes."""
    size = sum(len(content) for content in whole.results.values())
    room = by.randint(size // 20, size)
    return _on_a_disk(project, f"size={room}", "size=1g")


def read_only(project: Project, _: random.Random, __: Reference) -> tuple[str, str]:
    return _on_a_disk(project, "ro", "rw")


def _on_a_disk(project: Project, first: str, then: str) -> tuple[str, str]:
    """Run with results/ on a disk of its own, which is mended after the run has failed."""
    place = project.folder / "results"
    place.mkdir(exist_ok=True)
    mount("-t", "tmpfs", "-o", first, "tmpfs", str(place))
    with running(project) as process:
        how = ended(process, project)
    when = stage(project)
    mount("-o", f"remount,{then}", str(place))
    return when, how


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True)


def can_mount() -> bool:
    """Tell whether this process may mount a disk, which takes root, and not in every container."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            mount("-t", "tmpfs", "tmpfs", folder)
        except (OSError, subprocess.CalledProcessError):
            return False
        subprocess.run(["umount", folder], check=True)
    return True


def second_run(project: Project, by: random.Random, _: Reference) -> tuple[str, str]:
    with running(project) as process:
        when = moment(process, project, by, STAGES[:3])  # so that the first is not done before
        second = project.call(*COMMAND)
        assert process.wait(timeout=300) == 0
        found = re.search(r"Another run is active in this folder", second.stdout + second.stderr)
        return when, f"status {second.returncode}; {found[0] if found else 'no word'}"


def clock(project: Project, by: random.Random, _: Reference) -> tuple[str, str]:
    """Have files that are older or newer than they can be, as after a clock was set."""
    with running(project) as process:
        when = moment(process, project, by)
        process.kill()
        how = ended(process, project)
    until(lambda: not at_work(project.folder), seconds=20)
    moved = time.time() + by.choice((-YEARS, YEARS))
    for path in [*project.folder.glob("data/**/*"), *project.folder.glob("results/**/*")]:
        os.utime(path, (moved, moved))
    return when, how


def lost_file(project: Project, by: random.Random, _: Reference) -> tuple[str, str]:
    """Remove a finished file between two steps while the run goes on."""
    with running(project) as process:
        when = moment(process, project, by)
        made = sorted(project.folder.glob("data/encoded/**/*.safetensors"))
        made += sorted(project.folder.glob("data/sampled/*.parquet"))
        if made:
            by.choice(made).unlink(missing_ok=True)
        return when, ended(process, project)


FAULTS: dict[str, Fault] = {
    "kill -9 of the run": kill_of_the_run,
    "kill -9 of a step, as for want of memory": kill_of_a_step,
    "kill -9 of all of it": kill_of_all,
    "Ctrl-C": interruption,
    "a full disk": full_disk,
    "a read-only results folder": read_only,
    "a second run in the folder": second_run,
    "a clock that was set, by a year or more": clock,
    "a file removed while running": lost_file,
}
ON_A_DISK = ("a full disk", "a read-only results folder")


def injected(name: str, number: int, whole: Reference, folder: Path) -> Result:
    """Disturb a new project once, call again, and compare."""
    project = copied(whole.folder, folder / "project")
    by = random.Random(f"{name} {number}")
    when, how = FAULTS[name](project, by, whole)
    gone = until(lambda: not at_work(project.folder), seconds=20)
    again = project.call(*COMMAND)
    if again.returncode:  # a removed file may fail a step that had begun: it is made now
        again = project.call(*COMMAND)
    parts = [path for path in project.folder.rglob(".*.part") if path.is_file()]
    left = [*map(str, parts), *([] if gone else ["a process"])]
    result = Result(
        when, how, f"status {again.returncode}", project.results() == whole.results, left
    )
    if name in ON_A_DISK:
        subprocess.run(["umount", str(project.folder / "results")], check=True)
    shutil.rmtree(project.folder)
    return result


def table(found: dict[str, list[Result]]) -> str:
    """Return what came of all faults, as Markdown."""
    lines = [
        "| fault | times | in | the run ended with | left behind | same bytes in the end |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, results in found.items():
        if not results:
            lines.append(f"| {name} | 0 | | not injected: no disk can be mounted here | | |")
            continue
        how = sorted({result.ended.replace("|", "\\|") for result in results}, key=len)[0]
        when = ", ".join(sorted({result.when for result in results}))
        left = ", ".join(sorted({path for result in results for path in result.left})) or "nothing"
        equal = sum(result.equal for result in results)
        lines.append(
            f"| {name} | {len(results)} | {when} | {how} | {left} | {equal} of {len(results)} |"
        )
    return "\n".join(lines) + "\n"


def main() -> int:
    """Inject every fault, and show what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=list(FAULTS), choices=FAULTS, metavar="FAULT")
    parser.add_argument("--write", action="store_true", help="into docs/operations.md")
    given = parser.parse_args()
    found: dict[str, list[Result]] = {}
    mounts = can_mount()
    with tempfile.TemporaryDirectory() as temporary:
        whole = reference(Path(temporary))
        for name in given.only:
            times = given.times if mounts or name not in ON_A_DISK else 0
            found[name] = []
            for number in range(times):
                found[name].append(injected(name, number, whole, Path(temporary)))
                print(name, *found[name][-1], sep=" | ", flush=True)
    print(table(found))
    if given.write:
        before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        DOCUMENT.write_text(f"{before}{BEGIN}\n{table(found)}{END}{after}", encoding="utf-8")
    return int(any(not result.equal or result.left for of in found.values() for result in of))


if __name__ == "__main__":
    sys.exit(main())
