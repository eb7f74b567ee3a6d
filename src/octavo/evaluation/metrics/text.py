"""How alike two texts are: ANLS, exact match, token F1, character error rate."""

import re
import string
from collections import Counter
from collections.abc import Callable, Sequence

from rapidfuzz.distance import Levenshtein

from octavo.evaluation.metrics.variants import IDEFICS, LMMS_EVAL, VLMEVALKIT, variant_of

THRESHOLD = 0.5  # of Biten et al. 2019, arxiv.org/abs/1905.13648: less alike than this is a wrong answer

_ARTICLES = re.compile(r"\b(?:a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def anls(prediction: str, references: Sequence[str], variant: str = LMMS_EVAL) -> float:
    """Average normalised Levenshtein similarity of one question (DocVQA, InfoVQA), from 0 to 1.

    The similarity to a reference is 1 - edit distance / length of the longer side; the best reference counts,
    and a similarity below 0.5 is 0. The variants differ in what they compare and divide by:

    - "lmms_eval" (lmms_eval/api/metrics.py) and "vlmevalkit" (vlmeval/dataset/utils/vqa_eval.py), which agree:
      case and runs of white space are ignored, but the distance is divided by the length of the raw texts;
      exactly 0.5 counts; two empty texts are alike.
    - "idefics" (huggingface/smollm, vision/m4): ignores case; the prediction loses white space, then full
      stops, at its ends; exactly 0.5 is 0 and so is an empty prediction.

    Raises `ValueError` for an unknown variant or where there is no reference.
    """
    similarity = variant_of(_SIMILARITY, variant)
    return max(similarity(prediction, reference) for reference in references)


def exact_match(prediction: str, references: Sequence[str]) -> float:
    """1.0 where the prediction is one of the references but for case and runs of white space, else 0.0."""
    return float(collapsed(prediction) in map(collapsed, references))


def token_f1(prediction: str, references: Sequence[str]) -> float:
    """Harmonic mean of precision and recall over words, from 0 to 1; the best reference counts.

    As in SQuAD (Rajpurkar et al. 2016, arxiv.org/abs/1606.05250): case, ASCII punctuation and the articles are
    ignored, a word counts as often as it stands on both sides. Two sides without a word are alike. Raises
    `ValueError` where there is no reference.
    """
    given = _words(prediction)
    return max(_f1(given, _words(reference)) for reference in references)


def character_error_rate(prediction: str, references: Sequence[str]) -> float:
    """Edits a character of the reference that make the prediction of it: 0 is right, more than 1 is possible.

    Case counts, runs of white space do not. The reference with the lowest rate counts; one that is empty gives
    0 or 1. Raises `ValueError` where there is no reference.
    """
    given = " ".join(prediction.split())
    return min(_error_rate(given, " ".join(reference.split())) for reference in references)


def collapsed(text: str) -> str:
    """Lower case, without white space at the ends, each run of it inside one space."""
    return " ".join(text.lower().split())


def _harness(prediction: str, reference: str) -> float:
    # The harnesses measure the upper-cased texts, which are longer for the likes of "ß".
    longest = max(len(reference.upper()), len(prediction.upper()))
    distance = Levenshtein.distance(collapsed(prediction), collapsed(reference))
    similarity = 1 - distance / longest if longest else 1.0
    return similarity if similarity >= THRESHOLD else 0.0


def _idefics(prediction: str, reference: str) -> float:
    given, gold = prediction.strip().strip(".").lower(), reference.lower()
    if not given:
        return 0.0
    distance = Levenshtein.distance(given, gold) / max(len(given), len(gold))
    return 1 - distance if distance < THRESHOLD else 0.0


def _words(text: str) -> list[str]:
    return _ARTICLES.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split()


def _f1(given: list[str], gold: list[str]) -> float:
    if not given or not gold:
        return float(given == gold)
    same = (Counter(given) & Counter(gold)).total()
    return 2 * same / (len(given) + len(gold))


def _error_rate(given: str, gold: str) -> float:
    return Levenshtein.distance(given, gold) / len(gold) if gold else float(given != gold)


_SIMILARITY: dict[str, Callable[[str, str], float]] = {
    LMMS_EVAL: _harness,
    VLMEVALKIT: _harness,
    IDEFICS: _idefics,
}
