"""The loss and the isolation of packed samples."""

import math

import pytest
import torch

from octavo.datasets import DataSet
from octavo.processing.conversation import conversation
from octavo.training.distributed import ALONE, Shared
from octavo.training.loss import answer_loss_sum
from octavo.training.packing import Pack
from octavo.training.samples import SampleSource


@pytest.fixture(scope="module")
def samples(tiny_model, data_folder):
    _, processor = tiny_model
    source = SampleSource(DataSet(data_folder), "train", processor, questions_per_sample=3, seed=0)
    return [source.sample(i, epoch=0) for i in range(4)]


@pytest.fixture
def model(tiny_model):
    model, _ = tiny_model
    model.zero_grad()
    yield model
    model.zero_grad()


def gradients(model):
    return {name: p.grad.clone() for name, p in model.named_parameters()}


def test_a_random_model_is_as_good_as_a_guess(tiny_model, samples):
    model, processor = tiny_model
    pack = Pack.of(samples)
    loss = answer_loss_sum(model, processor, pack).item() / pack.answer_tokens
    assert loss == pytest.approx(math.log(processor.vocab_size), rel=0.02)


def test_packed_and_separate_samples_have_the_same_loss_and_gradients(model, tiny_model, samples):
    processor = tiny_model[1]
    packed = answer_loss_sum(model, processor, Pack.of(samples))
    packed.backward()
    together = gradients(model)
    model.zero_grad()
    separate = torch.zeros(())
    for sample in samples:
        loss = answer_loss_sum(model, processor, Pack.of([sample]))
        loss.backward()
        separate += loss.detach()
    assert packed.item() == pytest.approx(separate.item(), rel=1e-5)
    # Keys' biases have no gradient but rounding: softmax does not see them.
    close(gradients(model), together)


def close(found, expected):
    """Gradients equal to 1e-5 of each tensor's largest value; those that are rounding alone are left out."""
    floor = 1e-4 * max(gradient.abs().max() for gradient in expected.values())
    for name, gradient in found.items():
        scale = torch.maximum(expected[name].abs().max(), floor)
        assert float((gradient - expected[name]).abs().max() / scale) < 1e-5, name


def test_questions_behind_one_page_have_the_loss_and_gradients_of_separate_samples(model, tiny_model, data_folder):
    processor = tiny_model[1]
    rows = DataSet(data_folder).rows("train")
    most = sorted(range(len(rows)), key=lambda index: -len(rows.questions(index)))[:3]
    shared, separate = [], []
    for row in (rows.row(index) for index in most):
        images = [image.pil() for image in row.images]
        turns = [(question.text, question.answer) for question in row.questions]
        shared.append(processor.encode_branches(turns, images))
        separate += [processor.encode(conversation([turn], len(images)), images) for turn in turns]
    assert len(separate) >= 9
    together = answer_loss_sum(model, processor, Pack.of(shared))
    together.backward()
    found = gradients(model)
    model.zero_grad()
    alone = answer_loss_sum(model, processor, Pack.of(separate))
    alone.backward()
    assert together.item() == pytest.approx(alone.item(), rel=1e-5)
    close(found, gradients(model))


def test_changing_a_question_leaves_the_others_of_its_page_equal_to_the_last_bit(tiny_model, data_folder):
    model, processor = tiny_model
    image = DataSet(data_folder).rows("train").row(0).images[0].pil()
    second, third = ("What is the total?", "12"), ("When was it paid?", "in May")

    def logits(first):
        pack = Pack.of([processor.encode_branches([first, second, third], [image])])
        with torch.no_grad():
            features = model.encode_tiles(processor.normalise(pack.tiles_NCHW)).flatten(0, 1)
            return model(pack.token_ids_T, pack.segments, features_ID=features)[-sum(pack.segments[0].branches[1:]) :]

    assert torch.equal(logits(("Who?", "A")), logits(("How?", "B")))
    # Another number of tokens before them may round otherwise, and nothing else.
    assert torch.allclose(logits(("Who?", "A")), logits(("Whose signature is it?", "nobody's")), atol=1e-5)


def test_changing_one_sample_leaves_the_others_logits_equal_to_the_last_bit(tiny_model, samples):
    model, processor = tiny_model
    a, b = samples[:2]
    changed_ids = a.token_ids.clone()
    text = changed_ids != processor.image_token_id
    changed_ids[text] = (changed_ids[text] + 7) % 256  # other tokens, and still no image token
    changed = type(a)(changed_ids, a.labels, 255 - a.tiles)

    def logits_of_b(first):
        pack = Pack.of([first, b])
        with torch.no_grad():
            features = model.encode_tiles(processor.normalise(pack.tiles_NCHW)).flatten(0, 1)
            return model(pack.token_ids_T, pack.segments, features_ID=features)[len(a.token_ids) :]

    before, after = logits_of_b(a), logits_of_b(changed)
    assert torch.equal(before, after)
    assert len(before) == len(b.token_ids)


def test_the_loss_is_over_the_whole_batch_however_it_is_packed(tiny_model, tiny_recipe, samples):
    model, processor = tiny_model
    shared = Shared(model, processor, ALONE, tiny_recipe.stages[0])
    losses, grads = [], []
    for packs in ([Pack.of(samples)], [Pack.of(samples[:1]), Pack.of(samples[1:])]):
        model.zero_grad()
        losses.append(shared.forward_backward(packs, len(packs)).loss)
        grads.append(gradients(model))
    model.zero_grad()
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    for name in grads[0]:
        torch.testing.assert_close(grads[0][name], grads[1][name], rtol=1e-4, atol=1e-7)


def test_only_answers_and_their_end_tokens_carry_loss(tiny_model, samples):
    processor = tiny_model[1]
    for sample in samples:
        trained = sample.labels != -100
        assert torch.equal(sample.labels[trained], sample.token_ids[trained])
        assert processor.image_token_id not in sample.labels[trained]
        assert int((sample.labels == processor.end_token_id).sum()) >= 1
        assert sample.labels[0] == -100
