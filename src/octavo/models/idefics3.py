"""Idefics3 whole: tiles and token ids in, logits out (arXiv 2408.12637; SmolVLM is the same architecture).

Shapes: N tiles, C channels, H and W pixels, S image tokens of a tile, D hidden size of the decoder.
"""

from torch import Tensor

from octavo.models.autoregressive import Autoregressive, Trunk
from octavo.models.config import Idefics3Config
from octavo.models.connectors import Connector
from octavo.models.text import TextModel
from octavo.models.vision import VisionModel


class Idefics3(Autoregressive):
    """SigLIP on square tiles, pixel shuffle with one linear layer, and the decoder."""

    def __init__(self, config: Idefics3Config) -> None:
        trunk = Trunk(VisionModel(config.vision), Connector(config), TextModel(config.text))
        super().__init__(trunk, config.text, config.image_token_id)
        self.config = config

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
