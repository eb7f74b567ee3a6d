"""The language of a page or a document by its words, with py3langid (BSD), of the extra octavo[languages]."""

import importlib.util
import itertools
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from octavo.errors import OctavoError

LEAST_LETTERS = 120  # names and product codes of less say anything
MOST_CHARACTERS = 800  # half a millisecond
CONFIDENT = 0.9  # its probability; below it two related languages, or a list of names
UNKNOWN = ""  # too little text, or too mixed to tell
_NO_LANGUAGE = "zxx"  # the classifier's own class of codes and formulas
_CONSTRUCTED = {"ia", "ie", "io", "vo"}  # tables of names end up there, and no document is written in them


def language_of(words: Iterable[str]) -> str:
    """The ISO 639-1 code of the language that words are in ("en"), `UNKNOWN` where nothing is certain.

    Words without a letter say nothing and are passed over. Raises `OctavoError` where py3langid is missing.
    """
    telling = (word for word in words if any(map(str.isalpha, word)))
    taken, length = [], 0
    for word in itertools.islice(telling, MOST_CHARACTERS):
        if length + len(word) >= MOST_CHARACTERS:
            break
        taken.append(word)
        length += len(word) + 1
    text = " ".join(taken)
    if sum(map(str.isalpha, text)) < LEAST_LETTERS:
        return UNKNOWN
    language, confidence = _identifier().classify(text)
    return str(language) if confidence >= CONFIDENT and language != _NO_LANGUAGE else UNKNOWN


def check_languages(languages: Sequence[str]) -> None:
    """Raise `OctavoError` where one of the codes is none that can be told, and where py3langid is missing."""
    known = set(_identifier().labels) - {_NO_LANGUAGE}
    for language in languages:
        if language not in known:
            raise OctavoError(f"{language!r} is no language that can be told; known are {' '.join(sorted(known))}")


@cache
def _identifier() -> Any:
    """The classifier, loaded once in a process (0.2 s, 40 MB), its score a probability."""
    if importlib.util.find_spec("py3langid") is None:
        raise OctavoError("telling languages needs py3langid: pip install 'octavo[languages]'")
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    # Codes of three letters are mostly creoles, to which English of few words would lose a share of its score.
    wanted = {label for label in identifier.labels if len(label) == 2} - _CONSTRUCTED
    identifier.set_languages({*wanted, _NO_LANGUAGE})
    return identifier
