"""EcNet, its ablations and the plain LSTM: one family, told apart by its switches.

| variant of the paper                 | cell          | branches | attention | pooling |
| ------------------------------------ | ------------- | -------- | --------- | ------- |
| EcNet, 'Our' (Tables VI, VII, VIII)  | lstm          | separate | true      | mean    |
| without attention (Table VII)        | lstm          | separate | false     | mean    |
| RNN, GRU (Figure 5, Table VIII)      | rnn, gru      | separate | true      | mean    |
| merged (Table VIII)                  | lstm, rnn, gru| merged   | true      | mean    |
| LSTM (Table VI)                      | lstm          | merged   | false     | last    |

`hidden` is the width of each of two separate recurrent layers; a merged layer is as wide as makes
the parameter counts agree within 5%.

`engine` says what computes it: tiles, the fast one on a CPU, or torch, the plain one, which alone
knows sequences of flows, a GPU (`device`) and products in bfloat16 (`precision`).
"""

from ecnet import seeds
from ecnet.models import Settings, _layout
from ecnet.models._engine import Engine
from ecnet.models._initial import initial
from ecnet.models._layout import Shape, count, layout
from ecnet.models._training import train
from ecnet.models.weights import Tensors
from ecnet.models.weights import check as check_tensors
from ecnet.prepare.records import FloatArray, Records

SCHEMA = {
    "cell": {"enum": ["lstm", "rnn", "gru"]},
    "branches": {"enum": ["separate", "merged"]},
    "attention": {"type": "boolean"},
    "pooling": {"enum": ["mean", "last"]},
    "sequence": {"enum": ["tokens", "flows"]},
    "embedding": {"type": "integer", "minimum": 1, "maximum": 1024},
    "hidden": {"type": "integer", "minimum": 1, "maximum": 4096},
    "heads": {"type": "integer", "minimum": 1, "maximum": 64},
    "dense": {"type": "integer", "minimum": 1, "maximum": 4096},
    "dropout": {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
    "batch": {"type": "integer", "minimum": 1},
    "epochs": {"type": "integer", "minimum": 1},
    "patience": {"type": "integer", "minimum": 1},
    "learning_rate": {"type": "number", "exclusiveMinimum": 0},
    "weight_decay": {"type": "number", "minimum": 0},
    "engine": {"enum": ["tiles", "torch"]},
    "device": {"enum": ["cpu", "cuda"]},
    "precision": {"enum": ["float32", "bfloat16"]},
}


class EcNet:
    """A network with the engine that computes it."""

    def __init__(self, shape: Shape, settings: Settings, weights: Tensors) -> None:
        """Give the network the `weights`; its history is empty until it is trained."""
        self.engine = _engine(shape, settings, weights)
        self.history: list[dict[str, float]] = []

    @property
    def parameters(self) -> int:
        """The number of trained numbers; of nn.LSTM's two biases a gate both count."""
        return count({name: array.shape for name, array in self.engine.arrays().items()})

    def predict(self, records: Records) -> FloatArray:
        """Return class probabilities, (n, C)."""
        return self.engine.probabilities(records)

    def tensors(self) -> Tensors:
        """Return a copy of the weights."""
        return self.engine.arrays()


def check(settings: Settings) -> None:
    """Stop if hyperparameters rule each other out, whatever the data.

    Raises:
        InputError: they do.
    """
    _layout.check(settings)


def fit(train_side: Records, validation: Records, settings: Settings, seed: int) -> EcNet:
    """Build and train a network; the same seed gives the same weights to the byte.

    Raises:
        InputError: hyperparameters rule each other out, or training diverges.
    """
    shape = Shape.of(train_side)
    random = seeds.generator(seed, "initial weights")
    weights = initial(layout(shape, settings), settings["cell"], random)
    model = EcNet(shape, settings, weights)
    model.history = train(model.engine, train_side, validation, settings, seed)
    return model


def load(tensors: Tensors, settings: Settings, like: Records) -> EcNet:
    """Return the network of these `tensors`.

    Raises:
        InputError: they are not those of a network of `settings` for records `like` these.
    """
    shape = Shape.of(like)
    check_tensors(tensors, layout(shape, settings))
    return EcNet(shape, settings, tensors)


def _engine(shape: Shape, settings: Settings, weights: Tensors) -> Engine:
    """Return the engine of `settings`; what the other one needs is not imported."""
    if settings["engine"] == "tiles":
        from ecnet.models._tiles import Tiles

        return Tiles(shape, settings, weights)
    from ecnet.models._torch import Torch

    return Torch(shape, settings, weights)
