"""Models on an emulated microcontroller: counts, bounds, agreement, and what is missing."""

import json
from pathlib import Path

import numpy as np
import pytest
import variants

from ecnet.errors import InputError
from ecnet.evaluate import c, devices
from ecnet.evaluate.devices import agreement, boards, cycles, emulator, trace
from ecnet.evaluate.devices.boards import BOARDS
from ecnet.evaluate.devices.cycles import Bounds

LOG = b"""\
----------------
IN: ecnet_classify
0x000001a4:  ed93 7a00  vldr     s14, [r3]
0x000001a8:  b510       push     {r4, lr}
0x000001aa:  d1fb       bne      #0x1a4

Trace 0: 0x7f01 [00800408/000001a4/00000110/ff000200] ecnet_classify
Trace 0: 0x7f01 [00800408/000001a4/00000110/ff000200] ecnet_classify
----------------
IN: ecnet_classify
0x000001ac:  bd10       pop      {r4, pc}

Trace 0: 0x7f02 [00800408/000001ac/00000110/ff000200] ecnet_classify
"""


def test_a_trace_counts_each_instruction_as_often_as_its_block_ran() -> None:
    assert trace.executed(LOG.splitlines()) == {
        ("vldr s14, [r3]", "push {r4, lr}"): 2,
        ("push {r4, lr}", "bne #0x1a4"): 2,
        ("bne #0x1a4", ""): 2,
        ("pop {r4, pc}", ""): 1,
    }


def test_a_log_of_another_form_is_refused() -> None:
    with pytest.raises(InputError, match="which cannot be read"):
        trace.executed([b"Trace of something else"])


@pytest.mark.parametrize(
    ("instruction", "low", "high"),
    [
        ("movs r0, #0", 1, 1),
        ("bic r0, r1", 1, 1),
        ("ldr r0, [r1]", 1, 2),
        ("ldrd r0, r1, [r2]", 2, 3),
        ("vldr s0, [r1]", 1, 2),
        ("vldr d0, [r1]", 2, 3),
        ("vstr s0, [r1]", 1, 2),
        ("vadd.f32 s0, s1, s2", 1, 2),
        ("vmla.f32 s0, s1, s2", 3, 4),
        ("vfma.f32 s0, s1, s2", 3, 4),
        ("vdiv.f32 s0, s1, s2", 14, 15),
        ("udiv r0, r1, r2", 2, 12),
        ("b #0x10", 2, 4),
        ("b.w #0x10", 2, 4),
        ("bl #0x10", 2, 4),
        ("bx lr", 2, 4),
        ("ble #0x10", 1, 4),
        ("bls.w #0x10", 1, 4),
        ("cbz r0, #0x10", 1, 4),
        ("ite gt", 0, 1),
        ("push {r4, r5, lr}", 3, 4),
        ("pop {r4, pc}", 3, 6),
        ("vpush {d8, d9}", 4, 5),
        ("ldm r0!, {r1, r2}", 2, 3),
    ],
)
def test_each_kind_of_instruction_has_its_bounds(instruction: str, low: int, high: int) -> None:
    assert cycles.bounds(instruction) == Bounds(low, high)
    assert cycles.total({(instruction, ""): 3}) == Bounds(3 * low, 3 * high)


@pytest.mark.parametrize(
    ("instruction", "following", "high"),
    [
        ("vadd.f32 s0, s1, s2", "vmul.f32 s3, s4, s5", 1),
        ("vadd.f32 s0, s1, s2", "vmul.f32 s3, s0, s5", 2),
        ("vadd.f32 s1, s2, s3", "vmul.f32 s4, s11, s15", 1),
        ("vmla.f32 s0, s1, s2", "vstr s0, [r1]", 4),
        ("vldr s0, [r1]", "vmul.f32 s3, s4, s5", 2),
        ("vcmpe.f32 s15, #0.0", "vmrs apsr_nzcv, fpscr", 2),
    ],
)
def test_a_result_that_the_next_instruction_does_not_read_is_not_waited_for(
    instruction: str, following: str, high: int
) -> None:
    assert cycles.bounds(instruction, following).high == high


