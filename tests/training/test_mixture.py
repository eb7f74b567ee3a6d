"""Mixtures: shares, repeats, and an order that the seed alone sets."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from octavo.errors import OctavoError
from octavo.training.mixture import Ingredient, Mixture, grouped_order
from octavo.training.samples import Spec


class Sized:
    """A source whose samples have these tokens, and a tile for each hundred; refused where they are 0."""

    def __init__(self, tokens):
        self.tokens = tokens

    def __len__(self):
        return len(self.tokens)

    def groups(self):
        return (len(self),)

    def spec(self, index, epoch):
        if not self.tokens[index]:
            raise OctavoError("its text holds a special token")
        return Spec(self.tokens[index], self.tokens[index] // 100)


def first(mixture, windows):
    return [draw for number in range(windows) for draw in mixture.draws(number)]


def counts(mixture, windows):
    drawn = Counter(draw.part for draw in first(mixture, windows))
    return [drawn[part] / drawn.total() for part in range(len(mixture.parts))]


sizes = st.lists(st.integers(1, 700), min_size=1, max_size=4)


@given(sizes, st.integers(0, 3), st.data())
def test_every_part_is_seen_as_often_as_it_repeats_and_epoch_after_epoch(sizes, seed, data):
    repeats = [data.draw(st.integers(1, 3)) for _ in sizes]
    weights = [data.draw(st.none() | st.floats(0.01, 100)) for _ in sizes]
    parts = [Ingredient(Sized([1] * size), *rest) for size, *rest in zip(sizes, weights, repeats, strict=True)]
    mixture = Mixture(parts, seed)
    draws = first(mixture, int(mixture.windows))
    assert mixture.draws(int(mixture.windows)) == []
    for part, (size, most) in enumerate(zip(sizes, repeats, strict=True)):
        own = [(draw.epoch, draw.sample) for draw in draws if draw.part == part]
        assert [epoch for epoch, _ in own] == [epoch for epoch in range(most) for _ in range(size)]
        assert set(own) == {(epoch, sample) for epoch in range(most) for sample in range(size)}


@given(st.lists(st.floats(0.05, 1), min_size=2, max_size=4), st.integers(0, 5), st.integers(0, 40))
def test_a_stretch_has_each_part_in_its_share_but_for_two_draws(weights, seed, number):
    mixture = Mixture([Ingredient(Sized([1] * 900), weight) for weight in weights], seed)
    draws = mixture.draws(number)
    for part, weight in enumerate(weights):
        own = sum(draw.part == part for draw in draws)
        assert abs(own - mixture.window * weight / sum(weights)) < 2 + 1e-6


def test_the_parts_that_are_left_keep_windows_full():
    mixture = Mixture(
        [Ingredient(Sized([1] * 1000), 9, 1), Ingredient(Sized([1] * 1000), 1), Ingredient(Sized([1] * 1000), 1)], 0
    )
    lengths = [len(mixture.draws(number)) for number in range(12)]
    assert all(abs(length - mixture.window) <= 3 for length in lengths)
    assert {draw.part for draw in mixture.draws(9)} == {1, 2}


def test_shares_by_tokens_and_with_temperature():
    short, long = Sized([100] * 3000), Sized([900] * 1000)
    assert counts(Mixture([Ingredient(short), Ingredient(long)], 0), 6) == pytest.approx([0.75, 0.25], abs=0.01)
    assert counts(Mixture([Ingredient(short, 1), Ingredient(long, 1)], 0, "tokens"), 6) == pytest.approx(
        [0.9, 0.1], abs=0.01
    )
    tempered = Mixture([Ingredient(short, 4), Ingredient(long, 1)], 0, temperature=2)
    assert counts(tempered, 6) == pytest.approx([2 / 3, 1 / 3], abs=0.01)
    by_tokens = counts(Mixture([Ingredient(short), Ingredient(long)], 0, "tokens", 2), 6)  # 300,000 and 900,000 tokens
    assert by_tokens[1] * 900 / (by_tokens[0] * 100) == pytest.approx(3**0.5, abs=0.1)


def test_the_order_is_the_seeds():
    def order(seed):
        return first(Mixture([Ingredient(Sized([1] * 300), 1), Ingredient(Sized([1] * 200), 2)], seed), 2)

    assert order(1) == order(1)
    assert order(1) != order(2)
    parts = [draw.part for draw in order(1)]
    assert len(Counter(tuple(parts[n : n + 6]) for n in range(0, 480, 6))) > 6  # no pattern that repeats


@given(st.lists(st.integers(1, 30), min_size=1, max_size=40), st.integers(0, 5), st.integers(0, 3))
def test_an_epoch_goes_through_a_few_groups_at_a_time(groups, seed, epoch):
    order = grouped_order(groups, seed, epoch)
    assert sorted(order) == list(range(sum(groups)))
    group_of = [group for group, size in enumerate(groups) for _ in range(size)]
    stretches = Counter()
    seen = []
    for n in order:
        if group_of[n] not in seen:
            seen.append(group_of[n])
        stretches[group_of[n], (len(seen) - 1) // 8] += 1
    assert all(seen.index(group) // 8 == stretch for group, stretch in stretches)


def test_orders_of_groups_differ_by_seed_and_epoch():
    orders = {tuple(grouped_order([5] * 20, seed, epoch)) for seed in range(3) for epoch in range(3)}
    assert len(orders) == 9


def test_parts_that_cannot_be_used_are_named():
    with pytest.raises(OctavoError, match="has no samples"):
        Mixture([Ingredient(Sized([1])), Ingredient(Sized([]))], 0)
    with pytest.raises(OctavoError, match="special token"):
        Mixture([Ingredient(Sized([0, 0]))], 0, "tokens")
