"""EcNet as the paper describes it (Section III, Figures 2 to 4), in plain PyTorch.

    numerical features   -> tokens -> LSTM -+
                                            +-> hidden states -> attention, mean -> dense -> classes
    categorical features -> tokens -> LSTM -+

The LSTM, `nn.LSTM`, computes equations 1 to 5, and the hidden state that the paper leaves out:

    f_t = sigmoid(W_f [h_{t-1}, x_t] + b_f)                   (1) forget gate
    i_t = sigmoid(W_i [h_{t-1}, x_t] + b_i)                   (2) input gate
    g_t = tanh(W_c [h_{t-1}, x_t] + b_c)                      (3) candidate
    o_t = sigmoid(W_o [h_{t-1}, x_t] + b_o)                   (4) output gate
    c_t = f_t * c_{t-1} + i_t * g_t                           (5) cell state
    h_t = o_t * tanh(c_t)                                         hidden state

The attention is that of Figure 4, with several heads:

    Attention(Q, K, V) = softmax(Q K^T / sqrt(d_k)) V

What the paper leaves open, and what is chosen, stands in docs/interpretation.md.

References:
- Pang and Li, "Enhancing cybersecurity in IoT networks: a deep learning approach to anomaly
  detection": the paper.
- Hochreiter and Schmidhuber, "Long short-term memory", 1997.
- Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical machine
  translation", 2014: the GRU.
- Vaswani et al., "Attention is all you need", 2017: multi-head attention.
- Gorishniy et al., "Revisiting deep learning models for tabular data", 2021: a token for each
  feature.

Shapes: B records in a batch; L1 numerical and L2 categorical features; E the width of a token; h
that of a hidden state; T hidden states of all layers; D units of the dense layer; C classes. With
`sequence: flows` a record is the last of a window of W flows, and a token stands for one flow.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ecnet.models.hyperparameters import Hyperparameters
from ecnet.models.parameters import DataShape, width

_CELLS: dict[str, Callable[..., nn.RNNBase]] = {"lstm": nn.LSTM, "rnn": nn.RNN, "gru": nn.GRU}


class Network(nn.Module):
    """EcNet and its variants; `set` of an engine gives it weights.

    A branch without features does not exist.
    """

    def __init__(self, data: DataShape, hyper: Hyperparameters) -> None:
        super().__init__()
        flows, h = hyper.sequence == "flows", width(data, hyper)
        self.last, self.merged = hyper.pooling == "last", hyper.branches == "merged"
        # Merged branches form one sequence of all tokens. With flows they join within each step,
        # so that a step is still one flow.
        self.axis = 2 if flows else 1
        self.numerical = (
            NumericalTokens(data.numerical, hyper.embedding, flows) if data.numerical else None
        )
        self.categorical = (
            CategoricalTokens(data.cardinalities, hyper.embedding, flows)
            if data.cardinalities
            else None
        )
        branches = sum(branch is not None for branch in (self.numerical, self.categorical))
        layers = 1 if self.merged else branches
        incoming = hyper.embedding * branches if self.merged and flows else hyper.embedding
        cell = _CELLS[hyper.cell]
        self.recurrent = nn.ModuleList(cell(incoming, h, batch_first=True) for _ in range(layers))
        self.attention = PooledAttention(h, hyper.heads) if hyper.attention else None
        self.dense = nn.Linear(h, hyper.dense)
        self.classes = nn.Linear(hyper.dense, data.classes)

    def forward(
        self,
        numerical: Tensor,
        categorical: Tensor,
        lengths: Tensor | None,
        keep: Tensor | None = None,
    ) -> Tensor:
        """Return logits, (B, C), whose softmax is the class probabilities.

        numerical: (B, L1); with flows (B, W, L1).
        categorical: (B, L2); with flows (B, W, L2).
        lengths: None; with flows (B,), how many steps, the first ones, are not padding.
        keep: (B, D), what dropout multiplies by; None drops nothing.
        """
        states = self.states(numerical, categorical)  # (B, T, h)
        if lengths is None:
            steps = torch.tensor([states.shape[1]], device=states.device)
            weights, valid = self._pooling(steps, states.shape[1], 1), None  # (1, T)
        else:
            layers = len(self.recurrent)
            weights = self._pooling(lengths, states.shape[1] // layers, layers)  # (B, T)
            valid = None if self.last else weights > 0
        if self.attention is not None:
            pooled = self.attention(states, weights, valid)  # (B, h)
        else:
            pooled = (weights[:, None] @ states).squeeze(1)  # (B, h)
        hidden = self.dense(pooled).relu()  # (B, D)
        logits: Tensor = self.classes(hidden if keep is None else hidden * keep)  # (B, C)
        return logits

    def states(self, numerical: Tensor, categorical: Tensor) -> Tensor:
        """Return the hidden states of all layers, one after the other, (B, T, h)."""
        sequences = []
        if self.numerical is not None:
            sequences.append(self.numerical(numerical))  # (B, L1, E)
        if self.categorical is not None:
            sequences.append(self.categorical(categorical))  # (B, L2, E)
        if self.merged:
            sequences = [torch.cat(sequences[::-1], dim=self.axis)]  # (B, L2 + L1, E)
        pairs = zip(self.recurrent, sequences, strict=True)
        return torch.cat([layer(sequence)[0] for layer, sequence in pairs], dim=1)  # (1) to (5)

    def _pooling(self, lengths: Tensor, steps: int, layers: int) -> Tensor:
        """Return the weight of each hidden state in the mean, (len(lengths), layers * steps)."""
        position = torch.arange(steps, device=lengths.device)
        if self.last:
            return (position == lengths[:, None] - 1).float()
        share = (position < lengths[:, None]) / (lengths[:, None] * layers)
        return share.repeat(1, layers)


class NumericalTokens(nn.Module):
    """Token j of a record is x_j w_j + b_j; with flows the token of a flow is x W + b."""

    def __init__(self, features: int, width: int, flows: bool) -> None:
        super().__init__()
        self.flows = flows
        self.weight = nn.Parameter(torch.empty(features, width))
        self.bias = nn.Parameter(torch.empty(1 if flows else features, width))

    def forward(self, values: Tensor) -> Tensor:
        """From (B, L1) to (B, L1, E); with flows from (B, W, L1) to (B, W, E)."""
        if self.flows:
            return values @ self.weight + self.bias
        return values[..., None] * self.weight + self.bias


class CategoricalTokens(nn.Module):
    """Token j is row `id` of the embedding of feature j; with flows a flow is their sum.

    Id 0, a value that train does not contain, is the zero vector: no training record has it, so it
    cannot be learned, and zero adds nothing to the input of the recurrent layer.
    """

    offsets: Tensor

    def __init__(self, cardinalities: tuple[int, ...], width: int, flows: bool) -> None:
        super().__init__()
        self.flows = flows
        # One table for all features; the rows of feature j follow those of the features before.
        rows = np.array(cardinalities) - 1
        self.weight = nn.Parameter(torch.empty(int(rows.sum()), width))
        offsets = torch.from_numpy(np.cumsum(rows) - rows)
        self.register_buffer("offsets", offsets, persistent=False)

    def forward(self, ids: Tensor) -> Tensor:
        """From (B, L2) to (B, L2, E); with flows from (B, W, L2) to (B, W, E)."""
        table = functional.pad(self.weight, (0, 0, 1, 0))  # row 0: zeros, for id 0
        tokens = functional.embedding(torch.where(ids > 0, ids + self.offsets, 0), table)
        return tokens.sum(dim=-2) if self.flows else tokens


class PooledAttention(nn.Module):
    """Multi-head self-attention, softmax(Q K^T / sqrt(d_k)) V, and the mean of its outputs.

    The mean is taken first, which gives the same for less work. With w_i the weight of output i in
    the mean, P the softmax of a head and V_j the value of hidden state j:

        sum_i w_i sum_j P_ij V_j = sum_j p_j V_j,  p_j = sum_i w_i P_ij

    The value and output projections then act on one vector for each head instead of on T. The key
    has no bias: it adds the same number to all scores of a query, and the softmax cancels it.
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

        valid: (B, T), false for padding, which no query sees; None if there is none.
        """
        batch, steps, width = states.shape
        split = (batch, steps, self.heads, width // self.heads)  # the last one is d_k
        query = self.query(states).view(split).transpose(1, 2)  # (B, heads, T, d_k)
        key = self.key(states).view(split).transpose(1, 2)  # (B, heads, T, d_k)
        scores = query / math.sqrt(split[-1]) @ key.transpose(2, 3)  # (B, heads, T, T)
        if valid is not None:
            scores = scores.masked_fill(~valid[:, None, None], -math.inf)
        shares = (weights[:, None, None] @ scores.softmax(dim=-1)).squeeze(2)  # (B, heads, T)
        pooled = shares @ states  # (B, heads, h)
        projection = self.value.weight.view(self.heads, -1, width)  # (heads, d_k, h)
        value = torch.einsum("bnh,ndh->bnd", pooled, projection).flatten(1) + self.value.bias
        output: Tensor = self.output(value)  # (B, h)
        return output
