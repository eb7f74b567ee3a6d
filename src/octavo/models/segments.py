"""How samples lie in one sequence: as segments that see nothing of each other, each in one piece or with branches.

Shapes: T tokens of all segments, S tokens of all branches of a segment, P tokens of its prefix and S.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
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


def branch_mask(segment: Branched, window: int | None, device: torch.device) -> Tensor:
    """What the tokens of the branches see of the segment: bool [S, P].

    With prefix 2 and branches (2, 1), where rows look at columns:

        1 1 1 . .
        1 1 1 1 .
        1 1 . . 1

    With a `window`, nothing whose position is `window` or more before its own.
    """
    ends = torch.tensor(list(accumulate(segment.branches)), device=device)
    branch_S = torch.searchsorted(ends, torch.arange(int(ends[-1]), device=device), right=True)
    place_P = positions([segment], 0, device)
    place_S1 = place_P[segment.prefix :, None]
    own_SP = torch.cat((torch.full((segment.prefix,), -1, device=device), branch_S)) == branch_S[:, None]
    own_SP[:, : segment.prefix] = True
    mask_SP = own_SP & (place_P <= place_S1)
    return mask_SP if window is None else mask_SP & (place_P > place_S1 - window)
