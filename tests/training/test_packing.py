"""Packs and the order of epochs."""

import torch

from octavo.models import Branched
from octavo.processing import Sample
from octavo.training.packing import Pack, epoch_order


def sample(labels, branches=()):
    ids = torch.arange(len(labels))
    return Sample(ids, torch.tensor(labels), torch.zeros(1, 3, 2, 2, dtype=torch.uint8), branches=branches)


def test_samples_stand_one_after_another_and_their_answers_are_counted():
    first = sample([-100, -100, 2, 3, -100, 5], (4, 1))  # a page of one token; the second branch has no question
    pack = Pack.of([first, sample([-100, 1, 2])])
    assert pack.segments == (Branched(1, (4, 1)), 3)
    assert pack.token_ids_T.tolist() == [0, 1, 2, 3, 4, 5, 0, 1, 2]
    assert len(pack.tiles_NCHW) == 2
    assert (pack.answer_tokens, pack.answers) == (5, 3)


def test_epochs_differ_and_seeds_differ():
    orders = {tuple(epoch_order(30, seed, epoch)) for seed in range(4) for epoch in range(4)}
    assert len(orders) == 16
    assert all(sorted(order) == list(range(30)) for order in orders)
