"""The guide: answers are found on the page, and two heads learn to look there."""

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from octavo.processing import ImageConfig, Processor, train_tokenizer
from octavo.synthetic.raster import Glyphs
from octavo.training.glyphs import CLASSES
from octavo.training.guide import UNKNOWN, found, guide_loss_sum, guided_layers, image_tokens, named, watched
from octavo.training.packing import Pack
from octavo.training.sources.synthetic import Synthetic, vocabulary_texts

SIDE, ACROSS = 256, 16  # pixels, image tokens on a tile's side


@pytest.fixture(scope="module")
def processor() -> Processor:
    return Processor(train_tokenizer(vocabulary_texts(0)[:400], 330), ImageConfig(1024, SIDE), ACROSS**2)


@pytest.mark.parametrize(
    ("answer", "before", "numbers"),
    [
        ("b c", "", [1, 2, 2]),  # a space has the number of what follows
        ("a", "", [UNKNOWN]),  # there twice
        ("a", "c", [3]),
        ("cab", "", [UNKNOWN] * 3),  # not there
        ("ca d", "b", [2, 3, 4, 4]),
        (" ", "", [UNKNOWN]),
    ],
)
def test_an_answer_is_found_where_it_stands_once(answer, before, numbers):
    assert found(answer, "abcad", before).tolist() == numbers


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("What is the Total due?", "Totaldue"),
        ("What is the total due?", "Totaldue"),
        ("What is given for “Tax”?", ""),  # there twice
        ("Which entry is in the row “Rye bread” under “Price”?", "Ryebread"),
        ("What is the date of birth?", ""),  # not there
        ("What is the name on this page?", "Name"),
    ],
)
def test_a_question_names_the_longest_phrase_that_stands_once(question, names):
    chars = "Name:TaxIDTaxRyebreadPrice3Totaldue4"
    assert "".join(chars[n] for n in sorted({n for n in named(question, chars).tolist() if n >= 0})) == names


def test_image_tokens_count_tile_after_tile():
    glyphs = Glyphs("abcd", np.array([(17, 3), (33, 17), (2, 40), (64, 3)], np.float32), np.zeros(4, np.int32))
    assert image_tokens(glyphs, 0, 0, 32, 2).tolist() == [1, UNKNOWN, UNKNOWN, UNKNOWN]
    assert image_tokens(glyphs, 2, 2, 32, 2).tolist() == [1, 4 + 2, 8, UNKNOWN]


@pytest.mark.parametrize("feed", ["lines", "crops", "cards", "spreads"])
def test_the_token_looked_at_holds_the_character(feed, processor):
    """Of a sample that is not turned, the patches behind each token looked at name the answer's character."""
    source, seen, named = Synthetic(feed, processor, 5, 120), 0, 0
    for index in range(12):
        if source.scene(index).scan.angle:
            continue
        sample = source.sample(index, 0)
        image_tokens_I = (sample.token_ids == processor.image_token_id).nonzero().squeeze(1).tolist()
        for place in (sample.looks >= 0).nonzero().squeeze(1).tolist():
            text = processor.tokenizer.id_to_token(int(sample.token_ids[place])).removeprefix("Ġ")
            if not text.isascii() or not text:
                continue
            tile, token = divmod(image_tokens_I.index(int(sample.looks[place])), ACROSS**2)
            row, col = divmod(token, ACROSS)
            patches = [(2 * row + y) * 2 * ACROSS + 2 * col + x for y in (0, 1) for x in (0, 1)]
            seen += 1
            either = {CLASSES[text[0].lower()], CLASSES[text[0].upper()]}  # a question may name it in another case
            named += bool(either & set(sample.cells[tile, patches].flatten().tolist()))
    assert seen > 100
    assert named / seen > 0.95  # a patch names two characters, and some hold three


def test_the_loss_is_that_of_the_heads_own_attention(tiny_model, processor):
    """Attention on values that name their token gives back the chances that the loss is of."""
    model = copy.deepcopy(tiny_model[0])
    tokens = 9
    looks_T = torch.full((tokens,), UNKNOWN)
    looks_T[6], looks_T[7] = 2, 3
    pack = Pack(torch.arange(tokens) + 100, looks_T, torch.empty(0, 3, 8, 8), (tokens,), looks_T=looks_T)
    layers, asked = model.model.text_model.layers, {}

    def keep(number):
        def attend(q_THK, k_TGK, v_TGK, layout, window):
            asked[number] = (q_THK.detach(), k_TGK.detach())
            return torch.zeros_like(q_THK)

        return attend

    for number, layer in enumerate(layers):
        layer.self_attn.packed_attention = keep(number)
    with watched(model) as inputs:
        model(pack.token_ids_T, pack.segments)
    loss = guide_loss_sum(model, pack, inputs)
    expected = 0.0
    first, *others = guided_layers(len(layers))
    for head, number, shift in ((0, first, 0), *((1, number, 1) for number in others)):
        q_THK, k_TGK = asked[number]
        group = head * k_TGK.shape[1] // q_THK.shape[1]
        eye_TT = torch.eye(tokens)[None]
        chances_TT = F.scaled_dot_product_attention(
            q_THK[None, :, head], k_TGK[None, :, group], eye_TT, is_causal=True
        )[0]
        expected -= float(chances_TT[6 - shift, 2].log() + chances_TT[7 - shift, 3].log())
    assert loss.item() == pytest.approx(expected, rel=1e-5)
    loss.backward()
    assert layers[guided_layers(len(layers))[1]].self_attn.q_proj.weight.grad.abs().sum() > 0
