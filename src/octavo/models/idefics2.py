"""Idefics2 whole: images of any sizes and token ids in, logits out (arXiv 2405.02246).

Shapes: N images, C channels, H and W pixels, L image tokens of an image, D hidden size of the decoder.
"""

from collections.abc import Sequence

from torch import Tensor

from octavo.models.autoregressive import Autoregressive, Trunk
from octavo.models.config import Idefics2Config
from octavo.models.perceiver import PerceiverConnector
from octavo.models.text import TextModel
from octavo.models.vision import VisionModel


class Idefics2(Autoregressive):
    """SigLIP at the images' own aspect ratios, a perceiver resampler, and the decoder."""

    def __init__(self, config: Idefics2Config) -> None:
        connector = PerceiverConnector(config.vision.hidden_size, config.text.intermediate_size, config.perceiver)
        trunk = Trunk(VisionModel(config.vision), connector, TextModel(config.text))
        super().__init__(trunk, config.text, config.image_token_id)
        self.config = config

    def features_of(self, images: Tensor | Sequence[Tensor]) -> Tensor:
        """What `forward` takes as features of images, [N · L, D]; see `encode_images`."""
        return self.encode_images(list(images)).flatten(0, 1)

    def encode_images(self, images_CHW: Sequence[Tensor]) -> Tensor:
        """Image tokens of normalised images [3, H, W], each of its own size: [N, L, D], of the parameters' dtype.

        Pixels beyond the last whole patch on the right and below are not read, as in `transformers`. Raises
        `ValueError` for an image that is smaller than a patch.
        """
        patch = self.config.vision.patch_size
        smallest = min(min(image_CHW.shape[1:]) for image_CHW in images_CHW)
        if smallest < patch:
            raise ValueError(f"an image of {smallest} pixels on a side holds no patch of {patch} pixels")
        features_NLD: Tensor = self.model.connector(*self.model.vision_model.native(images_CHW))
        return features_NLD
