"""A page on its way into the cache, in steps short enough to serve others between them."""

from collections.abc import Iterator

import torch
from torch import Tensor

from octavo.inference.engine.decoder import Decoder, Run
from octavo.inference.engine.pages import Prefix
from octavo.inference.engine.tiles import TileEncoder
from octavo.inference.engine.types import Prompt
from octavo.processing import FamilyProcessor

CHUNK = 256  # tokens of a prompt in one pass: a third of a second on two cores for SmolVLM-256M


def read_page(
    prompt: Prompt, processor: FamilyProcessor, tiles: TileEncoder, decoder: Decoder
) -> Iterator[Prefix | None]:
    """Encode a prompt's images and run its prefix: None after each step, at last the prefix.

    Raises `OctavoError` for an image that cannot be decoded.
    """
    features = []
    for pixels_CHW in processor.pixels(prompt.images):
        features.append(tiles.encode(pixels_CHW))
        yield None
    ids_P = prompt.token_ids[: prompt.prefix]
    x_PD = _with_features(decoder.embed(ids_P), ids_P == processor.image_token_id, features)
    cache = decoder.new_cache(prompt.prefix)
    for chunk_TD in torch.split(x_PD, CHUNK):
        yield None
        decoder(chunk_TD, [Run(cache, len(chunk_TD))], None)
    yield Prefix.of(cache)


def _with_features(x_PD: Tensor, image_P: Tensor, features: list[Tensor]) -> Tensor:
    return x_PD.index_copy(0, image_P.nonzero().squeeze(1), torch.cat(features).to(x_PD.dtype))
