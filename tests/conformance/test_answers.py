"""Folders of transformers whose images are no tiles, opened by `octavo.load`: the answer is what `generate` writes.

And an export is the same model there.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import (
    AutoModelForImageTextToText,
    AutoProcessor,
    Idefics2Config,
    Idefics2ForConditionalGeneration,
    IdeficsConfig,
    IdeficsForVisionText2Text,
)

import octavo
from octavo.export import export_hf
from octavo.inference import VisionLanguageModel
from octavo.processing import IdeficsProcessor, NativeConfig
from octavo.processing.conversation import question_message
from octavo.processing.idefics import TEMPLATE
from tests.conformance import test_idefics, test_idefics2, test_idefics_processing
from tests.conformance.test_idefics2_processing import SMALL, mistral_pair
from tests.conformance.weights import randomise

NEW, QUESTION = 64, "What is the total?"


def saved(folder: Path, model: nn.Module, tokenizer: Tokenizer) -> None:
    """A model whose answers end with the token that ends an answer, and not at once."""
    end = tokenizer.token_to_id("<end_of_utterance>")
    model.generation_config.eos_token_id = [2, end]
    model.save_pretrained(folder)


def idefics2(folder: Path, splitting: bool) -> None:
    config = NativeConfig(SMALL.longest_edge, SMALL.shortest_edge, splitting)
    processor = mistral_pair(config)[0]
    processor.image_seq_len = test_idefics2.LATENTS
    tokenizer = processor.tokenizer.backend_tokenizer
    values = test_idefics2.shape({"image_size": 64, "patch_size": 8}, {}, {"vocab_size": len(processor.tokenizer)})
    values["image_token_id"] = tokenizer.token_to_id("<image>")
    torch.manual_seed(0)
    saved(folder, randomise(Idefics2ForConditionalGeneration(Idefics2Config(**values)), 1.0), tokenizer)
    processor.save_pretrained(folder)


def idefics(folder: Path) -> None:
    tokenizer = test_idefics_processing.llama_tokenizer()
    processor = IdeficsProcessor(
        tokenizer, test_idefics_processing.SquareConfig(image_size=24), TEMPLATE, test_idefics_processing.NAMES
    )
    size = tokenizer.get_vocab_size()
    values = test_idefics.shape(vocab_size=size - 3, additional_vocab_size=3, cross_layer_interval=2)
    torch.manual_seed(0)
    louder = ("position_embedding", "class_embedding", "alpha")
    saved(folder, randomise(IdeficsForVisionText2Text(IdeficsConfig(**values)), 1.3, louder), tokenizer)
    processor.save_pretrained(folder)


def their_inputs_of_idefics2(folder: Path, vlm: VisionLanguageModel, image: Image.Image) -> dict[str, Tensor]:
    content = [{"type": "image", "image": image}, {"type": "text", "text": QUESTION}]
    inputs: dict[str, Tensor] = AutoProcessor.from_pretrained(folder, backend="pil").apply_chat_template(
        [{"role": "user", "content": content}],
        tokenize=True,
        return_dict=True,
        return_tensors="pt",
        add_generation_prompt=True,
    )
    return inputs


def their_inputs_of_idefics(folder: Path, vlm: VisionLanguageModel, image: Image.Image) -> dict[str, Tensor]:
    """Ours, which `test_idefics_processing` holds to theirs: without a template theirs takes no conversation."""
    processor = vlm.processor
    assert isinstance(processor, IdeficsProcessor)
    sample = processor.encode([question_message(QUESTION, 1)], [image], add_generation_prompt=True)
    return {
        "input_ids": sample.token_ids[None],
        "attention_mask": torch.ones_like(sample.token_ids)[None],
        "pixel_values": processor.normalise(sample.tiles)[None],
        "image_attention_mask": sample.visible.long()[None],
    }


FOLDERS: dict[str, tuple[Callable[[Path], None], Callable[..., dict[str, Tensor]]]] = {
    "idefics2": (lambda folder: idefics2(folder, splitting=False), their_inputs_of_idefics2),
    "idefics2, split": (lambda folder: idefics2(folder, splitting=True), their_inputs_of_idefics2),
    "idefics": (idefics, their_inputs_of_idefics),
}


@pytest.fixture
def page(tmp_path: Path) -> Path:
    noise = torch.randint(0, 256, (90, 70, 3), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    Image.fromarray(noise.numpy()).save(tmp_path / "page.png")
    return tmp_path / "page.png"


@pytest.mark.parametrize("name", FOLDERS)
def test_the_answer_is_what_generate_writes(name: str, page: Path, tmp_path: Path) -> None:
    write, their_inputs = FOLDERS[name]
    folder = tmp_path / "model"
    write(folder)
    vlm = octavo.load(folder)
    theirs = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32)
    inputs = their_inputs(folder, vlm, Image.open(page).convert("RGB"))
    written = theirs.generate(**inputs, do_sample=False, max_new_tokens=NEW)[0, inputs["input_ids"].shape[1] :]
    answer = vlm.ask(page, QUESTION)
    assert answer.text == vlm.processor.decode(written)
    assert len(set(written.tolist())) > 2  # a constant answer would prove little
    tensors = export_hf(folder, tmp_path / "exported")
    assert tensors == len(list(theirs.parameters()))
    again = AutoModelForImageTextToText.from_pretrained(tmp_path / "exported", dtype=torch.float32)
    assert torch.equal(again(**inputs).logits, theirs(**inputs).logits)
