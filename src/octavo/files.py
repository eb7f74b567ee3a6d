"""Files that exist whole or not at all, and their hashes."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def fsync_folder(folder: Path) -> None:
    """Make the names in `folder` survive a power cut (a rename alone does not, on Linux)."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a path aside; when the block ends well, what was written there becomes `path`.

    Whatever kills the program, `path` is then either the old file or the new one, never a part. The block
    may write a file or make a folder. On an exception what was written aside is removed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    remove(aside)
    try:
        yield aside
        for file in [aside] if aside.is_file() else [f for f in aside.rglob("*") if f.is_file()]:
            with file.open("rb+") as handle:
                os.fsync(handle.fileno())
        if path.is_dir():  # a folder cannot be renamed over a folder that holds something
            remove(path)
        aside.replace(path)
        fsync_folder(path.parent)
    except BaseException:
        remove(aside)
        raise


def remove(path: Path) -> None:
    """Delete a file or a folder with what it holds; nothing happens where there is none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented UTF-8 JSON, whole or not at all."""
    with written_whole(path) as aside:
        aside.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
