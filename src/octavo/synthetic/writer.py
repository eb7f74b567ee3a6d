"""Documents with known answers, written as PDF files."""

import difflib
from dataclasses import asdict
from pathlib import Path
from random import Random

from octavo.errors import OctavoError
from octavo.files import write_json, written_whole
from octavo.synthetic.kinds import DRAW, document
from octavo.synthetic.questions import questions

# What "mixed" and "varied" take in turn; "mixed" are the papers of everyday business.
TURNS: dict[str, tuple[str, ...]] = {
    "mixed": ("invoice", "receipt", "form", "letter"),
    "varied": tuple(DRAW),
}
KINDS = (*DRAW, *TURNS)
ANSWERS = "answers.json"


def typeset(kind: str, count: int, out: Path, seed: int = 0) -> list[Path]:
    """Write `count` PDFs of `kind` into the folder `out` and return their paths in order.

    `kind` is one of `KINDS`; "mixed" and "varied" take several in turn. A file has one page or a few. Beside them
    "answers.json" gives for each file name its questions, each a dictionary with the fields of
    `octavo.datasets.types.Question`; boxes are fractions of the page, origin top left. A document depends on
    its kind, its number and `seed` alone: the same bytes each time, and a greater `count` only adds files.

    Files that this call would write again are replaced, each whole. Raises `OctavoError` for an unknown kind,
    a count below 1, or a folder that holds anything else, whose answers would be missing.
    """
    if kind not in KINDS:
        nearest = difflib.get_close_matches(kind, KINDS, n=1, cutoff=0.0)[0]
        known = ", ".join(KINDS)
        raise OctavoError(f"{kind!r} is no kind of document; did you mean {nearest!r}? There are {known}")
    if count < 1:
        raise OctavoError(f"{count} documents cannot be written; give a count of at least 1")
    kinds = TURNS.get(kind, (kind,))
    names = [f"{kinds[i % len(kinds)]}-{i:05d}.pdf" for i in range(count)]
    _refuse_strangers(out, {*names, ANSWERS})

    answers = {}
    for i, name in enumerate(names):
        of = kinds[i % len(kinds)]
        random = Random(f"octavo {of} {i} {seed}")
        sheet = document(of, random)
        with written_whole(out / name) as aside:
            sheet.save(aside)
        answers[name] = [asdict(question) for question in questions(random, sheet.findings())]
    write_json(out / ANSWERS, answers)
    return [out / name for name in names]


def _refuse_strangers(out: Path, names: set[str]) -> None:
    if out.exists() and not out.is_dir():
        raise OctavoError(f"{out} is a file; give a folder to write into")
    strangers = sorted(path.name for path in out.iterdir() if path.name not in names) if out.is_dir() else []
    if strangers:
        raise OctavoError(f"{out} holds other files ({strangers[0]}); give a folder that is empty or new")
