"""The loss: a sum over answer tokens, divided by their number in the whole batch.

Shapes: T tokens of the pack, M answer tokens, V vocabulary, N tiles, I image tokens, D hidden size.
"""

import torch.nn.functional as F
from torch import Tensor

from octavo.models import Idefics3
from octavo.processing import Processor
from octavo.training.packing import Pack


def answer_loss_sum(model: Idefics3, processor: Processor, pack: Pack) -> Tensor:
    """Cross-entropy summed over the pack's answer tokens, in nats: a scalar with its graph.

    The token before an answer token predicts it. The first token of a sample, or of one of its branches, never
    carries loss, so no prediction crosses an edge. Logits exist only where a token is predicted: for a
    vocabulary of 49,280 and a pack of 10,000 tokens the full table would be 2 GB.
    """
    before_M = (pack.labels_T[1:] != -100).nonzero().squeeze(1)
    features_ID = None
    if len(pack.tiles_NCHW):
        features_ID = model.encode_tiles(processor.normalise(pack.tiles_NCHW)).flatten(0, 1)
    logits_MV = model(pack.token_ids_T, pack.segments, features_ID=features_ID, logits_at=before_M)
    return F.cross_entropy(logits_MV.float(), pack.labels_T[before_M + 1], reduction="sum")
