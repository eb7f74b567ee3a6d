"""Files that clients sent ahead of their questions: in memory, within a limit, the last used the longest."""

import hmac
import secrets
from collections import OrderedDict

from octavo.serving.errors import ApiError
from octavo.serving.uploads import Upload


class Files:
    """Files by their ids, at most `most_bytes` of them together, which is more than a body holds. For one event loop.

    An id is a keyed hash of the bytes: the same file has the same id until the server ends, and nobody who has not
    sent the file, or been told its id, can name it.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes, self.held = most_bytes, 0
        self._secret = secrets.token_bytes(32)
        self._kept: OrderedDict[str, tuple[str, bytes]] = OrderedDict()

    def keep(self, upload: Upload) -> str:
        """Take in a file: its id. Those that were not used for longest make room."""
        file_id = f"file-{hmac.digest(self._secret, upload.data, 'sha256').hex()}"
        if file_id not in self._kept:
            self.held += len(upload.data)
        self._kept[file_id] = upload.name, upload.data
        self._kept.move_to_end(file_id)
        while self.held > self.most_bytes:
            _, (_, data) = self._kept.popitem(last=False)
            self.held -= len(data)
        return file_id

    def get(self, file_id: str, param: str) -> Upload:
        """The file of an id, as if it had come in `param`. Raises `ApiError` where it is not kept, or not any more."""
        if file_id not in self._kept:
            raise ApiError(404, f"{param}: the server has no such file any more; send it again", param, "no_such_file")
        self._kept.move_to_end(file_id)
        return Upload(*self._kept[file_id], param)
