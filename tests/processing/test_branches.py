"""Texts of images: one `<image>` of a tile is tokenised, and the ids are those of the whole text."""

import pytest
import torch

from octavo.processing import prompts
from octavo.processing.conversation import conversation

TURNS = [("What is the total?", "1,234.50 EUR"), ("Who?", "Nobody."), ("Ünïcödé, 漢字?", "🙂\n\nand\ttabs")]
GRIDS = [[(0, 0)], [(4, 3)], [(1, 2), (0, 0)], [(6, 6), (3, 1)]]


@pytest.mark.parametrize("grids", GRIDS)
def test_ids_equal_those_of_the_text_written_out(processor, grids):
    messages = conversation(TURNS, len(grids))
    token_ids, labels = processor.encode_text(messages, grids)
    text = processor.template.render(prompts.checked(messages))
    for rows, cols in grids:
        text = text.replace(
            "<image>", prompts.image_text(rows, cols, processor.image_seq_len).replace("<image>", "\0"), 1
        )
    expected = processor.tokenizer.encode(text.replace("\0", "<image>"), add_special_tokens=False).ids
    assert token_ids.tolist() == expected
    assert len(labels) == len(expected)


@pytest.mark.parametrize("grids", GRIDS)
def test_each_branch_behind_the_prefix_is_its_question_alone(processor, grids):
    token_ids, labels, branches = processor.encode_branch_texts(TURNS, grids)
    prefix = len(token_ids) - sum(branches)
    assert token_ids[prefix - 1] == processor.image_token_id
    starts = [prefix + sum(branches[:n]) for n in range(len(branches))]
    for turn, start, length in zip(TURNS, starts, branches, strict=True):
        alone_ids, alone_labels = processor.encode_text(conversation([turn], len(grids)), grids)
        for found, alone in ((token_ids, alone_ids), (labels, alone_labels)):
            assert torch.equal(torch.cat([found[:prefix], found[start : start + length]]), alone)
