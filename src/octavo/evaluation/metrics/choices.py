"""The letter that an answer to a multiple-choice question names (MMMU, MMStar), or None where it names none.

The harnesses draw a letter at random, or ask a judge, where none can be read. Here that is None: count it as wrong
and report how many there are (`statistics.unparsed_rate`).
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from statistics import fmean

from octavo.evaluation.metrics.variants import LMMS_EVAL, VLMEVALKIT, variant_of

MMSTAR_LETTERS = "ABCD"
LEAST_WORDS = 5  # an MMMU answer of more words may name an option by its text
FROM_END = 4  # VLMEvalKit believes a letter that is among so many last words

# What MMStar's letter stands behind. Of a phrase that ends in another, both are looked for: each is searched from
# the left, so the longer may stand later.
_PHRASES = (
    *(f"{which}{noun} is" for which in ("", "the ", "the correct ", "correct ") for noun in ("answer", "choice")),
    *(f"{which}option is" for which in ("the correct ", "correct ", "the best ", "best ")),
    *("the best answer is", "best answer is", "my answer is", "my choice is", "i choose", "i select", "i pick"),
    *("옵션", "정답은", "답은", "답:", "答案是", "答案为", "选", "答えは"),
)
_MMSTAR_FORMS = ("({})", "{}.", "{}:", "{})", "{} ", "{}")  # the surest first
_REFUSALS = (
    "Sorry, I can't help with images of people yet.",
    "I can't process this file.",
    "I'm sorry, but without the image provided",
    "Cannot determine the answer",
)
_NO_ANSWER = "Failed to obtain answer via API"
_MMMU_MARKS = ",.!?;:'"
_MMSTAR_MARKS = _MMMU_MARKS + '"'
_SPACED = str.maketrans(".()[],:;!*#{}", " " * 13)
_ANSWER_IS = re.compile(r"answer\s+is\s+\**([A-D])", re.IGNORECASE)


def mmmu_choice(prediction: str, options: Sequence[str], variant: str = LMMS_EVAL) -> str | None:
    """The letter of the option, out of the texts `options`, that `prediction` names; None where it names none.

    - "lmms_eval", the official parser: "(B)", else "B " anywhere, else "B.", else, in more than five words, an
      option's text; of several the last.
    - "vlmevalkit": a letter that stands alone as the only one of them and near the end, else what follows
      "answer is", else the only option's text in an answer that is not much longer than the options.

    Raises `ValueError` for an unknown variant.
    """
    return variant_of(_MMMU, variant)(prediction, options)


def mmstar_letter(prediction: str, variant: str = LMMS_EVAL) -> str | None:
    """The letter, A to D, that an answer to an MMStar question gives; None where it gives none.

    - "lmms_eval": the surest form counts: a letter at the start, at the end, after a phrase like "the answer is",
      "(X)", "X.", "X:", "X)", "X ", anywhere; within one form the last.
    - "vlmevalkit": as `mmmu_choice`, without the options' texts, which MMStar has in its questions.

    The harnesses also differ in the mean (`mmstar_mean`). Raises `ValueError` for an unknown variant.
    """
    return variant_of(_MMSTAR, variant)(prediction)


def mmstar_mean(scores: Sequence[float], l2_categories: Sequence[str], variant: str = LMMS_EVAL) -> float:
    """The score of MMStar as a whole, from those of its questions, each with its l2 category.

    "lmms_eval" takes the mean of each category and of these the mean, whatever their sizes; "vlmevalkit" the mean over
    the questions. Raises `ValueError` for an unknown variant, where there is no score or the two differ in length.
    """
    groups = variant_of({LMMS_EVAL: l2_categories, VLMEVALKIT: [""] * len(l2_categories)}, variant)
    by_group = defaultdict(list)
    for score, group in zip(scores, groups, strict=True):
        by_group[group].append(score)
    return fmean(map(fmean, by_group.values()))


def letters_of(options: Sequence[str]) -> str:
    """The letters of options, "ABCD" for four."""
    return "".join(chr(ord("A") + i) for i in range(len(options)))


def inferred_choice(prediction: str, options: Sequence[str]) -> str | None:
    """VLMEvalKit's letter: the one that `inferred_letter` reads, else that of the only option whose text stands there.

    Texts count only in an answer at most twice as long as all options together.
    """
    letters = letters_of(options)
    letter, is_refused = _inferred(prediction, letters)
    if letter or is_refused or len(prediction.lower()) > 2 * sum(map(len, options)):
        return letter
    named = [letter for letter, option in zip(letters, options, strict=True) if option.lower() in prediction.lower()]
    return named[0] if len(named) == 1 else None


def inferred_letter(prediction: str, letters: str) -> str | None:
    """VLMEvalKit's letter where options have no texts: one that stands alone near the end, or after "answer is"."""
    return _inferred(prediction, letters)[0]


