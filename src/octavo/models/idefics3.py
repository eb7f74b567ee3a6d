"""Idefics3 whole: tiles and token ids in, logits out (arXiv 2408.12637; SmolVLM is the same architecture).

Shapes: N tiles, C channels, H and W pixels, S image tokens of a tile, I image tokens in all, T tokens, D hidden size
of the decoder.
"""

from collections.abc import Sequence

from torch import Tensor

from octavo.models.attention import KVCache
from octavo.models.autoregressive import Autoregressive, Trunk
from octavo.models.config import Idefics3Config
from octavo.models.connectors import connector_of
from octavo.models.cross_attention import CrossCache
from octavo.models.fusion import CrossFusion
from octavo.models.segments import Segment
from octavo.models.text import TextModel
from octavo.models.vision import VisionModel


class Idefics3(Autoregressive):
    """SigLIP on square tiles, pixel shuffle with one linear layer, and the decoder.

    With a configuration of `model_type` "octavo", another connector, or gated cross-attention (`model.fusion`).
    """

    def __init__(self, config: Idefics3Config) -> None:
        fusion = None
        if config.cross is not None:
            fusion = CrossFusion(config.text, config.cross, config.cross_layer_interval)
        trunk = Trunk(VisionModel(config.vision), connector_of(config), TextModel(config.text), fusion)
        super().__init__(trunk, config.text, config.image_token_id)
        self.config = config

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

    def features_of(self, images: Tensor | Sequence[Tensor]) -> Tensor:
        """What `forward` takes as features of tiles, [N · S, D]; see `encode_tiles`."""
        assert isinstance(images, Tensor), "tiles are all of one size"
        return self.encode_tiles(images).flatten(0, 1)

    def new_cache(self, capacity: int) -> KVCache:
        if self.config.cross is None:
            return super().new_cache(capacity)
        weight = self.model.text_model.norm.weight
        return CrossCache(self.config.text, capacity, weight.dtype, weight.device)

    def _hidden(
        self, token_ids_T: Tensor, segments: Sequence[Segment], features_ID: Tensor | None, cache: KVCache | None
    ) -> Tensor:
        if self.model.fusion is None:
            return super()._hidden(token_ids_T, segments, features_ID, cache)
        assert cache is None or isinstance(cache, CrossCache), "cross-attention takes a cache of new_cache"
        x_TD = self.model.text_model.embed_tokens(token_ids_T)
        places_N = (token_ids_T == self.config.image_token_id).nonzero().squeeze(1)
        if features_ID is None and cache is not None:
            places_N = places_N[:0]  # an `<image>` that decoding drew is text like any other
        features_ID = x_TD[:0] if features_ID is None else features_ID
        vectors = self.config.tokens_per_tile
        if len(places_N) * vectors != len(features_ID):
            raise ValueError(f"{len(features_ID)} image features for {len(places_N)} tiles of {vectors}")
        features_NSD = features_ID.to(x_TD.dtype).unflatten(0, (-1, vectors)) if len(places_N) else x_TD[:0]
        look = self.model.fusion.look(features_NSD, places_N, segments, cache)
        out_TD: Tensor = self.model.text_model(x_TD, segments, cache, look)
        return out_TD