def test_models_that_agree_on_all_records_have_an_interval_around_no_change() -> None:
    answers = np.eye(2, dtype=np.float32)[np.arange(100) % 2]
    found = agreement.compared(answers, answers, np.zeros(100, np.int32), 0.95)
    assert (found["agree"], found["difference"], found["change"]["mean"]) == (100, 0.0, 0.0)
    assert found["change"]["low"] == -found["change"]["high"] < 0


def test_records_that_are_lost_are_a_loss_of_accuracy() -> None:
    right = np.tile(np.array([0.75, 0.25], np.float32), (100, 1))
    wrong = right.copy()
    wrong[:20] = [0.25, 0.75]
    found = agreement.compared(right, wrong, np.zeros(100, np.int32), 0.95)
    assert (found["agree"], found["difference"]) == (80, 0.5)
    assert (found["accuracy_original"], found["accuracy"]) == (100.0, 80.0)
    assert found["change"]["low"] < -20 < found["change"]["high"] < 0


def test_what_to_install_is_said_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match=r"arm-none-eabi-gcc: is not installed.*apt-get install"):
        boards.check()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> variants.Project:
    made = variants.iot_23(tmp_path_factory.mktemp("boards"))
    made.train("tree")
    return made


@pytest.mark.board
@pytest.mark.parametrize("board", BOARDS, ids=[board.name for board in BOARDS])
def test_counted_and_traced_instructions_are_the_same(
    project: variants.Project, tmp_path: Path, board: boards.Board
) -> None:
    c.build(project.model("tree"), None, tmp_path, "float32", 1)
    measured = emulator.measure(tmp_path, board)
    traced = sum(emulator.executed(emulator.programs(tmp_path, board)).values())
    assert traced > 20
    assert abs(traced - measured.instructions.sum()) <= 3  # the return from a call, and rounding


@pytest.mark.board
def test_a_board_answers_as_the_model_does_and_counts_the_same_again(
    project: variants.Project, tmp_path: Path
) -> None:
    models = [project.model("tree") / "model.json"]
    for name in ("once.json", "again.json"):
        devices.run(models=models, output=tmp_path / name, settings={"confidence": 0.95})
    once, again = ((tmp_path / name).read_bytes() for name in ("once.json", "again.json"))
    assert once == again
    found = json.loads(once)
    assert (found["dataset"], found["task"], found["run"]) == ("iot-23", "multiclass", "1-1")
    assert [row["board"] for row in found["rows"]] == [board.name for board in BOARDS]
    for row in found["rows"]:
        assert row["agree"] == row["records"] > 100
        assert row["difference"] <= 1e-5
        assert row["flash"] > row["instructions"] > 20
        assert row["cycles"]["low"] < row["cycles"]["high"]


@pytest.mark.board
def test_a_model_that_takes_too_much_stack_is_refused(
    project: variants.Project, tmp_path: Path
) -> None:
    c.build(project.model("tree"), None, tmp_path, "float32", 1)
    greedy = "void ecnet_classify(const ecnet_record *r, float *p)"
    body = "{ volatile char s[70000]; for (int i = 0; i < 70000; i++) s[i] = 1; p[0] = s[0]; }"
    source = f'#include "model.h"\n{greedy} {body}\n'
    (tmp_path / "model.c").write_text(source, encoding="utf-8")
    with pytest.raises(InputError, match="more stack than can be measured"):
        emulator.measure(tmp_path, BOARDS[0])


@pytest.mark.board
def test_sources_that_do_not_compile_are_named(tmp_path: Path) -> None:
    (tmp_path / "model.c").write_text("no C", encoding="utf-8")
    with pytest.raises(InputError, match=r"arm-none-eabi-gcc: failed with status 1: .*model.c"):
        emulator.measure(tmp_path, BOARDS[0])
