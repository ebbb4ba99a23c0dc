"""Networks on another device than the CPU: what is moved there, and what a real GPU gives.

Tensors of torch's device `meta` have a shape and no numbers. An operation on one of them and one of
the CPU is refused, as on a GPU, so that a tensor which stays behind is found on any machine.
"""

from pathlib import Path
from typing import Any

import learnable
import numpy as np
import pytest
import test_models
import torch
import variants
from networks import hyper
from smallnets import SMALL

from ecnet import models
from ecnet.errors import InputError
from ecnet.evaluate.scoring import trained
from ecnet.files import read_json, write_json
from ecnet.models import ON_CPU, engines, gan
from ecnet.models.deep import seeded
from ecnet.models.engines import hardware
from ecnet.models.engines.torch import Inputs, Torch
from ecnet.models.parameters import DataShape, initial

TRAIN, VALIDATION, TEST = (learnable.make(n, draw=n) for n in (400, 120, 300))
DEEP = sorted({name for name in models.names() if "device" in models.schema(name)} - {"ecnet"})
BFLOAT16 = {"precision": "bfloat16"}

on_gpu = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU here"),
]


def fit(name: str, **changed: Any) -> Any:
    settings = test_models.HYPERPARAMETERS[name] | changed
    return models.family(name).fit(TRAIN, VALIDATION, settings, 1)


def accuracy(model: Any) -> float:
    return float(np.mean(model.predict(TEST).argmax(axis=1) == TEST.label))


@pytest.mark.parametrize("name", DEEP)
def test_a_network_and_all_that_it_reads_are_on_its_device(name: str) -> None:
    settings = test_models.HYPERPARAMETERS[name] | {"epochs": 1}
    on_cpu = models.family(name).fit(TRAIN, VALIDATION, settings, 1)
    on_meta: Any = models.family(name).load(on_cpu.tensors(), settings | {"device": "meta"}, TRAIN)
    network = on_meta.network.train()
    wanted = [weight for weight in network.parameters() if weight.requires_grad]
    answered = network(*on_meta.held(TEST))
    gradients = torch.autograd.grad(answered.sum(), wanted)
    assert {tensor.device.type for tensor in (answered, *gradients)} == {"meta"}
    with pytest.raises((RuntimeError, NotImplementedError)):
        network(*on_meta.inputs(TEST))  # on the CPU


@pytest.mark.filterwarnings("ignore:for .* copying from a non-meta parameter")
@pytest.mark.parametrize(
    "switches", [{}, {"sequence": "flows"}, {"cell": "gru", "attention": False}]
)
def test_ecnet_and_all_that_it_reads_are_on_its_device(switches: dict[str, Any]) -> None:
    records = learnable.make(60, draw=1, steps=3)
    chosen = hyper(engine="torch", device="meta", **switches)
    data = DataShape.of(records)
    engine = Torch(data, chosen, initial(data, chosen, np.random.default_rng(1)))
    rows = torch.arange(20, device="meta")
    answered = engine.network(*Inputs.of(records, chosen).batch(rows))
    gradients = torch.autograd.grad(answered.sum(), list(engine.network.parameters()))
    assert {tensor.device.type for tensor in (answered, *gradients)} == {"meta"}


def test_the_generator_of_a_gan_is_on_the_device_of_its_discriminator() -> None:
    with seeded(1, "test"):
        discriminator = gan.Discriminator(TRAIN).to("meta")
        loss = gan.Game(discriminator, TRAIN, SMALL["gan"])
        label = torch.from_numpy(TRAIN.label).long().to("meta")
        (x,) = gan.table(TRAIN)
        assert loss(discriminator(x.to("meta")), label).device.type == "meta"


def test_a_gpu_runs_torch_whatever_the_engine_of_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "prepared", lambda _: torch.device("cpu"))
    monkeypatch.setattr("ecnet.models.engines.torch.prepared", hardware.prepared)
    data, chosen = DataShape.of(TRAIN), hyper(engine="tiles", device="cuda")
    tensors = initial(data, chosen, np.random.default_rng(1))
    assert isinstance(engines.create(data, chosen, tensors), Torch)


@pytest.mark.parametrize("name", ["ecnet", "mlp"])
def test_a_gpu_that_is_not_there_is_an_error_of_one_line(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match=r"^train\.device: cuda, and torch sees no GPU"):
        fit(name, device="cuda")


@pytest.mark.parametrize(("name", "engine"), [("mlp", {}), ("ecnet", {"engine": "torch"})])
def test_products_in_bfloat16_train_weights_in_float32(name: str, engine: dict[str, str]) -> None:
    exact, rough = fit(name, **engine), fit(name, **engine, **BFLOAT16)
    assert accuracy(rough) > 0.8
    for key, array in rough.tensors().items():
        assert array.dtype == exact.tensors()[key].dtype
    assert any((rough.tensors()[key] != array).any() for key, array in exact.tensors().items())


@pytest.mark.parametrize("family", ["ecnet", "mlp"])
def test_a_model_trained_on_a_gpu_is_loaded_on_a_cpu(family: str, tmp_path: Path) -> None:
    own = {} if family == "ecnet" else test_models.HYPERPARAMETERS[family] | {"epochs": 1}
    folder = variants.iot_23(tmp_path).train(family, **own)
    stored = trained.load(folder).model.tensors()
    described = read_json(folder / "model.json")
    described["hyperparameters"] |= {"device": "cuda", **BFLOAT16}
    write_json(folder / "model.json", described)
    loaded = trained.load(folder).model.tensors()
    assert loaded.keys() == stored.keys()
    assert all(np.array_equal(loaded[name], array) for name, array in stored.items())


@pytest.mark.parametrize("name", ["ecnet", *DEEP])
class TestOnAGpu:
    """What only a machine with a card can show."""

    pytestmark = on_gpu

    def test_scores_are_those_of_the_cpu(self, name: str) -> None:
        on_cpu, on_cuda = fit(name), fit(name, device="cuda")
        assert abs(accuracy(on_cuda) - accuracy(on_cpu)) < 0.05
        assert abs(accuracy(fit(name, device="cuda", **BFLOAT16)) - accuracy(on_cpu)) < 0.1

    def test_the_same_seed_gives_the_same_bytes(self, name: str) -> None:
        first, second = fit(name, device="cuda").tensors(), fit(name, device="cuda").tensors()
        assert {key: array.tobytes() for key, array in first.items()} == {
            key: array.tobytes() for key, array in second.items()
        }

    def test_its_weights_answer_alike_on_the_cpu(self, name: str) -> None:
        on_cuda = fit(name, device="cuda")
        settings = test_models.HYPERPARAMETERS[name] | ON_CPU
        on_cpu = models.family(name).load(on_cuda.tensors(), settings, TEST)
        np.testing.assert_allclose(on_cpu.predict(TEST), on_cuda.predict(TEST), atol=1e-4)
