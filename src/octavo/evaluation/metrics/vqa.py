"""VQA accuracy (VQAv2, TextVQA): agreement with several annotators, after a normaliser of its own."""

import re
import string
from collections.abc import Iterable, Sequence
from functools import lru_cache

from octavo.evaluation.metrics.variants import (
    IDEFICS,
    IDEFICS_FIRST_WORD,
    IDEFICS_OWN,
    LMMS_EVAL,
    VLMEVALKIT,
    variant_of,
)

ENOUGH = 3  # annotators who say the same make an answer fully right
_TO_TEN = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
NUMBER_WORDS = {"none": "0"} | {word: str(number) for number, word in enumerate(_TO_TEN)}
# An apostrophe left out is put back. Of words with more than one, each can be missing while the others stand.
# The table's entries with capitals ("Im") never match, since texts are in lower case by then; its oddities stay.
_APOSTROPHES = """
    ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd he'd've
    he's how'd how'll how's isn't it'd it'd've it'll ma'am mightn't mightn't've might've mustn't must've needn't not've
    o'clock oughtn't 'ow's'at shan't she'd've should've shouldn't shouldn't've somebody'd've somebody'll somebody's
    someone'd someone'd've someone'll someone's something'd something'd've something'll that's there'd there'd've
    there're there's they'd they'd've they'll they're they've 'twas wasn't we'd've we've weren't what'll what're what's
    what've when's where'd where's where've who'd who'd've who'll who's who've why'll why're why's won't would've
    wouldn't wouldn't've y'all y'all'll y'all'd've you'd you'd've you'll you're you've
"""
_CONTRACTIONS = {
    word[:at] + word[at + 1 :]: word for word in _APOSTROPHES.split() for at, letter in enumerate(word) if letter == "'"
} | {"somebody'd": "somebodyd"}
_ARTICLES = frozenset(("a", "an", "the"))
_PUNCTUATION = frozenset(';/[]"{}()=+\\_-><@`,?!')
_COMMA_IN_NUMBER = re.compile(r"\d,\d")
_FULL_STOP = re.compile(r"\.(?!\d)")  # the official script means to look behind, too, but a typo keeps it from that
_FULL_STOPS = 32  # at most so many go: the scripts pass a flag of that value where the number of changes belongs
# The authors' second normaliser, inferred from its outputs: a hyphen goes, an apostrophe stays, other ASCII marks are
# a space.
_SPACED = str.maketrans(dict.fromkeys(string.punctuation.replace("'", ""), " ") | {"-": ""})
_ALONE_IS_ENOUGH = frozenset((IDEFICS, IDEFICS_OWN, IDEFICS_FIRST_WORD))  # where there is one annotator


def vqa_accuracy(prediction: str, references: Sequence[str], variant: str = LMMS_EVAL) -> float:
    """Mean over annotators of min(1, those of the others who gave the prediction / 3), from 0 to 1.

    `references` has an answer for each annotator, ten in TextVQA and VQAv2. Both sides are normalised by
    `vqa_normalised`; of "idefics_first_word" only the prediction's first word is compared. With one reference nobody
    else can agree and the harnesses give 0; the variants of the Idefics authors ask for equality then. Raises
    `ValueError` for an unknown variant or where there is no reference.
    """
    normalise = variant_of(_NORMALISERS, variant)
    if not references:
        raise ValueError("there is no reference to score against")
    given, golds = normalise(prediction), [normalise(reference) for reference in references]
    if variant == IDEFICS_FIRST_WORD:
        given = given.partition(" ")[0]
    same, count = golds.count(given), len(golds)
    if count == 1 and variant in _ALONE_IS_ENOUGH:
        return float(same)
    others = same * min(ENOUGH, same - 1) + (count - same) * min(ENOUGH, same)
    return others / (ENOUGH * count)


def vqa_normalised(text: str, variant: str = LMMS_EVAL) -> str:
    """A text as VQA accuracy compares it: no case, punctuation or articles, digits for words, whole contractions.

    Punctuation goes without a trace where it stands next to a space in the text, or where the text has a comma
    between digits, and leaves a space elsewhere. "lmms_eval" first drops commas and question marks and cuts off
    "'s"; "vlmevalkit", "idefics" and "idefics_first_word", which agree, do not. Of "idefics_own" a hyphen goes
    without a trace, an apostrophe stays and every other mark of ASCII leaves a space. Raises `ValueError` for an
    unknown variant.
    """
    return variant_of(_NORMALISERS, variant)(text)


@lru_cache(maxsize=1 << 16)
def _lmms_eval(text: str) -> str:
    return _official(text.lower().replace(",", "").replace("?", "").replace("'s", " 's"))


@lru_cache(maxsize=1 << 16)
def _official(text: str) -> str:
    text = text.replace("\n", " ").replace("\t", " ").strip()
    return _plain_words(_FULL_STOP.sub("", _without_punctuation(text), count=_FULL_STOPS).lower().split())


@lru_cache(maxsize=1 << 16)
def _own(text: str) -> str:
    return _plain_words(text.lower().translate(_SPACED).split())


def _plain_words(words: Iterable[str]) -> str:
    """The words with digits for numbers and whole contractions, without articles."""
    numbers = (NUMBER_WORDS.get(word, word) for word in words)
    return " ".join(_CONTRACTIONS.get(word, word) for word in numbers if word not in _ARTICLES)


def _without_punctuation(text: str) -> str:
    marks = _PUNCTUATION.intersection(text)
    if not marks:
        return text
    number = _COMMA_IN_NUMBER.search(text) is not None
    gone = {mark: number or f"{mark} " in text or f" {mark}" in text for mark in marks}
    return text.translate({ord(mark): "" if goes else " " for mark, goes in gone.items()})


_NORMALISERS = {
    LMMS_EVAL: _lmms_eval,
    VLMEVALKIT: _official,
    IDEFICS: _official,
    IDEFICS_FIRST_WORD: _official,
    IDEFICS_OWN: _own,
}
