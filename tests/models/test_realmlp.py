"""What RealMLP does as its source says."""

import learnable
import numpy as np
import pytest
import torch

from ecnet.models import ON_CPU, realmlp
from ecnet.models.deep import seeded, trainable

SETTINGS = {
    "hidden": [16],
    "label_smoothing": 0.1,
    "batch": 50,
    "epochs": 4,
    "steps": 1000,
    "learning_rate": 0.04,
    **ON_CPU,
}


def test_the_rate_rises_and_falls_four_times_in_periods_of_double_length() -> None:
    low, high = (0, 1 / 15, 3 / 15, 7 / 15, 1), (2**0.5 - 1, 8**0.5 - 1, 32**0.5 - 1)
    assert [realmlp.schedule(share) for share in low] == pytest.approx([0] * 5)
    assert [realmlp.schedule(share / 15) for share in high] == pytest.approx([1] * 3)


def test_a_layer_divides_by_the_root_of_its_inputs() -> None:
    with seeded(1, "test"), torch.inference_mode():
        layer, x = realmlp.Linear(9, 4), torch.randn(5, 9)
        expected = x @ (layer.weight / 3) + layer.bias
        np.testing.assert_allclose(layer(x).numpy(), expected.numpy(), rtol=1e-5)


def test_factors_learn_faster_and_biases_slower_than_weights() -> None:
    network = torch.nn.Sequential(realmlp.Scale(3), realmlp.Linear(3, 2))
    adam = realmlp.ScheduledAdam(network, 0.04, steps=30)
    before = [weight.clone() for weight in trainable(network)]
    gradients = [torch.ones_like(weight) for weight in before]
    adam.step(gradients)  # of height 0
    adam.step(gradients)
    moved = [float((old - new).mean()) for old, new in zip(before, trainable(network), strict=True)]
    height = realmlp.schedule(1 / 30)
    assert moved == pytest.approx([0.24 * height, 0.04 * height, 0.004 * height], rel=1e-3)


def test_an_untrained_network_favours_no_class() -> None:
    records = learnable.make(20, draw=1)
    probabilities = realmlp._build(records, SETTINGS).predict(records)
    np.testing.assert_allclose(probabilities, np.full((20, 3), 1 / 3), rtol=1e-6)


def test_the_schedule_ends_with_training() -> None:
    train = learnable.make(220, draw=1)  # five batches, three passes
    model = realmlp.fit(train, train, SETTINGS | {"steps": 15}, 1)
    assert len(model.history) == 3
