"""One rule says who sees whom in a pack: kernel calls by segment, a dense mask and FlexAttention compute the same."""

import pytest
import torch
import torch.nn.functional as F
from torch.nn.attention.flex_attention import flex_attention

from octavo.models import Branched, attention
from octavo.models.attention import Layout, flex_packed, packed_attention
from octavo.models.segments import Places, total

PACKS = {
    "one": (7,),
    "several": (1, 40, 3, 90),
    "branches": (5, Branched(20, (3, 1, 7)), 4, Branched(2, (2, 1))),
    "longer than a block": (130, Branched(129, (60, 30))),
}


def dense_mask(segments, window):
    """Who sees whom: bool [T, T], rows look at columns."""
    tokens = torch.arange(total(segments))
    return Places.of(segments, torch.device("cpu")).sees(tokens[:, None], tokens, window)


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
@pytest.mark.parametrize("window", [None, 4])
@pytest.mark.parametrize("name", PACKS)
def test_segments_and_a_dense_mask_and_flex_attention_are_equal(name, window, monkeypatch):
    segments, generator = PACKS[name], torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(total(segments), heads, 16, generator=generator, requires_grad=True) for heads in (6, 2, 2))
    grown = (x.transpose(0, 1).repeat_interleave(6 // x.shape[1], 0) for x in (q, k, v))
    dense = F.scaled_dot_product_attention(*grown, attn_mask=dense_mask(segments, window)).transpose(0, 1)
    found = packed_attention(q, k, v, Layout(segments), window)
    torch.testing.assert_close(found, dense, rtol=0, atol=1e-5)
    weight = torch.randn(dense.shape, generator=generator)
    for ours, theirs in zip(
        *(torch.autograd.grad((out * weight).sum(), (q, k, v)) for out in (found, dense)), strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-5)
    monkeypatch.setattr(attention, "_flex", lambda: flex_attention)  # uncompiled: the same numbers, no waiting
    q, k, v = (x.detach() for x in (q, k, v))  # on a CPU it has no backward
    torch.testing.assert_close(flex_packed(q, k, v, Layout(segments), window), dense, rtol=0, atol=1e-5)


def test_the_rule_is_what_a_page_with_questions_needs():
    """A segment of its own, then a prefix of two with branches of two and one."""
    rows = ["1.....", ".1....", ".11...", ".111..", ".1111.", ".11..1"]
    wanted = [[cell == "1" for cell in row] for row in rows]
    assert dense_mask((1, Branched(2, (2, 1))), None).tolist() == wanted
    assert dense_mask((1, Branched(2, (2, 1))), 2)[4].tolist() == [False] * 3 + [True, True, False]
