"""The pack plan: nothing lost, nothing twice, limits held, the same for any number of ranks, resumed."""

from collections import Counter
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from octavo.datasets import DataSet
from octavo.errors import OctavoError
from octavo.training.mixture import Ingredient, Mixture
from octavo.training.plan import PackPlan, best_fit, read
from octavo.training.samples import SampleSource, Spec
from octavo.training.sources import Transcriptions

TOKENS, TILES = 50, 9
specs = st.lists(st.builds(Spec, st.integers(1, TOKENS), st.integers(0, TILES)), min_size=1, max_size=60)


class Planned:
    """A source of these specs; None is a sample that is refused."""

    def __init__(self, specs):
        self.specs = specs

    def __len__(self):
        return len(self.specs)

    def groups(self):
        return (len(self),)

    def spec(self, index, epoch):
        if self.specs[index] is None:
            raise OctavoError("its text holds a special token")
        return self.specs[index]


def plan_of(parts, world=1, seed=0, position=0):
    return PackPlan(Mixture(parts, seed), TOKENS, TILES, world, seed, position)


def all_packs(plan):
    return list(iter(plan.next_pack, None))


@given(specs)
def test_best_fit_holds_the_limits_and_loses_nothing(specs):
    packs = best_fit(specs, TOKENS, TILES)
    assert sorted(n for pack in packs for n in pack) == list(range(len(specs)))
    for pack in packs:
        assert sum(specs[n].tokens for n in pack) <= TOKENS
        assert sum(specs[n].tiles for n in pack) <= TILES


@given(st.lists(specs, min_size=1, max_size=3), st.integers(0, 3), st.data())
def test_a_plan_has_every_sample_once_an_epoch(lists, seed, data):
    parts = [Ingredient(Planned(specs), data.draw(st.none() | st.floats(0.1, 10)), repeats=2) for specs in lists]
    packs = all_packs(plan_of(parts, seed=seed))
    drawn = Counter(draw for pack in packs for draw in pack.draws)
    assert drawn == {
        (part, sample, epoch): 1
        for part, specs in enumerate(lists)
        for sample in range(len(specs))
        for epoch in range(2)
    }
    for pack in packs:
        own = [lists[draw.part][draw.sample] for draw in pack.draws]
        assert pack.tokens == sum(spec.tokens for spec in own) <= TOKENS
        assert pack.tiles == sum(spec.tiles for spec in own) <= TILES


@given(specs, st.integers(0, 3), st.integers(0, 60))
def test_a_plan_goes_on_from_one_integer(specs, seed, before):
    whole = plan_of([Ingredient(Planned(specs))], seed=seed)
    for _ in range(before):
        whole.next_pack()
    resumed = plan_of([Ingredient(Planned(specs))], seed=seed, position=whole.position)
    for _ in range(20):
        assert whole.next_pack() == resumed.next_pack()
        assert whole.position == resumed.position


