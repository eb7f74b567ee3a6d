"""What stands in the files, and what is refused."""

import json
from dataclasses import replace

import gguf
import numpy as np
import pytest
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers
from tokenizers.models import BPE

from octavo.errors import OctavoError
from octavo.export import export_gguf
from octavo.export import gguf as command
from octavo.export.refusals import require_carried
from octavo.export.tensors import text_entries, vision_entries
from octavo.export.vocabulary import _LLAMA_BPE, pre_tokenizer_name, string_template, vocabulary
from octavo.export.writer import write_gguf
from octavo.processing import ImageConfig, Processor
from octavo.processing.conversation import conversation
from octavo.processing.prompts import ChatTemplate
from tests.export.conftest import IMAGES, VISION, model_of, processor_of, saved


def tensors(path):
    return {tensor.name: tensor for tensor in gguf.GGUFReader(path).tensors}


def test_every_parameter_is_carried_once(model):
    entries = [*text_entries(model), *vision_entries(model)]
    carried = sum(entry.tensor.numel() for entry in entries if entry.name != "rope_freqs.weight")
    assert carried == sum(parameter.numel() for parameter in model.parameters())
    assert len({entry.name for entry in entries}) == len(entries)


def test_eight_bits_are_the_matrices_and_the_rest_is_exact(model, processor, tmp_path):
    exact = [tensors(path) for path in write_gguf(model, processor, "a", "f32", tmp_path)]
    small = [tensors(path) for path in write_gguf(model, processor, "a", "q8_0", tmp_path)]
    kinds = {}
    for before, after in zip(exact, small, strict=True):
        assert before.keys() == after.keys()
        for name, tensor in after.items():
            kinds.setdefault(tensor.tensor_type.name, set()).add(name)
            wanted = before[name].data.astype(np.float32)
            found = gguf.quants.dequantize(tensor.data, tensor.tensor_type).reshape(wanted.shape)
            step = np.abs(wanted).max() / 127 if tensor.tensor_type.name == "Q8_0" else 0
            assert np.abs(found - wanted).max() <= step * 0.51
    assert kinds.keys() == {"F32", "Q8_0"}
    assert {"v.patch_embd.weight", "v.position_embd.weight", "rope_freqs.weight", "output_norm.weight"} <= kinds["F32"]
    assert {"token_embd.weight", "blk.1.attn_k.weight", "v.blk.0.ffn_up.weight", "mm.model.fc.weight"} <= kinds["Q8_0"]


def test_rows_that_blocks_do_not_divide_are_kept_in_half_precision(processor, tmp_path):
    model = model_of(processor, intermediate_size=80)
    text, _ = write_gguf(model, processor, "a", "q8_0", tmp_path)
    assert tensors(text)["blk.0.ffn_down.weight"].tensor_type.name == "F16"
    assert tensors(text)["blk.0.ffn_up.weight"].tensor_type.name == "Q8_0"


def test_ids_and_kinds_of_tokens(processor):
    tokenizer = processor.tokenizer
    words = vocabulary(tokenizer, processor.vocab_size + 2)
    assert words.tokens[:-2] == [tokenizer.id_to_token(i) for i in range(processor.vocab_size)]
    assert words.types[-2:] == [5, 5]
    assert words.types[processor.image_token_id] == 3
    assert words.types[tokenizer.token_to_id("a")] == 1
    assert [tuple(merge.split(" ")) for merge in words.merges][-1] == tuple(
        json.loads(tokenizer.to_str())["model"]["merges"][-1]
    )


