"""Which files are documents."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from octavo.errors import OctavoError

SUFFIXES = (".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp")
KINDS = " ".join(SUFFIXES)


@dataclass(frozen=True, slots=True)
class Source:
    """A document's file, and its name in reports and data sets."""

    path: Path
    name: str


def find_documents(inputs: Sequence[Path]) -> list[Source]:
    """The documents among files and folders (with all folders below), sorted by name, each file once.

    A name is the path inside the input folder, with "/", or the file's own name where a file was given. Where
    names are alike, as many of the folders above are put before them as tell them apart. Hidden files, files
    of other kinds and symbolic links that lead out of their input folder are passed over. Raises
    `OctavoError` for a path that is missing or no document, and where there is nothing.
    """
    try:
        found = _found(inputs)
    except OSError as error:
        raise OctavoError(f"{error.filename}: {error.strerror}; check the path and its permissions") from error
    if not found:
        places = ", ".join(map(str, inputs)) or "no path at all"
        raise OctavoError(f"{places}: no document there ({KINDS}); give a folder that holds some")
    return sorted(_named(found), key=lambda source: source.name)


def _found(inputs: Sequence[Path]) -> list[tuple[Path, int]]:
    """The documents' paths, and how many of a path's last parts are its name."""
    found: dict[str, tuple[Path, int]] = {}  # by real path
    for given in map(Path, inputs):
        given.stat()  # raises what `is_dir` would pass over
        if given.is_dir():
            for path in _inside(given):
                found.setdefault(os.path.realpath(path), (path, len(path.relative_to(given).parts)))
        elif given.suffix.lower() not in SUFFIXES:
            raise OctavoError(f"{given}: not a document ({KINDS}); leave it out or give its folder")
        else:
            found.setdefault(os.path.realpath(given), (given, 1))
    return list(found.values())


def _inside(folder: Path) -> Iterator[Path]:
    """The documents in a folder and the folders below, in the order of their names."""

    def refuse(error: OSError) -> None:
        raise error  # and not, as `os.walk` would, leave out what it cannot list

    root = os.path.realpath(folder)
    for place, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = Path(place, name)
            if name.startswith(".") or path.suffix.lower() not in SUFFIXES or not path.is_file():
                continue
            if not path.is_symlink() or Path(os.path.realpath(path)).is_relative_to(root):
                yield path


def _named(found: list[tuple[Path, int]]) -> list[Source]:
    """Names of so many last parts each, and of more where two are alike."""
    parts = [Path(os.path.abspath(path)).parts[1:] for path, _ in found]  # noqa: PTH100, absolute() keeps ".."
    depths = [depth for _, depth in found]
    while True:
        names = ["/".join(own[-depth:]) for own, depth in zip(parts, depths, strict=True)]
        times = Counter(names)
        alike = [i for i, name in enumerate(names) if times[name] > 1]
        if not alike:
            return [Source(path, _text(name)) for (path, _), name in zip(found, names, strict=True)]
        for i in alike:
            depths[i] += 1


def _text(name: str) -> str:
    """A file name as text that can be written: bytes that are no UTF-8 as \\xff."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