@settings(deadline=None)
@given(specs, st.sampled_from([1, 2, 3, 4, 6]))
def test_ranks_share_the_packs_that_one_would_have(specs, world):
    alone, together = plan_of([Ingredient(Planned(specs))]), plan_of([Ingredient(Planned(specs))], world)
    for one, many in islice(zip(alone.steps(12), together.steps(12), strict=True), 3):
        [expected], ranks = one.ranks, many.ranks
        assert [len(rank) for rank in ranks] == [12 // world] * world
        assert Counter(pack for rank in ranks for pack in rank) == Counter(expected)
        loads = [sum(pack.tiles for pack in rank) for rank in ranks]
        assert max(loads) - min(loads) <= max(pack.tiles for pack in expected)


def test_ranks_are_balanced_in_tiles_and_tokens():
    source = Planned([Spec(5 + 7 * (n % 6), 1 + n % 4) for n in range(500)])
    plan = plan_of([Ingredient(source)], world=4)
    for step in islice(plan.steps(32), 10):
        ranks = step.ranks
        for load in ([sum(p.tiles for p in rank) for rank in ranks], [sum(p.tokens for p in rank) for rank in ranks]):
            assert max(load) <= 1.05 * sum(load) / 4


def test_utilisation_is_told():
    source = Planned([Spec(10 + n % 31, 1 + n % 2) for n in range(512)])
    plan = plan_of([Ingredient(source, repeats=1)])
    packs = len(all_packs(plan_of([Ingredient(source, repeats=1)])))
    [step] = plan.steps(packs)
    assert step.tokens_used == pytest.approx(sum(spec.tokens for spec in source.specs) / (TOKENS * packs))
    assert step.tiles_used == pytest.approx(sum(spec.tiles for spec in source.specs) / (TILES * packs))
    assert step.tokens_used > 0.95


def test_what_cannot_be_used_is_counted_once():
    source = Planned([Spec(10, 1), None, Spec(TOKENS + 1, 1), Spec(10, TILES + 1), None, Spec(20, 2)])
    expected = {
        "its text holds a special token": 4,
        "longer than the 50 tokens of a pack": 2,
        "more than the 9 tiles of a pack": 2,
    }
    plan = plan_of([Ingredient(source, repeats=2)])
    plan.next_pack()
    before = plan.dropped.copy()
    resumed = plan_of([Ingredient(source, repeats=2)], position=plan.position)
    all_packs(resumed)
    assert before + resumed.dropped == expected


@given(st.lists(st.builds(Spec, st.integers(1, TOKENS + 5), st.integers(0, TILES)), min_size=1, max_size=40))
def test_steps_end_with_the_mixture_and_have_counted_all_of_it(specs):
    plan = plan_of([Ingredient(Planned([Spec(1, 1), *specs]), repeats=2)], world=2)
    steps = list(plan.steps(4))
    assert [sum(map(len, step.ranks)) for step in steps[:-1]] == [4] * (len(steps) - 1)
    assert 1 <= sum(map(len, steps[-1].ranks)) <= 4
    assert steps[-1].taken == 2 * (len(specs) + 1)
    dropped = sum((step.dropped for step in steps), Counter())
    assert dropped.total() == 2 * sum(spec.tokens > TOKENS for spec in specs)
    trained = sum(len(pack.draws) for step in steps for rank in step.ranks for pack in rank)
    assert trained + dropped.total() == steps[-1].taken


@given(specs, st.integers(1, 5))
def test_steps_go_on_from_the_position_and_the_count_behind_one(specs, at):
    def steps(position=0, taken=0):
        return PackPlan(Mixture([Ingredient(Planned(specs))], 0), TOKENS, TILES, 1, 0, position, taken).steps(2)

    whole = list(islice(steps(), at + 4))
    assert list(islice(steps(whole[at - 1].position, whole[at - 1].taken), 4)) == whole[at:]


def test_nothing_that_fits_is_an_error_and_no_endless_loop():
    with pytest.raises(OctavoError, match=r"none of 2 samples can be used .*pack_tokens"):
        plan_of([Ingredient(Planned([Spec(51, 1), None]))]).next_pack()


@settings(deadline=None, max_examples=5)
@given(st.integers(0, 100))
def test_planned_packs_read_as_planned(tiny_model, data_folder, seed):
    data, processor = DataSet(data_folder), tiny_model[1]
    mixture = Mixture(
        [
            Ingredient(SampleSource(data, "train", processor, 3, seed), 2),
            Ingredient(Transcriptions(data, "train", processor, seed, 300, resolutions=True), 1),
        ],
        seed,
        "tokens",
    )
    planned = next(PackPlan(mixture, 1024, 16, 2, seed).steps(4))
    for pack in (pack for packs in planned.ranks for pack in packs):
        made, broken = read(mixture, pack)[1:]
        assert (len(made.token_ids_T), len(made.tiles_NCHW)) == (pack.tokens, pack.tiles)
        assert pack.tokens <= 1024
        assert pack.tiles <= 16
        assert not broken


def test_a_sample_that_cannot_be_decoded_costs_itself(tiny_model, data_folder, monkeypatch):
    source = SampleSource(DataSet(data_folder), "train", tiny_model[1], 3, 0)
    real, broken = source.sample, {0, 1, 2}

    def sample(index, epoch):
        if index in broken:
            raise OctavoError("an image cannot be decoded")
        return real(index, epoch)

    monkeypatch.setattr(source, "sample", sample)
    mixture = Mixture([Ingredient(source, repeats=1)], 0)
    found = [read(mixture, planned) for planned in all_packs(PackPlan(mixture, 1024, 16, 1, 0))]
    assert sum(len(one.pack.segments) for one in found if one.pack is not None) == len(source) - 3
    assert sum((one.broken for one in found), Counter()) == {"an image cannot be decoded": 3}
