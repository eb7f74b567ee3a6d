"""A model as the two files that llama.cpp opens: the language model, and the vision encoder with its projection."""

from collections.abc import Iterable
from pathlib import Path

import gguf
import numpy as np
import torch
from gguf import GGMLQuantizationType as Type

from octavo.export.refusals import require_carried
from octavo.export.tensors import Entry, text_entries, vision_entries
from octavo.export.vocabulary import pre_tokenizer_name, string_template, vocabulary
from octavo.models import Idefics3
from octavo.processing import Processor

TYPES = {
    "f32": (Type.F32, gguf.LlamaFileType.ALL_F32),
    "f16": (Type.F16, gguf.LlamaFileType.MOSTLY_F16),
    "q8_0": (Type.Q8_0, gguf.LlamaFileType.MOSTLY_Q8_0),
}


def write_gguf(model: Idefics3, processor: Processor, name: str, kind: str, folder: Path) -> tuple[Path, Path]:
    """Write `model-KIND.gguf` and `mmproj-KIND.gguf` into `folder`, and return their paths.

    `kind` is a key of `TYPES`: the type of the matrices; vectors stay float32. Tensors are converted one at
    a time. Raises `OctavoError` for a model that the format cannot carry.
    """
    config = model.config
    require_carried(config.to_dict(), config.vision, processor)
    text = gguf.GGUFWriter(None, "llama")
    _add_text(text, model, processor)
    vision = gguf.GGUFWriter(None, "clip")
    _add_vision(vision, model, processor)
    paths = folder / f"model-{kind}.gguf", folder / f"mmproj-{kind}.gguf"
    parts = (text, text_entries(model)), (vision, vision_entries(model))
    for path, (writer, entries) in zip(paths, parts, strict=True):
        writer.add_name(name)
        writer.add_file_type(TYPES[kind][1])
        writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
        _write(writer, list(entries), TYPES[kind][0], path)
    return paths


def _add_text(writer: gguf.GGUFWriter, model: Idefics3, processor: Processor) -> None:
    text = model.config.text
    writer.add_vocab_size(text.vocab_size)
    writer.add_context_length(text.max_position_embeddings)
    writer.add_embedding_length(text.hidden_size)
    writer.add_feed_forward_length(text.intermediate_size)
    writer.add_block_count(text.num_hidden_layers)
    writer.add_head_count(text.num_attention_heads)
    writer.add_head_count_kv(text.num_key_value_heads)
    writer.add_key_length(text.head_dim)
    writer.add_value_length(text.head_dim)
    writer.add_layer_norm_rms_eps(text.rms_norm_eps)
    writer.add_rope_freq_base(text.rope_theta)
    writer.add_rope_dimension_count(text.head_dim)
    _add_tokenizer(writer, processor, text.vocab_size)


def _add_tokenizer(writer: gguf.GGUFWriter, processor: Processor, vocab_size: int) -> None:
    tokenizer = processor.tokenizer
    words = vocabulary(tokenizer, vocab_size)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre_tokenizer_name(tokenizer))
    writer.add_token_list(words.tokens)
    writer.add_token_types(words.types)
    writer.add_token_merges(words.merges)
    named = {part: tokenizer.token_to_id(token) for part, token in processor.named_tokens.items()}
    for part, add in (("bos_token", writer.add_bos_token_id), ("unk_token", writer.add_unk_token_id)):
        if (token_id := named.get(part)) is not None:
            add(token_id)
    writer.add_eos_token_id(processor.end_token_id)
    writer.add_pad_token_id(processor.pad_token_id)
    # The template writes all of these itself.
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(string_template(processor))


def _add_vision(writer: gguf.GGUFWriter, model: Idefics3, processor: Processor) -> None:
    vision, images = model.config.vision, processor.image_config
    writer.add_type(gguf.GGUFType.MMPROJ)
    writer.add_clip_has_vision_encoder(True)
    writer.add_clip_projector_type("idefics3")
    writer.add_vision_use_gelu(True)
    writer.add_vision_image_size(vision.image_size)
    writer.add_vision_patch_size(vision.patch_size)
    writer.add_vision_embedding_length(vision.hidden_size)
    writer.add_vision_feed_forward_length(vision.intermediate_size)
    writer.add_vision_block_count(vision.num_hidden_layers)
    writer.add_vision_head_count(vision.num_attention_heads)
    writer.add_vision_attention_layernorm_eps(vision.layer_norm_eps)
    writer.add_vision_projection_dim(model.config.text.hidden_size)
    writer.add_vision_projector_scale_factor(model.config.scale_factor)
    writer.add_vision_preproc_image_size(images.longest_edge)
    writer.add_vision_image_mean(images.mean)
    writer.add_vision_image_std(images.std)


def _write(writer: gguf.GGUFWriter, tensors: Iterable[Entry], kind: Type, path: Path) -> None:
    """Write the header with every tensor's shape, then the tensors, one at a time."""
    entries = [(entry, _stored(entry, kind)) for entry in tensors]
    for entry, stored in entries:
        shape = tuple(entry.tensor.shape)
        block, size = gguf.GGML_QUANT_SIZES[stored]
        nbytes = entry.tensor.numel() // block * size
        writer.add_tensor_info(entry.name, shape, np.dtype(np.float32), nbytes, raw_dtype=stored)
    writer.write_header_to_file(path)
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    for entry, stored in entries:
        values = entry.arranged(entry.tensor.detach()).to(torch.float32).contiguous().numpy()
        writer.write_tensor_data(gguf.quants.quantize(values, stored))
    writer.close()


def _stored(entry: Entry, kind: Type) -> Type:
    """The type that a tensor gets in a file of `kind`."""
    if entry.exact or entry.tensor.ndim < 2:
        return Type.F32
    block, _ = gguf.GGML_QUANT_SIZES[kind]
    # As llama.cpp's own converter: a row that blocks do not divide is kept in half precision.
    return kind if entry.tensor.shape[-1] % block == 0 else Type.F16
