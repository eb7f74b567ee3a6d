"""Pages that outlive the process: one safetensors file a prefix, with a checksum."""

import hashlib
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from octavo.files import written_whole
from octavo.inference.engine.hashing import raw


class PageFolder:
    """Keys and values by the prefix's key, in files of at most `limit` bytes; those not used longest go first."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder, self.limit = folder, limit
        folder.mkdir(parents=True, exist_ok=True)

    def read(self, key: bytes) -> tuple[Tensor, Tensor] | None:
        """Keys and values, or None where there are none. A file that is damaged is removed."""
        path = self._path(key)
        if not path.exists():
            return None
        try:
            with safe_open(path, framework="pt") as file:
                found = file.get_tensor("keys"), file.get_tensor("values")
                expected = (file.metadata() or {}).get("checksum")
        except SafetensorError:
            expected = None
        if expected is None or expected != _checksum(key, *found):
            path.unlink()
            return None
        path.touch()
        return found

    def write(self, key: bytes, keys: Tensor, values: Tensor) -> None:
        """Keep keys and values; the file exists whole or not at all."""
        tensors = {"keys": keys, "values": values}
        with written_whole(self._path(key)) as aside:
            save_file(tensors, aside, metadata={"checksum": _checksum(key, keys, values)})
        files = sorted((path.stat().st_mtime_ns, path) for path in self.folder.glob("*.safetensors"))
        total = sum(path.stat().st_size for _, path in files)
        for _, path in files:
            if total <= self.limit:
                return
            total -= path.stat().st_size
            path.unlink()

    def _path(self, key: bytes) -> Path:
        return self.folder / f"{key.hex()}.safetensors"


def _checksum(key: bytes, keys: Tensor, values: Tensor) -> str:
    digest = hashlib.blake2b(key, digest_size=32)
    for tensor in (keys, values):
        digest.update(f"{tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(raw(tensor))
    return digest.hexdigest()
