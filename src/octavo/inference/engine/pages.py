"""Pages that were read stay: keys and values of a prompt up to its last image token.

Shapes: L layers, G key-value heads, P tokens of the prefix, K head size.
"""

import hashlib
import json
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import ExifTags, Image
from torch import Tensor

from octavo.inference.engine.disk import PageFolder
from octavo.inference.engine.hashing import raw
from octavo.models import Model
from octavo.models.attention import KVCache
from octavo.processing import FamilyProcessor
from octavo.processing.tiles import to_rgb

ORIENTATION = ExifTags.Base.Orientation


@dataclass(frozen=True, slots=True, eq=False)
class Prefix:
    """Keys and values [L, G, P, K] of a prefix, not to be written to."""

    keys_LGPK: Tensor
    values_LGPK: Tensor

    @classmethod
    def of(cls, cache: KVCache) -> "Prefix":
        """What a cache that was made to measure holds."""
        return cls(cache.keys_LGCK, cache.values_LGCK)

    @property
    def nbytes(self) -> int:
        """Bytes of both."""
        return self.keys_LGPK.nbytes + self.values_LGPK.nbytes

    def load(self, cache: KVCache) -> None:
        """Make this what `cache` holds."""
        cache.truncate(0)
        tokens = self.keys_LGPK.shape[2]
        cache.require_room(tokens)
        cache.keys_LGCK[:, :, :tokens] = self.keys_LGPK
        cache.values_LGCK[:, :, :tokens] = self.values_LGPK
        cache.advance(tokens)


class PageCache:
    """Prefixes by key: the last used ones, in at most `limit` bytes, and all of them in a folder where one is given."""

    def __init__(self, limit: int, folder: PageFolder | None) -> None:
        self.limit, self.folder = limit, folder
        self.held: OrderedDict[bytes, Prefix] = OrderedDict()
        self.nbytes = 0

    def get(self, key: bytes) -> Prefix | None:
        """The prefix of that key, from memory or else from the folder."""
        if key in self.held:
            self.held.move_to_end(key)
            return self.held[key]
        found = self.folder.read(key) if self.folder is not None else None
        if found is None:
            return None
        prefix = Prefix(*found)
        self._hold(key, prefix)
        return prefix

    def put(self, key: bytes, prefix: Prefix) -> None:
        """Take in a prefix that `get` did not have."""
        self._hold(key, prefix)
        if self.folder is not None:
            self.folder.write(key, prefix.keys_LGPK, prefix.values_LGPK)

    def _hold(self, key: bytes, prefix: Prefix) -> None:
        self.held[key] = prefix
        self.nbytes += prefix.nbytes
        while self.nbytes > self.limit:
            _, last = self.held.popitem(last=False)
            self.nbytes -= last.nbytes


def settings_digest(model: Model, processor: FamilyProcessor, int8: bool, weights: bool) -> bytes:
    """256 bits that stand for all but images and text: processor settings, configuration, dtype, and the `weights`.

    A page that stays in the memory of one engine needs no hash of its weights, which takes a second a GB.
    """
    dtype = str(next(model.parameters()).dtype)
    settings = [processor.processor_class, processor.image_config.to_dict(), model.config.to_dict(), dtype, int8]
    digest = hashlib.blake2b(json.dumps(settings, sort_keys=True).encode(), digest_size=32)
    if weights:
        for name, parameter in sorted(model.named_parameters()):
            digest.update(f"{name} {tuple(parameter.shape)}".encode())
            digest.update(raw(parameter))
    return digest.digest()


def page_key(settings: bytes, prefix_ids: Tensor, images: Sequence[Image.Image]) -> bytes:
    """256 bits of settings, prompt and images; of each image its mode, size, orientation and pixels.

    The pixels are those that processors take: a palette's colours and not its indices, on white and as they are where
    there is transparency. Sizes stand before what they measure, so that no two inputs give the same bytes
    (GHSA-c65p-x677-fgj6). Raises `OctavoError` for an image that cannot be decoded.
    """
    digest = hashlib.blake2b(settings, digest_size=32)
    pictures = [to_rgb(image) for image in images]
    heads = [[image.mode, *image.size, image.getexif().get(ORIENTATION, 1)] for image in images]
    digest.update(json.dumps([len(prefix_ids), heads]).encode())
    digest.update(raw(prefix_ids))
    for image, picture in zip(images, pictures, strict=True):
        digest.update(picture.tobytes())
        if image.mode not in ("L", "RGB"):
            digest.update(image.convert("RGB").tobytes())
    return digest.digest()
