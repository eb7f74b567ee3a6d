"""Self-attention fusion: image features stand in the decoder's own sequence, where the image tokens are.

What Idefics2 and Idefics3 share (the "fully autoregressive" architecture of arXiv 2405.02246).

Shapes: T tokens of all segments, M positions that get logits, I image tokens in all, D hidden size of the decoder,
V vocabulary.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from octavo.models.attention import KVCache, packed_attention
from octavo.models.config import TextConfig
from octavo.models.fusion import CrossFusion
from octavo.models.initial import init_weights
from octavo.models.segments import Segment, total
from octavo.models.text import DecoderLayer, TextModel
from octavo.models.vision import EncoderLayer, VisionModel


class Trunk(nn.Module):
    """All but the head: the published names put it under `model.`"""

    def __init__(
        self, vision_model: VisionModel, connector: nn.Module, text_model: TextModel, fusion: CrossFusion | None = None
    ) -> None:
        super().__init__()
        self.vision_model = vision_model
        self.connector = connector
        self.text_model = text_model
        self.fusion = fusion


class Autoregressive(nn.Module):
    """Trunk and head. Parameters carry the published names, so a published file is their state as it is.

    With a tied head there is no `lm_head`: the embeddings are the head's weight.
    """

    def __init__(self, trunk: Trunk, text: TextConfig, image_token_id: int) -> None:
        super().__init__()
        self.image_token_id = image_token_id
        self.model = trunk
        self.lm_head = None
        if not text.tie_word_embeddings:
            self.lm_head = nn.Linear(text.hidden_size, text.vocab_size, bias=False)

    @property
    def tied(self) -> dict[str, str]:
        """Names that a file may hold beside the parameters' own, each with the parameter that it must equal."""
        return {} if self.lm_head is not None else {"lm_head.weight": "model.text_model.embed_tokens.weight"}

    def head(self, x_TD: Tensor) -> Tensor:
        """Hidden states to logits."""
        head = self.model.text_model.embed_tokens.logits if self.lm_head is None else self.lm_head
        logits_TV: Tensor = head(x_TD)
        return logits_TV

    def forward(
        self,
        token_ids_T: Tensor,
        segments: Sequence[Segment],
        features_ID: Tensor | None = None,
        *,
        cache: KVCache | None = None,
        logits_at: Tensor | None = None,
    ) -> Tensor:
        """Logits [T, V] of the tokens that follow, or [M, V] at the positions `logits_at` (int64 [M]).

        `token_ids_T` (int64) holds the segments one behind the other: a segment is its number of tokens, or a
        `Branched`. Positions begin anew in each; attention is causal inside a segment, and nothing crosses.
        `features_ID` stand, in order, where the ids are `image_token_id`. With a `cache` there is one segment,
        which continues what the cache holds and is appended to it.

        Raises `ValueError` where segments and tokens, features and image tokens, or cache and tokens disagree.
        """
        if total(segments) != len(token_ids_T):
            raise ValueError(f"segments of {total(segments)} tokens in all, but {len(token_ids_T)} token ids")
        if cache is not None:
            if len(segments) != 1 or not isinstance(segments[0], int):
                raise ValueError(f"a cache continues one segment in one piece, not {segments}")
            cache.require_room(len(token_ids_T))
        x_TD = self._hidden(token_ids_T, segments, features_ID, cache)
        if logits_at is not None:
            x_TD = x_TD[logits_at]
        return self.head(x_TD)

    def new_cache(self, capacity: int) -> KVCache:
        """An empty cache for `capacity` tokens, of the parameters' dtype and on their device."""
        weight = self.model.text_model.norm.weight
        return KVCache(self.model.text_model.config, capacity, weight.dtype, weight.device)

    def _hidden(
        self, token_ids_T: Tensor, segments: Sequence[Segment], features_ID: Tensor | None, cache: KVCache | None
    ) -> Tensor:
        """Hidden states [T, D] that the head reads."""
        x_TD = self.model.text_model.embed_tokens(token_ids_T)
        if features_ID is not None or cache is None:  # an `<image>` that decoding drew is text like any other
            x_TD = self._with_features(x_TD, token_ids_T, x_TD[:0] if features_ID is None else features_ID)
        out_TD: Tensor = self.model.text_model(x_TD, segments, cache)
        return out_TD

    def _with_features(self, x_TD: Tensor, token_ids_T: Tensor, features_ID: Tensor) -> Tensor:
        places_I = (token_ids_T == self.image_token_id).nonzero().squeeze(1)
        if len(places_I) != len(features_ID):
            raise ValueError(f"{len(features_ID)} image features for {len(places_I)} image tokens")
        return x_TD.index_copy(0, places_I, features_ID.to(x_TD.dtype))

    def compile_layers(self) -> None:
        """Let `torch.compile` write the layers' kernels, for sizes of any kind; parameters keep their names.

        It takes a minute at the first packs, and on a CPU a C++ compiler. Attention within segments stays as it is,
        for they are others in every pack; so do layers behind a cache.
        """
        as_written = torch.compiler.disable(packed_attention)  # type: ignore[no-untyped-call]
        for layer in self.modules():
            if isinstance(layer, DecoderLayer):
                layer.self_attn.packed_attention = as_written
            if isinstance(layer, DecoderLayer | EncoderLayer):
                layer.compile(dynamic=True)

    def init_weights(self, generator: torch.Generator) -> None:
        """Fresh weights; see `octavo.models.initial.init_weights`."""
        init_weights(self, generator)
