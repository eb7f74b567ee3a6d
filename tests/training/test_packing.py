"""Packs: nothing cut, nothing lost, resumed from one integer."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from octavo.errors import OctavoError
from octavo.processing import Sample
from octavo.training.packing import Packer, epoch_order


class Lengths:
    """A source whose row i is a sample of `lengths[i]` tokens, all of value i; refused where the length is 0."""

    def __init__(self, lengths):
        self.lengths = lengths

    def __len__(self):
        return len(self.lengths)

    def sample(self, index, epoch):
        if not self.lengths[index]:
            raise OctavoError("its text holds a special token")
        ids = torch.full((self.lengths[index],), index)
        return Sample(ids, torch.full_like(ids, -100), torch.zeros(1, 3, 2, 2, dtype=torch.uint8))


rows = st.lists(st.integers(1, 12), min_size=1, max_size=12)


@given(rows, st.integers(12, 30), st.integers(0, 5), st.integers(1, 6))
def test_packs_hold_whole_samples_in_epoch_order(lengths, window, seed, packs):
    packer = Packer(Lengths(lengths), window, seed)
    taken = []
    for _ in range(packs):
        pack = packer.next_pack()
        assert sum(pack.segments) == len(pack.token_ids_T) == len(pack.labels_T) <= window
        assert len(pack.tiles_NCHW) == len(pack.segments)
        for ids in pack.token_ids_T.split(pack.segments):
            index = int(ids[0])
            assert ids.tolist() == [index] * lengths[index]
            taken.append(index)
    expected = [i for epoch in range(len(taken) // len(lengths) + 1) for i in epoch_order(len(lengths), seed, epoch)]
    assert taken == expected[: len(taken)]
    assert packer.position == len(taken)


@given(rows, st.integers(12, 30), st.integers(0, 5), st.integers(0, 8))
def test_a_packer_continues_from_its_position_alone(lengths, window, seed, before):
    whole = Packer(Lengths(lengths), window, seed)
    for _ in range(before):
        whole.next_pack()
    resumed = Packer(Lengths(lengths), window, seed, whole.position)
    for _ in range(5):
        a, b = whole.next_pack(), resumed.next_pack()
        assert a.segments == b.segments
        assert torch.equal(a.token_ids_T, b.token_ids_T)


def test_what_cannot_be_used_is_counted_and_skipped():
    packer = Packer(Lengths([3, 99, 0, 4]), 10, seed=0)
    pack = packer.next_pack()
    assert sorted(set(pack.token_ids_T.tolist())) == [0, 3]
    while packer.position < 40:
        packer.next_pack()
    assert packer.dropped.keys() == {"longer than the 10 tokens of a pack", "its text holds a special token"}
    assert min(packer.dropped.values()) >= 9


def test_nothing_that_fits_is_an_error_and_no_endless_loop():
    with pytest.raises(OctavoError, match="pack_tokens"):
        Packer(Lengths([50, 60]), 10, seed=0).next_pack()


def test_epochs_differ_and_seeds_differ():
    orders = {tuple(epoch_order(30, seed, epoch)) for seed in range(4) for epoch in range(4)}
    assert len(orders) == 16
    assert all(sorted(order) == list(range(30)) for order in orders)
