"""The cached prefix changes what a question costs, and nothing else."""

import pytest
import torch
from PIL import Image

from octavo.inference import PageReader
from octavo.processing.conversation import conversation, question_message
from octavo.training.loss import answer_loss_sum
from octavo.training.packing import Pack

QUESTIONS = ["What is the total?", "When?", "What is the name of the customer on this page?"]


@pytest.fixture(scope="module")
def image():
    noise = torch.randint(0, 256, (90, 70, 3), generator=torch.Generator().manual_seed(1), dtype=torch.uint8)
    return Image.fromarray(noise.numpy())


@pytest.fixture(scope="module")
def reader(tiny_model, image):
    model, processor = tiny_model
    return PageReader(model.eval(), processor, [image], max_new_tokens=12)


@torch.no_grad()
def greedy_without_cache(model, processor, image, question):
    """The whole sequence through the model again for every token."""
    sample = processor.encode([question_message(question, 1)], [image], add_generation_prompt=True)
    features = model.encode_tiles(processor.normalise(sample.tiles)).flatten(0, 1)
    ids, chosen = sample.token_ids, []
    while len(chosen) < 12 and processor.end_token_id not in chosen:
        logits = model(ids, (len(ids),), features_ID=features)[-1]
        chosen.append(int(logits.argmax()))
        ids = torch.cat([ids, torch.tensor(chosen[-1:])])
    return processor.decode(chosen)


@pytest.mark.parametrize("question", QUESTIONS)
def test_greedy_answers_equal_those_without_a_cache(reader, tiny_model, image, question):
    assert reader.ask(question).text == greedy_without_cache(*tiny_model, image, question)


def test_the_order_of_questions_does_not_matter(reader, tiny_model, image):
    first = [reader.ask(question) for question in QUESTIONS]
    again = [reader.ask(question) for question in reversed(QUESTIONS)][::-1]
    assert [(a.text, a.confidence) for a in first] == [(a.text, a.confidence) for a in again]
    assert all(0 < answer.confidence <= 1 for answer in first)


def test_the_loss_behind_the_prefix_is_the_training_loss(reader, tiny_model, image):
    model, processor = tiny_model
    for question, answer in zip(QUESTIONS, ["1,200.50", "today", "Ada Lovelace"], strict=True):
        sample = processor.encode(conversation([(question, answer)], 1), [image])
        with torch.no_grad():
            expected = float(answer_loss_sum(model, processor, Pack.of([sample])))
        losses = reader.answer_losses(question, answer)
        assert sum(losses) == pytest.approx(expected, rel=1e-5)
        assert len(losses) == int((sample.labels != -100).sum())


def test_a_question_too_long_is_refused(reader):
    with pytest.raises(ValueError, match="tokens"):
        reader.ask("why " * 600)


def test_an_answer_that_does_not_end_is_cut_and_says_so(tiny_model, image):
    model, processor = tiny_model
    answer = PageReader(model, processor, [image], max_new_tokens=1).ask("What?")
    assert not answer.stopped
