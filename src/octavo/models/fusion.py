"""Fusion by gated cross-attention on tiles: a tile is one marker among the tokens, and those behind it look at it.

Shapes: T tokens of all segments, N tiles, S vectors of a tile, I vectors of all tiles, D hidden size.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from octavo.models.config import CrossAttentionConfig, TextConfig
from octavo.models.cross_attention import CrossCache, GatedCrossAttentionLayer, looks
from octavo.models.segments import Segment, size

LookAtTiles = Callable[[int, Tensor], Tensor]  # the number of a decoder layer and its input [T, D], to its new input


def visible(places_N: Tensor, segments: Sequence[Segment], held: int) -> Tensor:
    """Which tiles each token sees: bool [T, held + N], true for a tile whose marker is at or before it in its segment.

    Of a segment with branches the tiles are the prefix's, so every branch sees them all.

    `places_N` are the markers' positions; `held` tiles came before the first token, and all tokens see them.
    """
    ends = torch.tensor([size(segment) for segment in segments]).cumsum(0)
    place_T = torch.arange(int(ends[-1]))
    segment_T = torch.searchsorted(ends, place_T, right=True)
    places_N = places_N.cpu()
    seen_TN = (segment_T[:, None] == segment_T[places_N]) & (place_T[:, None] >= places_N)
    return torch.cat((torch.ones(len(place_T), held, dtype=torch.bool), seen_TN), dim=1)


class CrossFusion(nn.Module):
    """The gated layers, before every `interval`-th layer of the decoder."""

    def __init__(self, text: TextConfig, config: CrossAttentionConfig, interval: int) -> None:
        super().__init__()
        self.interval = interval
        gated = range(0, text.num_hidden_layers, interval)
        self.layers = nn.ModuleList(GatedCrossAttentionLayer(text, config) for _ in gated)

    def look(
        self, features_NSD: Tensor, places_N: Tensor, segments: Sequence[Segment], cache: CrossCache | None
    ) -> LookAtTiles:
        """What goes before each decoder layer, with the tiles' markers at `places_N`.

        A cache keeps the tiles' keys and values, and those it holds are seen by every token.
        """
        held = cache.image_count if cache is not None else 0
        seen = looks(visible(places_N, segments, held))
        images = [layer.cross_attn.keys_values(features_NSD) for layer in self._gated()] if len(features_NSD) else []
        if cache is not None:
            if images:
                cache.add_images(images)
            images = list(cache.images)

        def before(number: int, x_TD: Tensor) -> Tensor:
            index, other = divmod(number, self.interval)
            if other:
                return x_TD
            out_TD: Tensor = self.layers[index](x_TD, images[index] if images else None, seen)
            return out_TD

        return before

    def _gated(self) -> list[GatedCrossAttentionLayer]:
        return [layer for layer in self.layers if isinstance(layer, GatedCrossAttentionLayer)]
