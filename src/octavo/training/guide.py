"""The guide: on drawn pages a few heads of the decoder are told where an answer stands, character by character.

A head of an early layer looks at the image token that holds the character just written, and from words of a question
at where the page has them; heads of later layers look at the image token that holds the next character. Without it a
small decoder takes thousands of steps to find the lines of a page. Nothing of it remains in the model.

Shapes: T tokens, M answer tokens whose places are known, C characters, G glyphs, V vocabulary, D hidden size, K head
size.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer, pre_tokenizers
from torch import Tensor

from octavo.models import Idefics3
from octavo.models.segments import Places
from octavo.models.text import rotate
from octavo.synthetic.raster import Glyphs
from octavo.training.packing import Pack

UNKNOWN = -1  # the place of what stands nowhere on the page, or at several places
# What questions are made of, whatever they are about.
ASKING = {
    "a", "and", "aloud", "are", "at", "beginning", "by", "come", "comes", "document", "does", "everything",
    "find", "follow", "follows", "for", "from", "given", "here", "how", "in", "is", "it", "list", "many",
    "much", "of", "on", "out", "page", "printed", "read", "row", "says", "say", "stands", "table", "text",
    "that", "the", "this", "to", "transcribe", "type", "under", "was", "were", "what", "when", "where", "which",
    "who", "whom", "words", "write",
}  # fmt: skip
LEVEL = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)

Ints = NDArray[np.int64]


def image_tokens(glyphs: Glyphs, rows: int, cols: int, side: int, across: int) -> Ints:
    """The image token that holds each character, by its number on the image, or `UNKNOWN`: int64 [G].

    The image is cut into rows · cols tiles of `side` pixels, (0, 0) into one, and a tile has `across`² image tokens.
    """
    cols, rows = max(1, cols), max(1, rows)
    xy_G2 = np.floor(glyphs.xy_N2 * across / side).astype(np.int64)
    inside_G = ((xy_G2 >= 0) & (xy_G2 < np.array((cols, rows)) * across)).all(axis=1)
    x_G, y_G = xy_G2.T
    tile_G = y_G // across * cols + x_G // across
    return np.where(inside_G, (tile_G * across + y_G % across) * across + x_G % across, UNKNOWN)


def found(answer: str, chars: str, before: str = "") -> Ints:
    """Which of a page's characters those of an answer are, by their numbers: int64 [C].

    `chars` are without spaces, and `before` is what the page has in front of the answer. A space has the number of
    what follows it. All are `UNKNOWN` where the page has the answer not at all, or more than once.
    """
    marks = [char for char in answer if not char.isspace()]
    ahead, wanted = "".join(before.split()), "".join(marks)
    start = chars.find(ahead + wanted)
    if not wanted or start < 0 or chars.find(ahead + wanted, start + 1) >= 0:
        return np.full(len(answer), UNKNOWN, np.int64)
    number_C = np.cumsum([not char.isspace() for char in answer]) - [not char.isspace() for char in answer]
    own_C: Ints = start + len(ahead) + np.minimum(number_C, len(marks) - 1)
    return own_C


def named(question: str, chars: str) -> Ints:
    """Which of a page's characters a question names, by their numbers: int64 [C].

    The longest of its phrases that the page has once, whatever the case; words that questions are made of begin and
    end none. All else is `UNKNOWN`.
    """
    number_C = np.full(len(question), UNKNOWN, np.int64)
    words = [match for match in re.finditer(r"[^\s“”\"?,.:]+", question) if match.group().lower() not in ASKING]
    phrases = [(one.start(), other.end()) for n, one in enumerate(words) for other in words[n:]]
    small, asked = chars.lower(), question.lower()
    if len(small) != len(chars) or len(asked) != len(question):  # a letter that is two in small
        return number_C
    for start, end in sorted(phrases, key=lambda ends: ends[0] - ends[1]):
        phrase_C = found(asked[start:end], small)
        if phrase_C[0] != UNKNOWN:
            number_C[start:end] = phrase_C
            break
    return number_C


class Turn(NamedTuple):
    """A question and its answer, and the place of each of their characters: int64 [C]."""

    question: str
    question_C: Ints
    answer: str
    answer_C: Ints


def looks(token_ids_T: Tensor, labels_T: Tensor, turns: Sequence[Turn], tokenizer: Tokenizer, image_id: int) -> Tensor:
    """For each token of an answer, which of the sample's tokens is the image token that holds it: int64 [T].

    And for what questions name. A token of several characters stands where its first does; what stands nowhere, and
    all that is neither, is `UNKNOWN`.
    """
    looks_T = np.full(len(token_ids_T), UNKNOWN, np.int64)
    image_I = (token_ids_T.numpy() == image_id).nonzero()[0]
    answered = np.concatenate(([False], labels_T.numpy() != -100, [False]))
    edges = np.flatnonzero(answered[1:] != answered[:-1])
    behind = int(image_I[-1]) + 1
    for turn, start, end in zip(turns, edges[::2], edges[1::2], strict=True):
        for text, place_C, span in (
            (turn.question, turn.question_C, slice(behind, start)),
            (turn.answer, turn.answer_C, slice(start, end)),
        ):
            pieces = [tokenizer.id_to_token(int(token)) or "" for token in token_ids_T[span]]
            place_T = _spread(text, place_C, pieces)
            looks_T[span] = np.where(place_T == UNKNOWN, UNKNOWN, image_I[place_T])
        behind = end
    return torch.from_numpy(looks_T)


def _spread(text: str, place_C: Ints, pieces: Sequence[str]) -> Ints:
    """The places of tokens in which a text stands, given their strings, each character of which is a byte: int64."""
    level = "".join(piece for piece, _ in LEVEL.pre_tokenize_str(text))
    start_T = np.cumsum([0, *map(len, pieces[:-1])]) - "".join(pieces).rfind(level)
    place_B = np.append(place_C.repeat([len(char.encode()) for char in text]), UNKNOWN)
    inside_T = (start_T >= 0) & (start_T < len(place_B))
    return place_B[np.where(inside_T, start_T, len(place_B) - 1)]


def guided_layers(layers: int) -> tuple[int, ...]:
    """Which of so many layers are guided: the first of them where the characters of its own tokens stand, the others
    where that of the next token does.

    A question takes a layer more than reading on: what it names is found first.
    """
    return layers // 4, max(layers // 4, layers // 2), layers - 1


@contextmanager
def watched(model: Idefics3) -> Iterator[dict[int, tuple[Any, ...]]]:
    """While it lasts, the inputs of the guided layers by their numbers."""
    inputs: dict[int, tuple[Any, ...]] = {}
    layers = model.model.text_model.layers

    def keep(number: int) -> Any:
        return lambda module, arguments: inputs.update({number: arguments})

    handles = [layers[n].register_forward_pre_hook(keep(n)) for n in set(guided_layers(len(layers)))]
    try:
        yield inputs
    finally:
        for handle in handles:
            handle.remove()


def guide_loss_sum(model: Idefics3, pack: Pack, inputs: dict[int, tuple[Any, ...]]) -> Tensor:
    """Cross-entropy of where the guided heads look, summed over their tokens, in nats: a scalar with its graph."""
    assert pack.looks_T is not None, "only drawn samples know where answers stand"
    known_M = (pack.looks_T >= 0).nonzero().squeeze(1)
    told_M = ((pack.looks_T >= 0) & (pack.labels_T != -100)).nonzero().squeeze(1)
    places = Places.of(pack.segments, known_M.device)
    key_T = torch.arange(len(pack.looks_T), device=known_M.device)
    first, *others = guided_layers(len(model.model.text_model.layers))
    losses = []
    for head, number, asked_M, place_M in ((0, first, known_M, known_M), *((1, n, told_M - 1, told_M) for n in others)):
        scores_MT = _scores(model.model.text_model.layers[number], head, asked_M, inputs[number])
        unseen_MT = ~places.sees(asked_M[:, None], key_T, None)
        chances_MT = scores_MT.float().masked_fill(unseen_MT, -torch.inf).log_softmax(1)
        losses.append(-chances_MT.gather(1, pack.looks_T[place_M, None]).sum())
    return torch.stack(losses).sum()


def _scores(layer: Any, head: int, query_M: Tensor, inputs: tuple[Any, ...]) -> Tensor:
    """What a head of a layer gives the keys of all tokens for some queries, [M, T]: as `models.text.Attention` does."""
    x_TD, (cos_T1K, sin_T1K), *_ = inputs
    attention, size = layer.self_attn, layer.self_attn.head_dim
    x_TD = layer.input_layernorm(x_TD)
    queries, keys = (project.weight.unflatten(0, (-1, size)) for project in (attention.q_proj, attention.k_proj))
    q_M1K = (x_TD[query_M] @ queries[head].T)[:, None]
    k_T1K = (x_TD @ keys[head * len(keys) // len(queries)].T)[:, None]  # of the group that the head reads
    q_MK = rotate(q_M1K, cos_T1K[query_M], sin_T1K[query_M])[:, 0]
    k_TK = rotate(k_T1K, cos_T1K, sin_T1K)[:, 0]
    scores_MT: Tensor = q_MK @ k_TK.T / size**0.5
    return scores_MT