def cut_by(*steps, normalizer=None, ignore_merges=False):
    tokenizer = Tokenizer(BPE(vocab={"a": 0}, merges=[], ignore_merges=ignore_merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(list(steps)) if len(steps) > 1 else steps[0]
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    return tokenizer


DIGITS = pre_tokenizers.Digits(individual_digits=True)
BYTES = pre_tokenizers.ByteLevel(add_prefix_space=False)
LLAMA = (
    pre_tokenizers.Split(Regex(_LLAMA_BPE), "isolated"),
    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
)


@pytest.mark.parametrize(
    ("tokenizer", "name"),
    [
        (cut_by(DIGITS, BYTES), "smollm"),
        (cut_by(BYTES), "gpt-2"),
        (cut_by(*LLAMA, ignore_merges=True), "llama-bpe"),
    ],
)
def test_how_a_tokenizer_cuts_has_a_name(tokenizer, name):
    assert pre_tokenizer_name(tokenizer) == name


@pytest.mark.parametrize(
    "tokenizer",
    [
        cut_by(*LLAMA),
        cut_by(pre_tokenizers.ByteLevel(add_prefix_space=True)),
        cut_by(pre_tokenizers.Digits(individual_digits=False), BYTES),
        cut_by(pre_tokenizers.Whitespace()),
        cut_by(BYTES, normalizer=normalizers.NFC()),
        Tokenizer(models.WordLevel({"a": 0}, "a")),
    ],
)
def test_another_way_to_cut_is_refused(tokenizer):
    with pytest.raises(OctavoError, match=r"no name for how its tokenizer cuts text.*--to hf"):
        pre_tokenizer_name(tokenizer)


def test_the_string_template_writes_what_the_family_writes(processor):
    turns = conversation([("What is the total?", "12"), ("When?", "today")], 1)
    strings = [
        message | {"content": "".join(part.get("text", "<__media__>") for part in message["content"])}
        for message in turns
    ]
    template = ChatTemplate(string_template(processor), {})
    for prompt in (False, True):
        assert template.render(strings, prompt).replace("<__media__>", "<image>") == processor.template.render(
            turns, prompt
        )


def with_images(**changes):
    return processor_of(replace(IMAGES, **changes))


def without_newlines():
    content = json.loads(processor_of().tokenizer.to_str())
    del content["model"]["vocab"]["ĊĊ"]
    content["model"]["merges"].remove(["Ċ", "Ċ"])
    return Processor(Tokenizer.from_str(json.dumps(content)), IMAGES, 4)


@pytest.mark.parametrize(
    ("images", "vision", "fault"),
    [
        (with_images(splitting=False), VISION, "reads an image as one tile"),
        (with_images(longest_edge=64), VISION, "reads an image as one tile"),
        (with_images(longest_edge=150), VISION, r"\(150\) is no multiple of the tile \(64\).*longest_edge to 128"),
        (with_images(longest_edge=65 * 64), VISION, r"is no multiple.*of at most 4096.*longest_edge to 4096"),
        (with_images(tile_size=32), VISION, "the tile is 32 pixels and the encoder's image_size 64"),
        (with_images(rescale_factor=1.0), VISION, "rescale_factor is 1.0"),
        (processor_of(), replace(VISION, intermediate_size=32), "as wide as the encoder"),
        (without_newlines(), VISION, r"no single token '\\n\\n'"),
    ],
)
def test_what_gguf_cannot_carry_is_refused_in_one_line(images, vision, fault):
    config = {"model_type": "idefics3", "text_config": {"model_type": "llama"}}
    with pytest.raises(OctavoError, match=f"GGUF cannot carry this model: .*{fault}") as refusal:
        require_carried(config, vision, images)
    assert "; " in str(refusal.value)  # the remedy
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(("kind", "decoder"), [("idefics2", "llama"), ("idefics3", "qwen2")])
def test_other_architectures_are_refused(kind, decoder, processor):
    config = {"model_type": kind, "text_config": {"model_type": decoder}}
    with pytest.raises(OctavoError, match=f"{kind} with a decoder of type {decoder}.*--to hf"):
        require_carried(config, VISION, processor)


def test_another_chat_template_is_refused(processor):
    other = Processor(processor.tokenizer, IMAGES, 4, "{% for m in messages %}{{ m['role'] }}{% endfor %}")
    with pytest.raises(OctavoError, match="its chat template is not that"):
        string_template(other)


def test_what_stands_before_the_first_turn_is_kept(processor):
    other = Processor(processor.tokenizer, IMAGES, 4, processor.template.source.replace("<|im_start|>", "<s>"))
    assert string_template(other).startswith("<s>{% for")


def test_a_refused_model_leaves_nothing(model, tmp_path):
    folder = saved(tmp_path / "whole", model, with_images(splitting=False))
    with pytest.raises(OctavoError, match="one tile"):
        export_gguf(folder, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["whole"]


def test_options_that_cannot_be(folder, tmp_path, monkeypatch):
    with pytest.raises(OctavoError, match="--type q4_0: it can be f32, f16, q8_0"):
        export_gguf(folder, tmp_path / "out", "q4_0")
    with pytest.raises(OctavoError, match="exists; give another --out"):
        export_gguf(folder, tmp_path)
    monkeypatch.setattr(command, "available", lambda: False)
    with pytest.raises(OctavoError, match=r"pip install 'octavo\[llamacpp\]'"):
        export_gguf(folder, tmp_path / "out", check=True)
    assert export_gguf(folder, tmp_path / "out") is None


def test_the_image_settings_of_the_family_are_carried(model, processor, tmp_path):
    fields = gguf.GGUFReader(write_gguf(model, processor, "a", "f16", tmp_path)[1]).fields
    assert fields["clip.vision.preproc_image_size"].contents() == IMAGES.longest_edge
    assert fields["clip.vision.image_size"].contents() == IMAGES.tile_size
    assert fields["clip.vision.image_mean"].contents() == list(ImageConfig().mean)
