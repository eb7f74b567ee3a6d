"""Packs read ahead: the same in the same order, errors where they belong, and no thread left behind."""

import threading

import pytest
import torch

from octavo.errors import OctavoError
from octavo.processing import Sample
from octavo.training.mixture import Ingredient, Mixture
from octavo.training.plan import PackPlan, read
from octavo.training.prefetch import AHEAD, PackReader
from octavo.training.samples import Spec


class Numbers:
    """A source whose sample n is of `lengths[n]` tokens n; `broken` ones are known as such when they are read."""

    def __init__(self, lengths, broken=()):
        self.lengths, self.broken, self.read = lengths, broken, 0

    def __len__(self):
        return len(self.lengths)

    def groups(self):
        return (len(self),)

    def name(self, index):
        return f"number {index}"

    def spec(self, index, epoch):
        return Spec(self.lengths[index], 1)

    def sample(self, index, epoch):
        self.read += 1
        if index in self.broken:
            raise self.broken[index]
        ids = torch.full((self.lengths[index],), index)
        return Sample(ids, torch.full_like(ids, -100), torch.zeros(1, 3, 2, 2, dtype=torch.uint8))


def plan_of(source, repeats=1, world=1):
    return PackPlan(Mixture([Ingredient(source, repeats=repeats)], 0), 20, 9, world, 0)


def tokens(packs):
    return [pack.token_ids_T.tolist() for pack in packs]


@pytest.mark.parametrize("rank", [0, 1])
def test_packs_are_those_of_the_plan_in_its_order(rank):
    source = Numbers([1 + n % 11 for n in range(70)])
    expected = list(plan_of(source, world=2).steps(4))
    with PackReader(plan_of(source, world=2), 4, rank) as reader:
        found = [(step.planned, tokens(step)) for step in reader]
    mixture = plan_of(source).mixture
    assert [planned for planned, _ in found] == expected
    assert [packs for _, packs in found] == [
        tokens(read(mixture, pack).pack for pack in step.ranks[rank]) for step in expected
    ]
    assert len(found) >= 4


def test_broken_samples_cost_themselves_and_are_counted_where_they_were_met():
    why = OctavoError("an image cannot be decoded")
    source = Numbers([20, 20, 10, 10], {0: why, 2: why})
    with PackReader(plan_of(source), 1, 0) as reader:
        steps = [(len(tokens(step)), dict(step.broken)) for step in reader]
    assert sorted(steps, key=str) == [(0, {str(why): 1}), (1, {str(why): 1}), (1, {})]


def test_what_goes_wrong_comes_out_where_its_pack_would_have():
    source = Numbers([20] * 6, {3: ZeroDivisionError("a fault")})
    order = [pack.draws[0].sample for pack in iter(plan_of(source).next_pack, None)]
    seen = []
    with PackReader(plan_of(source), 1, 0) as reader:
        steps = iter(reader)
        for _ in range(order.index(3)):
            seen += [packs[0] for packs in tokens(next(steps))]
        with pytest.raises(ZeroDivisionError, match="a fault"):
            tokens(next(steps))
    assert seen == order[: order.index(3)]


def test_it_reads_a_few_packs_ahead_and_stops_with_its_context():
    source = Numbers([20] * 60)
    with PackReader(plan_of(source, repeats=None), 2, 0) as reader:
        step = next(iter(reader))
        assert len(tokens(step)) == 2
        assert "packs" in [thread.name for thread in threading.enumerate()]
        assert step.names.startswith("number ")
        assert [(taken.tokens, taken.tiles) for taken in step.taken()] == [(20, 1)]
        assert step.taken()[0].name.startswith("number ")
    assert source.read <= 2 + AHEAD + 1
    assert "packs" not in [thread.name for thread in threading.enumerate()]


def test_a_loop_that_fails_leaves_no_thread():
    def loop():
        with PackReader(plan_of(Numbers([20] * 60)), 1, 0) as reader:
            next(iter(reader))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        loop()
    assert "packs" not in [thread.name for thread in threading.enumerate()]
