"""The loss: a sum over answer tokens, divided by their number in the whole batch, and what the encoder adds to it.

Shapes: T tokens of the pack, M answer tokens, V vocabulary, N tiles, S patches of a tile, I image tokens, D hidden
size.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from octavo.errors import OctavoError
from octavo.models import Idefics3
from octavo.processing import Processor
from octavo.training.glyphs import glyph_loss_sum
from octavo.training.guide import guide_loss_sum, watched
from octavo.training.packing import Pack
from octavo.training.recipe import Stage


def loss_sum(model: Idefics3, processor: Processor, pack: Pack, stage: Stage) -> Tensor:
    """What a stage minimises, summed over the pack, in nats: a scalar with its graph.

    Cross-entropy of the answers, `stage.glyphs` times that of the characters in the patches and `stage.guide` times
    that of where two heads look. Raises `OctavoError` where the stage asks for those and the samples do not know them.
    """
    if (stage.glyphs and pack.cells_NS2 is None) or (stage.guide and pack.looks_T is None):
        raise OctavoError(
            f"stage {stage.name} trains glyph cells or a guide, which only drawn samples have: kind 'synthetic'"
        )
    if not (stage.glyphs or stage.guide or stage.strip):
        return answer_loss_sum(model, processor, pack)
    pixels_NCHW = processor.normalise(pack.tiles_NCHW)
    patches_NSD = model.model.vision_model(pixels_NCHW, top=_top(model, stage))
    losses = []
    if stage.glyphs and pack.cells_NS2 is not None:
        losses.append(stage.glyphs * glyph_loss_sum(model, patches_NSD, pack.cells_NS2))
    if stage.answers:
        features_ID = model.model.connector(patches_NSD, model.config.vision.patches_per_side).flatten(0, 1)
        with watched(model) as inputs:
            losses.append(_answers(model, pack, features_ID))
        if stage.guide:
            losses.append(stage.guide * guide_loss_sum(model, pack, inputs))
    return torch.stack(losses).sum()


def _top(model: Idefics3, stage: Stage) -> int | None:
    """The row of patches at which a pack's strips begin: one that begins a square of the pixel shuffle, drawn anew."""
    if stage.strip is None:
        return None
    scale, vision = model.config.scale_factor, model.config.vision
    spare = (vision.image_size - stage.strip) // (vision.patch_size * scale)
    return scale * int(torch.randint(spare + 1, (1,)))


def targets(pack: Pack, stage: Stage) -> int:
    """What a stage's loss is a mean over: the answer tokens; without answers the characters."""
    return pack.answer_tokens if stage.answers else pack.characters


def answer_loss_sum(model: Idefics3, processor: Processor, pack: Pack) -> Tensor:
    """Cross-entropy summed over the pack's answer tokens, in nats: a scalar with its graph."""
    features_ID = None
    if len(pack.tiles_NCHW):
        features_ID = model.encode_tiles(processor.normalise(pack.tiles_NCHW)).flatten(0, 1)
    return _answers(model, pack, features_ID)


def _answers(model: Idefics3, pack: Pack, features_ID: Tensor | None) -> Tensor:
    """Cross-entropy of the answers behind image tokens.

    The token before an answer token predicts it. The first token of a sample, or of one of its branches, never
    carries loss, so no prediction crosses an edge. Logits exist only where a token is predicted: for a
    vocabulary of 49,280 and a pack of 10,000 tokens the full table would be 2 GB.
    """
    before_M = (pack.labels_T[1:] != -100).nonzero().squeeze(1)
    logits_MV = model(pack.token_ids_T, pack.segments, features_ID=features_ID, logits_at=before_M)
    return F.cross_entropy(logits_MV.float(), pack.labels_T[before_M + 1], reduction="sum")
