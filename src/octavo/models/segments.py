"""How samples lie in one sequence: as segments that see nothing of each other, each in one piece or with branches.

Shapes: T tokens of all segments, S tokens of all branches of a segment, P tokens of its prefix and S.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Branched:
    """A segment of `prefix` tokens and, behind them, branches of so many tokens each.

    A branch sees the prefix and itself, nothing of the others, and its positions continue from the prefix: what it
    computes is what prefix and branch alone would. All questions of a page stand so behind one page.
    """

    prefix: int
    branches: tuple[int, ...]


Segment: TypeAlias = int | Branched  # a number of tokens, or a prefix with its branches


def size(segment: Segment) -> int:
    """Tokens of a segment."""
    return segment if isinstance(segment, int) else segment.prefix + sum(segment.branches)


def total(segments: Sequence[Segment]) -> int:
    """Tokens of all segments."""
    return sum(size(segment) for segment in segments)


def positions(segments: Sequence[Segment], start: int, device: torch.device) -> Tensor:
    """Each token's position, int64 [T]: from `start` in each segment, and on from the prefix in each branch."""
    parts = []
    for segment in segments:
        if isinstance(segment, int):
            parts.append(torch.arange(start, start + segment, device=device))
        else:
            behind = start + segment.prefix
            parts.append(torch.arange(start, behind, device=device))
            parts += [torch.arange(behind, behind + branch, device=device) for branch in segment.branches]
    return torch.cat(parts)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the tokens of a pack stand, int64 [T] each: the segment's number, the branch's in it, the position.

    A branch's number is -1 in what all branches see.
    """

    segment_T: Tensor
    branch_T: Tensor
    position_T: Tensor

    @classmethod
    def of(cls, segments: Sequence[Segment], device: torch.device) -> "Places":
        """The places of all tokens."""
        sizes = [[segment] if isinstance(segment, int) else [segment.prefix, *segment.branches] for segment in segments]
        pieces = torch.tensor([tokens for pieces in sizes for tokens in pieces], device=device)
        branches = torch.tensor([number for pieces in sizes for number in range(-1, len(pieces) - 1)], device=device)
        numbers = torch.tensor([number for number, pieces in enumerate(sizes) for _ in pieces], device=device)
        return cls(
            numbers.repeat_interleave(pieces), branches.repeat_interleave(pieces), positions(segments, 0, device)
        )

    def sees(self, query: Tensor, key: Tensor, window: int | None) -> Tensor:
        """Whether tokens `query` see tokens `key`, by number (int64 of any shapes that broadcast): bool.

        The rule of packs: a token sees itself and what stands before it in its own segment, of the branches its own
        alone; with a `window`, nothing whose position is `window` or more before its own.
        """
        branch, place = self.branch_T[key], self.position_T[key]
        seen = (self.segment_T[query] == self.segment_T[key]) & (place <= self.position_T[query])
        seen = seen & ((branch == -1) | (branch == self.branch_T[query]))
        return seen if window is None else seen & (place > self.position_T[query] - window)


def branch_mask(segment: Branched, window: int | None, device: torch.device) -> Tensor:
    """What the tokens of the branches see of the segment (`Places.sees`): bool [S, P].

    With prefix 2 and branches (2, 1), where rows look at columns:

        1 1 1 . .
        1 1 1 1 .
        1 1 . . 1
    """
    tokens_P = torch.arange(size(segment), device=device)
    return Places.of([segment], device).sees(tokens_P[segment.prefix :, None], tokens_P, window)
