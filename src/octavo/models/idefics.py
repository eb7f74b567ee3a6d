"""IDEFICS1 whole: images, token ids and what each token sees in, logits out (arXiv 2306.16527).

Shapes: T tokens of all segments, M positions that get logits, N images, C channels, H and W pixels, S feature
vectors of an image, F their size, D hidden size of the decoder, V vocabulary with its additional tokens.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from octavo.models.attention import Layout
from octavo.models.clip import ClipVisionModel
from octavo.models.config import IdeficsConfig
from octavo.models.cross_attention import CrossAttention, CrossCache, GatedCrossAttentionLayer, KeysValues, Look, looks
from octavo.models.initial import init_weights
from octavo.models.resampler import Resampler
from octavo.models.segments import positions
from octavo.models.text import DecoderLayer, RMSNorm, rotary


class DecoupledEmbedding(nn.Embedding):
    """Embeddings of the decoder's own tokens, and apart from them those of the additional tokens behind."""

    def __init__(self, config: IdeficsConfig) -> None:
        super().__init__(config.text.vocab_size, config.text.hidden_size)
        if config.additional_vocab_size:
            self.additional_embedding = nn.Embedding(config.additional_vocab_size, config.text.hidden_size)

    def forward(self, token_ids_T: Tensor) -> Tensor:
        more_M = (token_ids_T >= self.num_embeddings).nonzero().squeeze(1)
        if not len(more_M):
            return super().forward(token_ids_T)
        # Row 0 stands where an additional token will, and is overwritten.
        x_TD = super().forward(token_ids_T.index_fill(0, more_M, 0))
        return x_TD.index_copy(0, more_M, self.additional_embedding(token_ids_T[more_M] - self.num_embeddings))


class DecoupledHead(nn.Linear):
    """The head of the decoder's own tokens, and apart from it that of the additional tokens behind."""

    def __init__(self, config: IdeficsConfig) -> None:
        super().__init__(config.text.hidden_size, config.text.vocab_size, bias=False)
        if config.additional_vocab_size:
            self.additional_fc = nn.Linear(config.text.hidden_size, config.additional_vocab_size, bias=False)


