"""A softmax over many classes in clusters, the rare ones by smaller layers (Grave et al., "Efficient softmax approximation
for GPUs", 2017)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ...tensor import Tensor
from .. import functional as F
from .container import ModuleList, Sequential
from .linear import Linear
from .module import Module


class _ASMoutput(NamedTuple):
    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """(output, loss): the log-probability of each target, and its negative mean.

    Classes are sorted by frequency, the most frequent first. The head scores the first cutoffs[0] classes and each later
    cluster as a whole; cluster i has a layer of width in_features / div_value ** (i + 1).

    >>> asm = nn.AdaptiveLogSoftmaxWithLoss(8, 20, [5, 10])
    >>> asm(torch.randn(3, 8), torch.tensor([0, 7, 19])).output.shape
    torch.Size([3])
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        ends = list(cutoffs)
        if not ends:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        if ends != sorted(set(ends)) or min(ends) <= 0 or max(ends) > n_classes - 1 or any(int(c) != c for c in ends):
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each value is between "
                "1 and n_classes-1"
            )
        self.in_features, self.n_classes, self.div_value, self.head_bias = in_features, n_classes, div_value, head_bias
        self.cutoffs = [*ends, n_classes]
        self.shortlist_size, self.n_clusters = ends[0], len(ends)
        self.head_size = self.shortlist_size + self.n_clusters
        made = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, bias=head_bias, **made)
        self.tail = ModuleList()
        for i in range(self.n_clusters):
            width = int(in_features // div_value ** (i + 1))
            count = self.cutoffs[i + 1] - self.cutoffs[i]
            self.tail.append(
                Sequential(Linear(in_features, width, bias=False, **made), Linear(width, count, bias=False, **made))
            )

    def reset_parameters(self) -> None:
        """Draw the parameters anew."""
        self.head.reset_parameters()
        for narrow, wide in self.tail:  # type: ignore[misc]
            narrow.reset_parameters()
            wide.reset_parameters()

    def forward(self, input_: Any, target_: Any) -> _ASMoutput:
        if target_.dim() > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        if target_.dim() == 1:
            if input_.size(0) != target_.size(0):
                raise RuntimeError("Input and target should have the same size in the batch dimension.")
            if input_.dim() != 2:
                raise RuntimeError(
                    f"1D target tensor expects 2D input tensors, but found inputs with size {input_.size()}"
                )
        elif input_.dim() != 1:
            raise RuntimeError(f"0D target tensor expects 1D input tensors, but found inputs with size {input_.size()}")
        batched = target_.dim() == 1
        input, target = (input_, target_) if batched else (input_.unsqueeze(0), target_.unsqueeze(0))
        used, count = 0, target.size(0)
        output, place = input.new_zeros(count), target.new_empty(count)
        for i, (low, high) in enumerate(zip([0, *self.cutoffs], self.cutoffs)):
            inside = (target >= low) & (target < high)
            rows = inside.nonzero().squeeze()
            if rows.numel() == 0:
                continue
            if i == 0:
                place.index_copy_(0, rows, target[inside])
            else:
                own = target[inside] - low
                scores = self.tail[i - 1](input.index_select(0, rows))
                place.index_fill_(0, rows, self.shortlist_size + i - 1)
                found = F.log_softmax(scores, dim=1).gather(1, own.unsqueeze(1))  # type: ignore[attr-defined]
                output.index_copy_(0, rows, found.squeeze(1))
            used += rows.numel()
        if used != count:
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range [{target.min().item()}, "
                f"{target.max().item()}] were found. "
            )
        head: Any = F.log_softmax(self.head(input), dim=1)
        output += head.gather(1, place.unsqueeze(1)).squeeze()
        loss = (-output).mean()
        return _ASMoutput(output if batched else output.squeeze(0), loss)

    def _of_all_classes(self, input: Any, head_output: Any) -> Any:
        out = input.new_empty((head_output.size(0), self.n_classes))
        head: Any = F.log_softmax(head_output, dim=1)
        out[:, : self.shortlist_size] = head[:, : self.shortlist_size]
        for i, (start, stop) in enumerate(zip(self.cutoffs, self.cutoffs[1:])):
            own: Any = F.log_softmax(self.tail[i](input), dim=1)
            out[:, start:stop] = own + head[:, self.shortlist_size + i].unsqueeze(1)
        return out

    def log_prob(self, input: Any) -> Tensor:
        """The log-probabilities of all classes: (N, n_classes)."""
        return self._of_all_classes(input, self.head(input))  # type: ignore[no-any-return]

    def predict(self, input: Any) -> Tensor:
        """The most probable class of each example: (N,)."""
        head = self.head(input)
        output = head.argmax(dim=1)
        rare = output >= self.shortlist_size
        if not rare.any():
            return output  # type: ignore[no-any-return]
        if rare.all():
            return self._of_all_classes(input, head).argmax(dim=1)  # type: ignore[no-any-return]
        output[rare] = self._of_all_classes(input[rare], head[rare]).argmax(dim=1)
        return output  # type: ignore[no-any-return]