def _inferred(prediction: str, letters: str) -> tuple[str | None, bool]:
    """The letter, and whether the answer is a refusal, of which the options' texts are not looked for."""
    if _NO_ANSWER in prediction:
        return None, False
    if any(refusal in prediction for refusal in _REFUSALS):
        return None, True
    words = prediction.translate(_SPACED).split()
    alone = [letter for letter in letters if letter in words]
    if len(alone) == 1 and words.index(alone[0]) >= len(words) - FROM_END:
        return alone[0], False
    if not alone and "Z" in words:  # VLMEvalKit's judge says Z for "none of them"
        return None, True
    phrase = _ANSWER_IS.search(prediction)
    if phrase and phrase[1].upper() in letters:
        return phrase[1].upper(), False
    return None, False


def _official(prediction: str, options: Sequence[str]) -> str | None:
    text = f" {_stripped(prediction, _MMMU_MARKS)} "
    letters = letters_of(options)
    for form, place in (("({})", "({})"), ("{} ", " {} "), ("{}.", " {} ")):
        named = [letter for letter in letters if form.format(letter) in text]
        if named:
            # `max` keeps the first of equals: letters that stand nowhere alone ("A.B.") are all at -1.
            return max(named, key=lambda letter: text.rfind(place.format(letter)))
    if len(text.split()) <= LEAST_WORDS:
        return None
    lower = text.lower()
    texts = [(lower.rfind(option.lower()), letter) for letter, option in zip(letters, options, strict=True)]
    found = [(place, letter) for place, letter in texts if place >= 0]
    return max(found, key=lambda one: one[0])[1] if found else None


def _mmstar(prediction: str) -> str | None:
    text = f" {_stripped(prediction.strip(), _MMSTAR_MARKS)} "
    bare = text.strip()
    if bare and bare[0] in MMSTAR_LETTERS and not bare[1:2].isalpha():
        return bare[0]
    if bare and bare[-1] in MMSTAR_LETTERS and not bare[-2:-1].isalpha():
        return bare[-1]
    lower = text.lower()
    starts = [lower.find(phrase) + len(phrase) for phrase in _PHRASES if phrase in lower]
    letter = _last((text.find(letter, start), letter) for start in starts for letter in MMSTAR_LETTERS)
    for form in _MMSTAR_FORMS:
        letter = letter or _last((text.rfind(form.format(letter)), letter) for letter in MMSTAR_LETTERS)
    return letter


def _last(found: Iterable[tuple[int, str]]) -> str | None:
    """The letter of the greatest place; None where all places are -1."""
    place, letter = max(found, default=(-1, ""))
    return letter if place >= 0 else None


def _stripped(text: str, marks: str) -> str:
    """The text without each mark at its ends, one after the other: what a later one uncovers of an earlier stays."""
    for mark in marks:
        text = text.strip(mark)
    return text


_MMMU: dict[str, Callable[[str, Sequence[str]], str | None]] = {LMMS_EVAL: _official, VLMEVALKIT: inferred_choice}
_MMSTAR: dict[str, Callable[[str], str | None]] = {
    LMMS_EVAL: _mmstar,
    VLMEVALKIT: lambda prediction: inferred_letter(prediction, MMSTAR_LETTERS),
}
