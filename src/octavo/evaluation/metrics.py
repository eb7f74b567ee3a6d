"""Scores of one answer against its reference answers.

Each metric is that of a public harness, number for number, so that a score can stand beside a published one.
"""

from collections.abc import Callable, Sequence

from rapidfuzz.distance import Levenshtein

THRESHOLD = 0.5  # of Biten et al. 2019, arxiv.org/abs/1905.13648: less alike than this is a wrong answer


def anls(prediction: str, references: Sequence[str], variant: str = "lmms_eval") -> float:
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
    if variant not in _SIMILARITY:
        raise ValueError(f"unknown ANLS variant {variant!r}; there are {', '.join(_SIMILARITY)}")
    return max(_SIMILARITY[variant](prediction, reference) for reference in references)


def exact_match(prediction: str, references: Sequence[str]) -> float:
    """1.0 where the prediction is one of the references but for case and runs of white space, else 0.0."""
    return float(collapsed(prediction) in map(collapsed, references))


def collapsed(text: str) -> str:
    """Lower case, without white space at the ends, each run of it inside one space."""
    return " ".join(text.lower().split())


def _harness(prediction: str, reference: str) -> float:
    # The harnesses measure the upper-cased texts, which are longer for the likes of "ß".
    longest = max(len(reference.upper()), len(prediction.upper()))
    return _similarity(Levenshtein.distance(collapsed(prediction), collapsed(reference)), longest)


def _idefics(prediction: str, reference: str) -> float:
    given, gold = prediction.strip().strip(".").lower(), reference.lower()
    if not given:
        return 0.0
    distance = Levenshtein.distance(given, gold) / max(len(given), len(gold))
    return 1 - distance if distance < THRESHOLD else 0.0


def _similarity(distance: int, longest: int) -> float:
    similarity = 1 - distance / longest if longest else 1.0
    return similarity if similarity >= THRESHOLD else 0.0


_SIMILARITY: dict[str, Callable[[str, str], float]] = {
    "lmms_eval": _harness,
    "vlmevalkit": _harness,
    "idefics": _idefics,
}
