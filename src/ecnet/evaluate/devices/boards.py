"""The boards that are emulated, and the programs that this takes."""

import shutil
from dataclasses import dataclass

from ecnet.errors import InputError

COMPILER = "arm-none-eabi-gcc"
SIZE = "arm-none-eabi-size"
SYMBOLS = "arm-none-eabi-nm"
EMULATOR = "qemu-system-arm"

_INSTALL = "apt-get install gcc-arm-none-eabi libnewlib-arm-none-eabi qemu-system-arm"


@dataclass(frozen=True)
class Board:
    """A board of QEMU.

    machine: its name there. processor: the options of the compiler. flash, ram: the first address
    of each. hertz: of its clock, by which SysTick counts; it says nothing of how fast a model is.
    """

    name: str
    title: str
    machine: str
    processor: tuple[str, ...]
    flash: int
    ram: int
    hertz: int


_HARD = ("-mthumb", "-mfloat-abi=hard")
BOARDS = (
    Board(
        name="cortex-m4f",
        title="Cortex-M4F",
        machine="mps2-an386",
        processor=("-mcpu=cortex-m4", "-mfpu=fpv4-sp-d16", *_HARD),
        flash=0x0000_0000,
        ram=0x2000_0000,
        hertz=25_000_000,
    ),
    Board(
        name="cortex-m33",
        title="Cortex-M33",
        machine="mps2-an505",
        processor=("-mcpu=cortex-m33", "-mfpu=fpv5-sp-d16", *_HARD),
        flash=0x1000_0000,
        ram=0x3800_0000,
        hertz=20_000_000,
    ),
)
"""Arm's MPS2 with the processors of many small devices: Armv7E-M and Armv8-M, float32 in hardware,
doubles in software."""


def check() -> None:
    """Stop if the compiler or the emulator is missing.

    Raises:
        InputError: it is not installed.
    """
    for program in (COMPILER, EMULATOR):
        if shutil.which(program) is None:
            raise InputError(
                f"{program}: is not installed, and results/devices needs it; run {_INSTALL}"
            )
