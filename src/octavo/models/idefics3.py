"""Idefics3 whole: tiles and token ids in, logits out (arXiv 2408.12637; SmolVLM is the same architecture).

Shapes: T tokens of all segments, M positions that get logits, N tiles, C channels, H and W pixels, S image
tokens of a tile, I image tokens in all, D hidden size of the decoder, V vocabulary.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from octavo.models.attention import KVCache
from octavo.models.config import Idefics3Config
from octavo.models.connectors import Connector
from octavo.models.text import RMSNorm, TextModel
from octavo.models.vision import VisionModel


class Trunk(nn.Module):
    """All but the head: the published names put it under `model.`"""

    def __init__(self, config: Idefics3Config) -> None:
        super().__init__()
        self.vision_model = VisionModel(config.vision)
        self.connector = Connector(config)
        self.text_model = TextModel(config.text)


class Idefics3(nn.Module):
    """The model. Its parameters carry the published names, so a published file is its state as it is.

    With a tied head there is no `lm_head`: the embeddings are the head's weight.
    """

    def __init__(self, config: Idefics3Config) -> None:
        super().__init__()
        self.config = config
        self.model = Trunk(config)
        self.lm_head = None
        if not config.text.tie_word_embeddings:
            self.lm_head = nn.Linear(config.text.hidden_size, config.text.vocab_size, bias=False)

    @property
    def tied(self) -> dict[str, str]:
        """Names that a file may hold beside the parameters' own, each with the parameter that it must equal."""
        return {} if self.lm_head is not None else {"lm_head.weight": "model.text_model.embed_tokens.weight"}

    @property
    def head_VD(self) -> Tensor:
        """The weight that turns hidden states into logits."""
        return self.lm_head.weight if self.lm_head is not None else self.model.text_model.embed_tokens.weight

    def checkpoint_layers(self, vision: bool = True, text: bool = True) -> None:
        """Set which layers keep their input alone for the backward pass and are computed again there.

        For a third more work an encoder's layer keeps one vector a patch in place of some sixteen.
        """
        self.model.vision_model.encoder.checkpointing = vision
        self.model.text_model.checkpointing = text

    def encode_tiles(self, pixels_NCHW: Tensor) -> Tensor:
        """Image tokens of normalised square tiles [N, 3, H, H]: [N, S, D], of the parameters' dtype.

        The tile's side may differ from `config.vision.image_size`. Raises `ValueError` for tiles that are
        not square, and where `scale_factor` does not divide the patches on their side.
        """
        height, width = pixels_NCHW.shape[-2:]
        patch, scale = self.config.vision.patch_size, self.config.scale_factor
        if height != width or width < patch or width // patch % scale:
            raise ValueError(
                f"tiles of {width}×{height} pixels do not divide into squares of "
                f"{scale}×{scale} patches of {patch} pixels"
            )
        features_NSD: Tensor = self.model.connector(self.model.vision_model(pixels_NCHW))
        return features_NSD

    def forward(
        self,
        token_ids_T: Tensor,
        lengths: Sequence[int],
        *,
        features_ID: Tensor | None = None,
        cache: KVCache | None = None,
        logits_at: Tensor | None = None,
    ) -> Tensor:
        """Logits [T, V] of the tokens that follow, or [M, V] at the positions `logits_at` (int64 [M]).

        `token_ids_T` (int64) holds segments of `lengths` tokens, one behind the other. Positions begin anew
        in each; attention is causal inside a segment, and nothing crosses. `features_ID` stand, in order,
        where the ids are `config.image_token_id`. With a `cache` there is one segment, which continues what
        the cache holds and is appended to it.

        Raises `ValueError` where lengths and tokens, features and image tokens, or cache and tokens disagree.
        """
        if sum(lengths) != len(token_ids_T):
            raise ValueError(f"segments of {sum(lengths)} tokens in all, but {len(token_ids_T)} token ids")
        if cache is not None:
            if len(lengths) != 1:
                raise ValueError(f"a cache continues one segment, not {len(lengths)}")
            cache.require_room(len(token_ids_T))
        x_TD = self.model.text_model.embed_tokens(token_ids_T)
        if features_ID is not None or cache is None:  # an `<image>` that decoding drew is text like any other
            x_TD = self._with_features(x_TD, token_ids_T, x_TD[:0] if features_ID is None else features_ID)
        x_TD = self.model.text_model(x_TD, lengths, cache)
        if logits_at is not None:
            x_TD = x_TD[logits_at]
        return F.linear(x_TD, self.head_VD)

    def _with_features(self, x_TD: Tensor, token_ids_T: Tensor, features_ID: Tensor) -> Tensor:
        places_I = (token_ids_T == self.config.image_token_id).nonzero().squeeze(1)
        if len(places_I) != len(features_ID):
            raise ValueError(f"{len(features_ID)} image features for {len(places_I)} image tokens")
        return x_TD.index_copy(0, places_I, features_ID.to(x_TD.dtype))

    @torch.no_grad()
    def init_weights(self, generator: torch.Generator) -> None:
        """Fresh weights: matrices and embeddings from N(0, 0.02²), biases 0, norms 1 (transformers'
        `_init_weights` with the published `initializer_range`). One generator state gives one set of weights.
        """
        for module in self.modules():
            if isinstance(module, (nn.Linear, nn.Conv2d, nn.Embedding)):
                module.weight.normal_(0.0, 0.02, generator=generator)
            elif isinstance(module, (nn.LayerNorm, RMSNorm)):
                module.weight.fill_(1.0)
            if isinstance(module, (nn.Linear, nn.Conv2d, nn.LayerNorm)) and module.bias is not None:
                module.bias.zero_()
