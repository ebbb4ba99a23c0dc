"""EcNet, its ablations and the plain LSTM: one family, whose variants differ in four switches.

| variant of the paper                 | cell          | branches | attention | pooling |
| ------------------------------------ | ------------- | -------- | --------- | ------- |
| EcNet, 'Our' (Tables VI, VII, VIII)  | lstm          | separate | true      | mean    |
| without attention (Table VII)        | lstm          | separate | false     | mean    |
| RNN, GRU (Figure 5, Table VIII)      | rnn, gru      | separate | true      | mean    |
| merged (Table VIII)                  | lstm, rnn, gru| merged   | true      | mean    |
| LSTM (Table VI)                      | lstm          | merged   | false     | last    |

`hidden` is the width of each of two separate recurrent layers. A merged layer gets the width at
which the parameter counts agree within 5%.

The parts, in the order in which to read them:
- `network`: the equations of the paper, in plain PyTorch;
- `training`: the loop, the optimiser and early stopping;
- `parameters`: names, shapes and initial values of the weights;
- `hyperparameters`: what each one means, and which go together;
- `engines`: what computes it; `torch` runs `network`, `tiles` is faster on a CPU.
"""

from ecnet import seeds
from ecnet.models import Settings, parameters, weights
from ecnet.models.engines import Engine, create
from ecnet.models.hyperparameters import Hyperparameters
from ecnet.models.parameters import DataShape, count, initial, shapes
from ecnet.models.training import train
from ecnet.models.weights import Tensors
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
    "steps": {"type": "integer", "minimum": 1},
    "patience": {"type": "integer", "minimum": 1},
    "learning_rate": {"type": "number", "exclusiveMinimum": 0},
    "weight_decay": {"type": "number", "minimum": 0},
    "engine": {"enum": ["tiles", "torch"]},
    "device": {"enum": ["cpu", "cuda"]},
    "precision": {"enum": ["float32", "bfloat16"]},
}
"""The bounds of each of `hyperparameters.Hyperparameters`, which says what they mean."""


class EcNet:
    """A network and the engine that computes it."""

    def __init__(self, engine: Engine) -> None:
        """Wrap `engine`; the history is empty until the network is trained."""
        self.engine = engine
        self.history: list[dict[str, float]] = []

    @property
    def parameters(self) -> int:
        """The number of trained numbers, both biases of each gate of `nn.LSTM` included."""
        return count({name: array.shape for name, array in self.tensors().items()})

    def predict(self, records: Records) -> FloatArray:
        """Return class probabilities, (n, C)."""
        return self.engine.probabilities(records)

    def tensors(self) -> Tensors:
        """Return a copy of the weights, by name."""
        return self.engine.tensors()


def check(settings: Settings) -> None:
    """Stop if hyperparameters rule each other out, whatever the data.

    Raises:
        InputError: they do.
    """
    parameters.check(Hyperparameters.of(settings))


def fit(train_records: Records, validation: Records, settings: Settings, seed: int) -> EcNet:
    """Build and train a network; the same seed gives the same weights to the byte.

    Raises:
        InputError: hyperparameters rule each other out, or training diverges.
    """
    data, hyper = DataShape.of(train_records), Hyperparameters.of(settings)
    drawn = initial(data, hyper, seeds.generator(seed, "initial weights"))
    model = EcNet(create(data, hyper, drawn))
    model.history = train(model.engine, train_records, validation, hyper, seed)
    return model


def load(tensors: Tensors, settings: Settings, like: Records) -> EcNet:
    """Return the network with these weights.

    Raises:
        InputError: they are not those of a network of `settings` for records like `like`.
    """
    data, hyper = DataShape.of(like), Hyperparameters.of(settings)
    weights.check(tensors, shapes(data, hyper))
    return EcNet(create(data, hyper, tensors))
