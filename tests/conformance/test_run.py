"""What a run leaves opens in the ecosystem, and says there what it says here."""

from pathlib import Path

import pytest
import torch
from PIL import Image

import octavo
from octavo.inference import PageReader
from octavo.processing.conversation import question_message

transformers = pytest.importorskip("transformers", reason="the development extra installs transformers")


def test_the_model_answers_in_transformers_as_it_does_here(tiny_run: Path) -> None:
    theirs = transformers.AutoModelForImageTextToText.from_pretrained(tiny_run / "model", dtype=torch.float32)
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_run / "model")
    ours = octavo.load(tiny_run)
    noise = torch.randint(0, 256, (80, 60, 3), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    image = Image.fromarray(noise.numpy())
    sample = ours.processor.encode([question_message("What is the total?", 1)], [image], add_generation_prompt=True)
    generated = theirs.generate(
        input_ids=sample.token_ids[None],
        attention_mask=torch.ones_like(sample.token_ids)[None],
        pixel_values=ours.processor.normalise(sample.tiles)[None],
        do_sample=False,
        max_new_tokens=12,
        eos_token_id=ours.processor.end_token_id,
    )
    text = tokenizer.decode(generated[0, len(sample.token_ids) :], skip_special_tokens=True).strip()
    answer = PageReader(ours.model, ours.processor, [image], max_new_tokens=12).ask("What is the total?")
    assert answer.text == text
    assert theirs.num_parameters() == sum(parameter.numel() for parameter in ours.model.parameters())


def test_the_model_card_is_valid_and_tells_what_was_trained(tiny_run: Path) -> None:
    from huggingface_hub import ModelCard

    card = ModelCard.load(tiny_run / "model" / "README.md")
    assert card.data.pipeline_tag == "image-text-to-text"
    assert "6 optimiser steps of the recipe `nano`" in card.text
