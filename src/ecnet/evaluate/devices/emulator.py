"""A model in C on an emulated board: compiled, run on its test records, and measured."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ecnet.errors import InputError
from ecnet.evaluate.devices import boards, cycles, trace
from ecnet.evaluate.devices.boards import Board
from ecnet.evaluate.devices.cycles import Bounds

_FIRMWARE = Path(__file__).parent / "firmware"
_OPTIONS = ("-std=c99", "-O2", "-ffunction-sections", "-fdata-sections", "-w")
_SHIFT = 5
"""Each instruction takes 2**5 ns of the emulated clock: SysTick, which has 24 bits, then counts up
to 21 million instructions, exactly to one or two."""
_PAINTED = 65536
"""Bytes of stack in which what is used can be seen, as `measure.c` has it."""
_WRAPPED = 0xFFFF_FFFF
_SECONDS = 1800
"""After which an emulation is taken to hang."""
_TRACED = 1
"""Records whose instructions are told by kind: the log of one of a network is some 100 MB."""


@dataclass(frozen=True)
class Memory:
    """What a model takes of a board, in bytes: code and constants; variables, without stack."""

    flash: int
    static: int


@dataclass(frozen=True)
class Measured:
    """A model on a board. n: records, C: classes.

    probabilities: (n, C). instructions: (n,), of the call of `ecnet_classify`. stack: the most
    bytes of stack of a call. cycles: bounds, as a factor of instructions.
    """

    memory: Memory
    probabilities: npt.NDArray[np.float32]
    instructions: npt.NDArray[np.float64]
    stack: int
    cycles: Bounds


@dataclass(frozen=True)
class Programs:
    """What is run of a model on a board.

    alone: the model and nothing else, to be weighed. whole: it classifies all its test records.
    first: it classifies the first of them alone, to be traced.
    """

    board: Board
    alone: Path
    whole: Path
    first: Path


def measure(folder: Path, board: Board) -> Measured:
    """Compile what `ecnet.evaluate.c.build` wrote to a folder for a board, and run it there.

    Raises:
        InputError: it does not compile, does not fit, takes more stack or time than can be
            measured, or the emulator fails.
    """
    made = programs(folder, board)
    written = _call(*_emulator(board, made.whole), "-icount", f"shift={_SHIFT},align=off,sleep=off")
    ticks, stack, probabilities = _read(written, folder)
    return Measured(
        _memory(made.alone),
        probabilities,
        (ticks * 1e9 / board.hertz / 2**_SHIFT).round(),
        stack,
        _cycles(executed(made)),
    )


def programs(folder: Path, board: Board) -> Programs:
    """Compile a model and what measures it (InputError: see `measure`)."""
    model = [
        _object(board, folder, path)
        for path in sorted(folder.glob("*.c"))
        if path.stem not in ("main", "check")
    ]
    startup = _object(board, folder, _FIRMWARE / "startup.c")
    records = [startup, *model, _object(board, folder, folder / "check.c")]
    one = _object(board, folder, _FIRMWARE / "measure.c", f"-DMEASURED={_TRACED}")
    traced = _linked(board, folder / "first.elf", [one, *records])
    whole = _object(board, folder, _FIRMWARE / "measure.c")
    alone = _object(board, folder, _FIRMWARE / "alone.c")
    return Programs(
        board,
        alone=_linked(board, folder / "alone.elf", [startup, alone, *model]),
        whole=_linked(board, folder / "whole.elf", [whole, *records]),
        first=traced,
    )


def executed(made: Programs) -> dict[tuple[str, str], int]:
    """Return (instruction, next) -> how often the first record executed it, in the model alone."""
    start, end = (_symbol(made.first, name) for name in ("model_start", "model_end"))
    log = ["-d", "in_asm,exec,nochain", "-dfilter", f"{start:#x}..{end - 1:#x}"]
    with subprocess.Popen(
        [*_emulator(made.board, made.first), *log],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        return dict(trace.executed(process.stderr))


def _cycles(executed: Mapping[tuple[str, str], int]) -> Bounds:
    """Return the bounds of the cycles of an instruction, mean over what was executed."""
    number, bounds = sum(executed.values()), cycles.total(executed)
    if not number:
        raise InputError(f"{boards.EMULATOR}: wrote no instructions to its log; use version 7.2")
    return Bounds(bounds.low / number, bounds.high / number)


def _object(board: Board, folder: Path, source: Path, *options: str) -> Path:
    """Return a source compiled into a folder."""
    made = folder / f"{source.stem}.o"
    _call(
        *(boards.COMPILER, *board.processor, *_OPTIONS, *options, f"-I{folder}"),
        *("-c", str(source), "-o", str(made)),
    )
    return made


def _linked(board: Board, program: Path, objects: Sequence[Path]) -> Path:
    """Return a program of objects, which begins where the board's flash does."""
    _call(
        *(boards.COMPILER, *board.processor, "--specs=nano.specs", "-nostartfiles"),
        *("-Wl,--gc-sections", f"-Wl,--defsym=flash_start={board.flash:#x}"),
        *(f"-Wl,--defsym=ram_start={board.ram:#x}", "-T", str(_FIRMWARE / "board.ld")),
        *(*map(str, objects), "-o", str(program)),
    )
    return program


def _memory(program: Path) -> Memory:
    """Return what `size` says of a program: text and data lie in flash, data and bss in RAM."""
    text, data, bss = map(int, _call(boards.SIZE, str(program)).splitlines()[1].split()[:3])
    return Memory(text + data, data + bss)


def _symbol(program: Path, name: str) -> int:
    lines = (line.split() for line in _call(boards.SYMBOLS, str(program)).splitlines())
    return next(int(line[0], 16) for line in lines if line[-1] == name)


def _emulator(board: Board, program: Path) -> list[str]:
    return [
        *(boards.EMULATOR, "-M", board.machine, "-display", "none", "-monitor", "none"),
        *("-serial", "none", "-chardev", "stdio,id=out", "-kernel", str(program)),
        *("-semihosting-config", "enable=on,target=native,chardev=out"),
    ]


def _read(
    written: str, folder: Path
) -> tuple[npt.NDArray[np.float64], int, npt.NDArray[np.float32]]:
    """Return ticks, (n,), the most bytes of stack, and probabilities, (n, C)."""
    lines = [[int(word, 16) for word in line.split()] for line in written.splitlines()]
    table = np.array(lines, np.uint32)
    stack = int(table[1:, 1].max())
    if (table[:, 0] == _WRAPPED).any() or stack >= _PAINTED:
        raise InputError(
            f"{folder}: a record takes more instructions or more stack than can be measured; "
            "take the variant out of devices-cost"
        )
    ticks = table[1:, 0].astype(np.float64) - float(table[0, 0])
    return ticks, stack, np.ascontiguousarray(table[1:, 2:]).view(np.float32)


def _call(*command: str) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
        )  # fmt: skip
    except subprocess.CalledProcessError as error:
        said = " ".join(error.stderr.split())
        raise InputError(
            f"{command[0]}: failed with status {error.returncode}: {said:.300}"
        ) from error
    except subprocess.TimeoutExpired as error:
        raise InputError(f"{command[0]}: did not end within {_SECONDS} seconds") from error
    return done.stdout
