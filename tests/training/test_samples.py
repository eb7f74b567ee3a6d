"""Page questions: their specs, and the draws that hashes decide."""

import pytest

from octavo.datasets import DataSet
from octavo.training.resolution import LARGE, SMALL, drawn_side
from octavo.training.samples import SampleSource, uniform


@pytest.mark.parametrize("isolated", [True, False])
@pytest.mark.parametrize("resolutions", [True, False])
def test_a_spec_is_what_the_sample_takes(tiny_model, data_folder, isolated, resolutions):
    source = SampleSource(DataSet(data_folder), "train", tiny_model[1], 3, 0, isolated, resolutions)
    for index in range(4):
        sample, spec = source.sample(index, 1), source.spec(index, 1)
        assert (len(sample.token_ids), len(sample.tiles), sample.branches) == spec
        assert bool(spec.branches) == isolated


def test_specs_decode_no_pixels(tiny_model, data_folder, monkeypatch):
    source = SampleSource(DataSet(data_folder), "train", tiny_model[1], 3, 0)
    monkeypatch.setattr("octavo.documents.types.PageImage.pil", None)
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", None)
    assert all(source.spec(index, 0).tokens for index in range(len(source)))


def test_hashes_are_uniform():
    draws = [uniform(f"0/{n}") for n in range(4000)]
    assert all(0 <= draw < 1 for draw in draws)
    for tenth in range(10):
        assert sum(tenth <= 10 * draw < tenth + 1 for draw in draws) == pytest.approx(400, abs=80)


@pytest.mark.parametrize(("longest", "shares"), [(1092, SMALL), (1093, LARGE)])
def test_resolutions_have_the_authors_shares(longest, shares):
    sides = [drawn_side(longest, 364, (n + 0.5) / 1000) for n in range(1000)]
    counts = [sides.count(364 * (n + 1)) / 1000 for n in range(len(shares))]
    assert counts == pytest.approx(shares)
    assert sum(counts) == pytest.approx(1)
