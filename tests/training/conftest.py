"""A training that is interrupted; backbones to join: a SigLIP folder, and folders of language models without images."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, Qwen2Config, Qwen2ForCausalLM, SiglipConfig, SiglipModel

from octavo.training import Recipe, train
from octavo.training.trainer import Trainer

SIDE = {"hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 3}
TEXT = SIDE | {"num_attention_heads": 2, "num_key_value_heads": 1}
PADDED = 16  # rows that the vocabulary has beyond the tokenizer's, as Qwen's


@pytest.fixture
def train_cut(monkeypatch: pytest.MonkeyPatch) -> Callable[[Recipe, Path, int], Path]:
    """Train a recipe, interrupted before the step of this number over all stages, and resumed."""

    def trained(recipe: Recipe, out: Path, cut: int) -> Path:
        real = Trainer.train_step

        def train_step(self: Trainer, *rest: Any) -> Any:
            if self.at.before + self.at.step == cut:
                raise InterruptedError
            return real(self, *rest)

        with monkeypatch.context() as patch:
            patch.setattr(Trainer, "train_step", train_step)
            with pytest.raises(InterruptedError):
                train(recipe, out)
        return train(recipe, out, resume=True)

    return trained


@pytest.fixture(scope="session")
def vision(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("siglip")
    torch.manual_seed(0)
    config = SiglipConfig(
        text_config=SIDE | {"vocab_size": 50}, vision_config=SIDE | {"image_size": 54, "patch_size": 8}
    )
    SiglipModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A decoder and its tokenizer, which knows nothing of images."""
    folder = tmp_path_factory.mktemp("llama")
    rows = _tokenizer(folder, {"bos_token": "<|begin|>", "eos_token": "<|end|>"})
    torch.manual_seed(1)
    LlamaForCausalLM(LlamaConfig(**TEXT, vocab_size=rows)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def qwen2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same without a BOS token, with rows to spare and a tied head."""
    folder = tmp_path_factory.mktemp("qwen2")
    rows = _tokenizer(folder, {"bos_token": None, "eos_token": "<|end|>"}) + PADDED
    torch.manual_seed(1)
    Qwen2ForCausalLM(Qwen2Config(**TEXT, vocab_size=rows, tie_word_embeddings=True)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session", params=["llama", "qwen2"])
def text(request: pytest.FixtureRequest) -> Path:
    """Each of the two."""
    folder: Path = request.getfixturevalue(request.param)
    return folder


def _tokenizer(folder: Path, named: dict[str, str | None]) -> int:
    """Write a small byte-level BPE to `folder`; returns how many tokens it has."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<|end|>", "<|begin|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(["What is the total of the invoice?"], trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps(named))
    rows: int = tokenizer.get_vocab_size()
    return rows