class Trunk(nn.Module):
    """All but the head: the published names put it under `model.`"""

    def __init__(self, config: IdeficsConfig) -> None:
        super().__init__()
        self.config = config
        self.embed_tokens = DecoupledEmbedding(config)
        self.vision_model = ClipVisionModel(config.vision)
        if config.perceiver is not None:
            self.perceiver_resampler = Resampler(config.perceiver, config.vision.hidden_size)
        layers, interval = config.text.num_hidden_layers, config.cross_layer_interval
        self.layers = nn.ModuleList(DecoderLayer(config.text, layer) for layer in range(layers))
        self.gated_cross_attn_layers = nn.ModuleList(
            GatedCrossAttentionLayer(config.text, config.cross) for _ in range(layers // interval)
        )
        self.norm = RMSNorm(config.text.hidden_size, config.text.rms_norm_eps)

    def keys_values(self, features_NSF: Tensor) -> list[KeysValues]:
        """Keys and values of images in every gated layer."""
        layers = self.gated_cross_attn_layers.modules()
        return [layer.keys_values(features_NSF) for layer in layers if isinstance(layer, CrossAttention)]

    def forward(
        self,
        x_TD: Tensor,
        lengths: Sequence[int],
        images: Sequence[KeysValues],
        seen: Sequence[Look],
        cache: CrossCache | None,
    ) -> Tensor:
        positions_T = positions(lengths, cache.length if cache is not None else 0, x_TD.device)
        turns, layout = rotary(positions_T, self.config.text, x_TD.dtype), Layout(lengths)
        for number, layer in enumerate(self.layers):
            if number % self.config.cross_layer_interval == 0:
                gated = number // self.config.cross_layer_interval
                x_TD = self.gated_cross_attn_layers[gated](x_TD, images[gated] if images else None, seen)
            x_TD = layer(x_TD, turns, layout, cache)
        if cache is not None:
            cache.advance(len(x_TD))
        out_TD: Tensor = self.norm(x_TD)
        return out_TD


class Idefics(nn.Module):
    """The model. Its parameters carry the published names, so a published file is its state as it is.

    With a tied head there is no `lm_head`: both parts of the embeddings are the head's weights.
    """

    def __init__(self, config: IdeficsConfig) -> None:
        super().__init__()
        self.config = config
        self.model = Trunk(config)
        self.lm_head = None if config.text.tie_word_embeddings else DecoupledHead(config)

    @property
    def tied(self) -> dict[str, str]:
        """Names that a file may hold beside the parameters' own, each with the parameter that it must equal."""
        if self.lm_head is not None:
            return {}
        twins = {"lm_head.weight": "model.embed_tokens.weight"}
        if self.config.additional_vocab_size:
            twins["lm_head.additional_fc.weight"] = "model.embed_tokens.additional_embedding.weight"
        return twins

    def encode_tiles(self, pixels_NCHW: Tensor) -> Tensor:
        """Features of normalised images [N, 3, H, H]: [N, S, F], of the parameters' dtype.

        S is `perceiver.resampler_n_latents`, or without a resampler one more than the patches of an image. Raises
        `ValueError` for images that are not squares of `config.vision.image_size` pixels.
        """
        side = self.config.vision.image_size
        if pixels_NCHW.shape[-2:] != (side, side):
            raise ValueError(f"images of {pixels_NCHW.shape[-1]}×{pixels_NCHW.shape[-2]} pixels, not {side}×{side}")
        features_NSF: Tensor = self.model.vision_model(pixels_NCHW)
        if self.config.perceiver is not None:
            features_NSF = self.model.perceiver_resampler(features_NSF)
        return features_NSF

    def features_of(self, images: Tensor | Sequence[Tensor]) -> Tensor:
        """What `forward` takes as features of images; see `encode_tiles`."""
        assert isinstance(images, Tensor), "images are squares of one size"
        return self.encode_tiles(images)

    def new_cache(self, capacity: int) -> CrossCache:
        """An empty cache for `capacity` tokens, of the parameters' dtype and on their device."""
        weight = self.model.norm.weight
        return CrossCache(self.config.text, capacity, weight.dtype, weight.device)

    def forward(
        self,
        token_ids_T: Tensor,
        lengths: Sequence[int],
        features_NSF: Tensor | None = None,
        *,
        visible_TN: Tensor | None = None,
        cache: CrossCache | None = None,
        logits_at: Tensor | None = None,
    ) -> Tensor:
        """Logits [T, V] of the tokens that follow, or [M, V] at the positions `logits_at` (int64 [M]).

        `token_ids_T` (int64) holds segments of `lengths` tokens, one behind the other. Positions begin anew in
        each; attention is causal inside a segment, and nothing crosses. `features_NSF` are those of all segments'
        images, and `visible_TN` (bool) says which of them each token sees. With a `cache` there is one segment,
        which continues what the cache holds and is appended to it; the images that it holds come first in
        `visible_TN`, before those of `features_NSF`, which it holds from then on.

        Raises `ValueError` where lengths and tokens, images and `visible_TN`, or cache and tokens disagree.
        """
        if sum(lengths) != len(token_ids_T):
            raise ValueError(f"segments of {sum(lengths)} tokens in all, but {len(token_ids_T)} token ids")
        if cache is not None:
            if len(lengths) != 1:
                raise ValueError(f"a cache continues one segment, not {len(lengths)}")
            cache.require_room(len(token_ids_T))
        held = cache.image_count if cache is not None else 0
        seen = _looks(visible_TN, len(token_ids_T), held + (0 if features_NSF is None else len(features_NSF)))
        images = self._images(features_NSF, cache)
        x_TD = self.model(self.model.embed_tokens(token_ids_T), lengths, images, seen, cache)
        return self._logits(x_TD if logits_at is None else x_TD[logits_at])

    def _images(self, features_NSF: Tensor | None, cache: CrossCache | None) -> Sequence[KeysValues]:
        """Keys and values of the images that the cache holds and of those that come with features."""
        new = [] if features_NSF is None else self.model.keys_values(features_NSF)
        if cache is None:
            return new
        if new:
            cache.add_images(new)
        return cache.images

    def _logits(self, x_MD: Tensor) -> Tensor:
        own, more = self.model.embed_tokens.weight, "model.embed_tokens.additional_embedding.weight"
        if self.lm_head is not None:
            own, more = self.lm_head.weight, "lm_head.additional_fc.weight"
        logits_MV = F.linear(x_MD, own)
        if not self.config.additional_vocab_size:
            return logits_MV
        return torch.cat([logits_MV, F.linear(x_MD, self.get_parameter(more))], dim=-1)

    @torch.no_grad()
    def init_weights(self, generator: torch.Generator) -> None:
        """Fresh weights; see `octavo.models.initial`. Class token and latents come from N(0, 1), as in transformers."""
        init_weights(self, generator)
        self.model.vision_model.embeddings.class_embedding.normal_(generator=generator)
        if self.config.perceiver is not None:
            self.model.perceiver_resampler.latents.normal_(generator=generator)


def _looks(visible_TN: Tensor | None, tokens: int, images: int) -> list[Look]:
    """The runs of `visible_TN`. Raises `ValueError` where it is not of these tokens and images."""
    shape = (tokens, 0) if visible_TN is None else tuple(visible_TN.shape)
    if shape != (tokens, images):
        raise ValueError(f"visible_TN of shape {list(shape)} for {tokens} tokens and {images} images")
    return [] if visible_TN is None else looks(visible_TN)
