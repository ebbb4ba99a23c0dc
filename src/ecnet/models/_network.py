"""The network of EcNet: two branches of tokens, recurrent layers, attention, dense layers.

B is the number of records of a batch, L1 and L2 the numbers of numerical and categorical features,
E the width of a token, h that of a hidden state, T the number of hidden states.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ecnet.models import Settings
from ecnet.models._layout import Shape, width

_CELLS: dict[str, Callable[..., nn.RNNBase]] = {"lstm": nn.LSTM, "rnn": nn.RNN, "gru": nn.GRU}


class NumericalTokens(nn.Module):
    """Token j of a record is x_j w_j + b_j; with `flows` a record is one token, x W + b."""

    def __init__(self, features: int, width: int, flows: bool) -> None:
        super().__init__()
        self.flows = flows
        self.weight = nn.Parameter(torch.empty(features, width))
        self.bias = nn.Parameter(torch.empty(1 if flows else features, width))

    def forward(self, values: Tensor) -> Tensor:
        """From (B, L1) to (B, L1, E); with `flows` from (B, W, L1) to (B, W, E)."""
        if self.flows:
            return values @ self.weight + self.bias
        return values[..., None] * self.weight + self.bias


class CategoricalTokens(nn.Module):
    """Token j is row `id` of the embedding of feature j; with `flows` a record is their sum.

    Id 0, a value that train does not hold, is the zero vector: it cannot be learned, since no
    training record has it, and zero adds nothing to the input of the recurrent layer.
    """

    offsets: Tensor

    def __init__(self, cardinalities: tuple[int, ...], width: int, flows: bool) -> None:
        super().__init__()
        self.flows = flows
        # One table for all features: feature j has the rows after those of the features before.
        rows = np.array(cardinalities) - 1
        self.weight = nn.Parameter(torch.empty(int(rows.sum()), width))
        offsets = torch.from_numpy(np.cumsum(rows) - rows)
        self.register_buffer("offsets", offsets, persistent=False)

    def forward(self, ids: Tensor) -> Tensor:
        """From (B, L2) to (B, L2, E); with `flows` from (B, W, L2) to (B, W, E)."""
        table = functional.pad(self.weight, (0, 0, 1, 0))  # row 0: zeros, for id 0
        tokens = functional.embedding(torch.where(ids > 0, ids + self.offsets, 0), table)
        return tokens.sum(dim=-2) if self.flows else tokens


class PooledAttention(nn.Module):
    """Multi-head self-attention followed by a weighted mean over its queries.

    Exactly sum_i w_i attention(Z)_i, for less work: since sum_i w_i sum_j P_ij V_j =
    sum_j p_j V_j with p = sum_i w_i P_i, each head first pools the hidden states by p, and the
    value and output projections then act on one vector instead of on T. The key has no bias: it
    adds the same number to all scores of a query, which the softmax cancels.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width)

    def forward(self, states: Tensor, weights: Tensor, valid: Tensor | None) -> Tensor:
        """From states (B, T, h) and weights (B or 1, T) to (B, h).

        valid: (B, T), false for padding, which no query sees; None where there is none.
        """
        batch, steps, width = states.shape
        split = (batch, steps, self.heads, width // self.heads)
        query = self.query(states).view(split).transpose(1, 2)
        key = self.key(states).view(split).transpose(1, 2)
        scores = query / math.sqrt(split[-1]) @ key.transpose(2, 3)  # (B, heads, T, T)
        if valid is not None:
            scores = scores.masked_fill(~valid[:, None, None], -math.inf)
        shares = (weights[:, None, None] @ scores.softmax(dim=-1)).squeeze(2)  # (B, heads, T)
        pooled = shares @ states  # (B, heads, h)
        projection = self.value.weight.view(self.heads, -1, width)  # (heads, h / heads, h)
        value = torch.einsum("bnh,ndh->bnd", pooled, projection).flatten(1) + self.value.bias
        output: Tensor = self.output(value)
        return output


class Network(nn.Module):
    """EcNet and its variants, told apart by hyperparameters; the weights are yet to be set.

    A branch whose group has no feature does not exist.
    """

    def __init__(self, shape: Shape, settings: Settings) -> None:
        super().__init__()
        embedding, flows = settings["embedding"], settings["sequence"] == "flows"
        h = width(shape, settings)
        self.last = settings["pooling"] == "last"
        self.merged = settings["branches"] == "merged"
        # Merged tokens of one record stand side by side, as one sequence; merged branches of a
        # sequence of records join in each step, so that a step still is one record.
        self.axis = 2 if flows else 1
        self.numerical = (
            NumericalTokens(shape.numerical, embedding, flows) if shape.numerical else None
        )
        self.categorical = (
            CategoricalTokens(shape.cardinalities, embedding, flows)
            if shape.cardinalities
            else None
        )
        branches = sum(branch is not None for branch in (self.numerical, self.categorical))
        layers = 1 if self.merged else branches
        incoming = embedding * branches if self.merged and flows else embedding
        cell = _CELLS[settings["cell"]]
        self.recurrent = nn.ModuleList(cell(incoming, h, batch_first=True) for _ in range(layers))
        self.attention = PooledAttention(h, settings["heads"]) if settings["attention"] else None
        self.dense = nn.Linear(h, settings["dense"])
        self.classes = nn.Linear(settings["dense"], shape.classes)

    def forward(
        self,
        numerical: Tensor,
        categorical: Tensor,
        lengths: Tensor | None,
        keep: Tensor | None = None,
    ) -> Tensor:
        """Return logits, (B, C).

        numerical (B, L1), categorical (B, L2), lengths None; or, for a sequence of flows, (B, W,
        L1), (B, W, L2) and how many steps of each sequence are no padding, (B,), which come
        first. keep (B, dense): what dropout multiplies by; None drops nothing.
        """
        states = self.states(numerical, categorical)  # (B, T, h)
        if lengths is None:
            steps = torch.tensor([states.shape[1]], device=states.device)
            weights, valid = self._weights(steps, states.shape[1], 1), None
        else:
            layers = len(self.recurrent)
            weights = self._weights(lengths, states.shape[1] // layers, layers)
            valid = None if self.last else weights > 0
        if self.attention is not None:
            pooled = self.attention(states, weights, valid)
        else:
            pooled = (weights[:, None] @ states).squeeze(1)
        hidden = self.dense(pooled).relu()
        logits: Tensor = self.classes(hidden if keep is None else hidden * keep)
        return logits

    def states(self, numerical: Tensor, categorical: Tensor) -> Tensor:
        """Return the hidden states Z of all layers, one after the other, (B, T, h)."""
        sequences = []
        if self.numerical is not None:
            sequences.append(self.numerical(numerical))
        if self.categorical is not None:
            sequences.append(self.categorical(categorical))
        if self.merged:
            sequences = [torch.cat(sequences[::-1], dim=self.axis)]
        pairs = zip(self.recurrent, sequences, strict=True)
        return torch.cat([layer(sequence)[0] for layer, sequence in pairs], dim=1)

    def _weights(self, lengths: Tensor, steps: int, layers: int) -> Tensor:
        """Return the weight of each hidden state in the pooling, (len(lengths), layers * steps)."""
        position = torch.arange(steps, device=lengths.device)
        if self.last:
            return (position == lengths[:, None] - 1).float()
        share = (position < lengths[:, None]) / (lengths[:, None] * layers)
        return share.repeat(1, layers)
