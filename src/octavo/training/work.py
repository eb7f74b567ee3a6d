"""What steps cost in operations, and what comes of it: throughput, and the share of the device's peak."""

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor, nn

from octavo.models import Idefics3, flops
from octavo.models.flops import Backward, Looking
from octavo.models.segments import size
from octavo.training.packing import Pack


class Flops(NamedTuple):
    """Operations, backward included: of the encoder with the connector, of the decoder with gated layers and head."""

    encoder: int
    decoder: int


class Work:
    """What packs cost a model as it is open for a stage: what is frozen costs less, and without answers all is the
    encoder's.
    """

    def __init__(self, model: Idefics3, answers: bool = True) -> None:
        self.config, self.answers = model.config, answers
        trunk = model.model
        head = trunk.text_model.embed_tokens if model.lm_head is None else model.lm_head
        order = [trunk.vision_model, trunk.connector, trunk.text_model.embed_tokens, trunk.fusion]
        found = backwards([*order, trunk.text_model.layers, head])
        self.vision, self.connector, _, self.gated, self.layers, self.head = found

    def of(self, pack: Pack) -> Flops:
        """The operations of a pack, from its real tiles and segments."""
        config, tiles, tokens = self.config, len(pack.tiles_NCHW), len(pack.token_ids_T)
        _, _, height, width = pack.tiles_NCHW.shape  # of a strip, the height is less
        encoder = flops.encoder_flops(config.vision, tiles, self.vision, height // config.vision.patch_size)
        if not self.answers:
            return Flops(encoder, 0)
        encoder += flops.connector_flops(config, tiles, self.connector) * height // width
        decoder = flops.decoder_flops(config.text, pack.segments, self.layers)
        decoder += flops.head_flops(config.text, pack.answer_tokens, self.head)
        if config.cross is not None:
            looking = looking_in(pack, config.image_token_id)
            decoder += flops.gated_flops(config, config.cross, tokens, tiles, looking, self.gated)
        return Flops(encoder, decoder)


def backwards(parts: Sequence[nn.Module | None]) -> list[Backward]:
    """What the backward pass computes of each of a model's parts, given from its inputs to its loss."""
    found, below = [], 0
    for part in parts:
        parameters = [] if part is None else list(part.parameters())
        count = sum(parameter.numel() for parameter in parameters)
        trained = sum(parameter.numel() for parameter in parameters if parameter.requires_grad)
        below = max(below, int(trained > 0))
        found.append(Backward(below, trained / max(count, 1)))
    return found


def looking_in(pack: Pack, image_token_id: int) -> Looking:
    """What gated layers look at in a pack, where one marker stands for a tile.

    Tokens at and behind a segment's first marker look, each at the tiles whose markers stand at or before it.
    """
    tokens = pairs = start = 0
    for segment in pack.segments:
        length = size(segment)
        markers: Tensor = (pack.token_ids_T[start : start + length] == image_token_id).nonzero().squeeze(1)
        if len(markers):
            tokens += length - int(markers[0])
            pairs += len(markers) * length - int(markers.sum())
        start += length
    return Looking(tokens, pairs)


def rates(tokens: int, tiles: int, done: Flops, seconds: float, peak: float) -> dict[str, float]:
    """What a step of so many seconds comes to, on devices of `peak` operations a second together.

    `mfu_encoder` and `mfu_decoder` are the shares of the peak that the operations of each took; they add up to `mfu`.
    """
    most = peak * seconds
    return {
        "seconds": seconds,
        "tokens_per_s": tokens / seconds,
        "tiles_per_s": tiles / seconds,
        "flops_encoder": done.encoder,
        "flops_decoder": done.decoder,
        "mfu": sum(done) / most,
        "mfu_encoder": done.encoder / most,
        "mfu_decoder": done.decoder / most,
    }
