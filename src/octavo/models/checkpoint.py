"""Models in Hugging Face's layout: config.json, generation_config.json, and weights in safetensors files.

Weights are read from safetensors only. Pickles (*.bin, *.pt) can run code when opened, so they never are.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from octavo.errors import OctavoError
from octavo.files import remove, write_json, written_whole
from octavo.hub import first_line, model_folder
from octavo.models.family import Config, Model, config_of, empty_model
from octavo.models.vocabulary import published_tensors

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
SHARD_BYTES = 5 * 10**9  # what one file holds on the hub by custom
C = TypeVar("C")
NAMED = 3  # tensors that an error message names
FLOATS = {"F64", "F32", "F16", "BF16"}  # safetensors' names; anything else is a quantised weight


def load_model(folder: str | Path, dtype: torch.dtype = torch.float32) -> Model:
    """Open a run folder, a Hugging Face folder or a hub name as a model of `dtype` on the CPU, in eval mode.

    The weights are held once: the model is laid out without memory, and each tensor is read into it. Raises
    `OctavoError` for a config.json that asks for other mathematics, for damaged files, for tensors that are
    missing, not known or of another shape, and for folders that hold only pickles.
    """
    folder = model_folder(folder)
    config = read_config(folder)
    with torch.device("meta"):
        model = empty_model(config)
    fill(model, model.tied, folder, dtype, _parameter)
    return model.eval()


def _parameter(name: str) -> str | None:
    """The name itself, but None for what older versions of `transformers` saved and the configuration says."""
    return None if re.search(r"\.(rotary_emb\.inv_freq|embeddings\.position_ids)$", name) else name


def fill(
    model: nn.Module,
    tied: Mapping[str, str],
    folder: Path,
    dtype: torch.dtype,
    name_of: Callable[[str], str | None] = str,
) -> tuple[str, ...]:
    """Read a folder's weights into a `model` that is laid out without memory.

    `tied` are names that may stand beside the parameters' own, each with the parameter that it must equal.
    `name_of` gives the parameter's name for a tensor's, or None for a tensor that is left out; the names of those
    are returned. Raises `OctavoError` where the tensors are not the model's; see `load_model`.
    """
    files = _weight_files(folder)
    shapes = {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}
    left_out = _check_tensors(folder, shapes, tied, files, name_of)
    _fill(folder, model, tied, files, dtype, name_of)
    return left_out


def read_config(folder: Path) -> Config:
    """The configuration in a model's folder. Raises `OctavoError` for what does not make a model."""
    return read_config_as(folder, config_of)


def read_config_as(folder: Path, read: Callable[[dict[str, Any]], C]) -> C:
    """What `read` makes of a folder's config.json. Raises `OctavoError`, with the file's name, where it does.

    Where generation_config.json names tokens that end generation, those count, as they do in `transformers`.
    """
    values = _read_json(folder / "config.json")
    generation = folder / "generation_config.json"
    eos = _read_json(generation).get("eos_token_id") if generation.is_file() else None
    if eos is not None:
        text = values.get("text_config")
        (text if isinstance(text, dict) else values)["eos_token_id"] = eos
    try:
        return read(values)
    except OctavoError as error:
        raise OctavoError(f"{folder / 'config.json'}: {error}") from error


def save_model(model: Model, folder: Path, shard_bytes: int = SHARD_BYTES) -> None:
    """Write a folder that `transformers` and `load_model` open, in the dtype of the parameters.

    Equal weights give equal bytes. A file holds at most `shard_bytes`, unless one tensor alone is larger. A
    model that stands in `folder` is replaced; config.json goes first and comes last, so a folder where
    writing was cut short is taken for no model. Write into a folder aside (`octavo.files.written_whole`) to
    have the old model or the new one at every moment.
    """
    for path in [folder / "config.json", folder / INDEX, *folder.glob("model*.safetensors")]:
        remove(path)
    tensors = {name: tensor.cpu().contiguous() for name, tensor in published_tensors(model).items()}
    shards = _shards(tensors, shard_bytes)
    names = [f"model-{i:05d}-of-{len(shards):05d}.safetensors" for i in range(1, len(shards) + 1)]
    names = [WEIGHTS] if len(shards) == 1 else names
    for name, shard in zip(names, shards, strict=True):
        with written_whole(folder / name) as aside:
            save_file({key: tensors[key] for key in shard}, aside, metadata={"format": "pt"})
    if len(shards) > 1:
        total = sum(tensor.nbytes for tensor in tensors.values())
        places = {key: name for name, shard in zip(names, shards, strict=True) for key in shard}
        write_json(folder / INDEX, {"metadata": {"total_size": total}, "weight_map": places})
    config = model.config.to_dict()
    text = config.get("text_config", config)
    ids = {key: text[key] for key in ("bos_token_id", "eos_token_id", "pad_token_id")}
    write_json(folder / "generation_config.json", {key: ids[key] for key in ids if ids[key] is not None})
    dtype = str(next(model.parameters()).dtype).removeprefix("torch.")
    write_json(folder / "config.json", config | {"torch_dtype": dtype})


def _shards(tensors: Mapping[str, Tensor], shard_bytes: int) -> list[list[str]]:
    """The tensors' names in the model's order, cut where a file would grow above `shard_bytes`."""
    shards: list[list[str]] = [[]]
    size = 0
    for name, tensor in tensors.items():
        if shards[-1] and size + tensor.nbytes > shard_bytes:
            shards.append([])
            size = 0
        shards[-1].append(name)
        size += tensor.nbytes
    return shards


def _read_json(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise OctavoError(f"{path} is no JSON file ({first_line(error)}); fetch the model again") from error
    if not isinstance(values, dict):
        raise OctavoError(f"{path} holds no JSON object; fetch the model again")
    return values


def _weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a model, in a fixed order."""
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    if not (folder / INDEX).is_file():
        pickles = sorted(path.name for kind in ("*.bin", "*.pt", "*.pth") for path in folder.glob(kind))
        if pickles:
            raise OctavoError(
                f"{folder} holds only pickles ({pickles[0]}), which can run code and are never "
                "opened; convert it in a sandbox with transformers' save_pretrained"
            )
        raise OctavoError(f"{folder} holds no weights: there is neither {WEIGHTS} nor {INDEX}")
    places = _read_json(folder / INDEX).get("weight_map")
    if not isinstance(places, dict) or not places:
        raise OctavoError(f"{folder / INDEX} has no weight_map from tensors to files; fetch the model again")
    names = sorted({str(name) for name in places.values()})
    for name in names:
        # The index comes with the model, so a path in it must not lead out of the model's folder.
        if not re.fullmatch(r"[\w.-]+\.safetensors", name):
            raise OctavoError(
                f"{folder / INDEX} names {name!r}, which is no safetensors file in its folder; do not trust this model"
            )
    return [folder / name for name in names]


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        # Read, not mapped: a file that is changed or cut later must not change or kill a loaded model, and
        # mapped pages count beside the parameters (1.3 GB against 2.3 GB at the peak for SmolVLM-256M).
        with safe_open(path, framework="pt", backend="pread") as file:
            yield file
    except (OSError, SafetensorError) as error:
        raise OctavoError(
            f"{path} is no whole safetensors file ({first_line(error)}); fetch the model again"
        ) from error


def _check_tensors(
    folder: Path,
    expected: Mapping[str, tuple[int, ...]],
    tied: Mapping[str, str],
    files: list[Path],
    name_of: Callable[[str], str | None],
) -> tuple[str, ...]:
    """Compare names, shapes and types before anything is read: a wrong file must not cost its size."""
    found, left_out, faults = set[str](), list[str](), []
    allowed = {**expected, **{name: expected[twin] for name, twin in tied.items()}}
    for path in files:
        with _opened(path) as file:
            for key in file.keys():  # noqa: SIM118 - not a dict
                part, name = file.get_slice(key), name_of(key)
                shape, kind = tuple(part.get_shape()), part.get_dtype()
                if name is None:
                    left_out.append(key)
                    continue
                if name not in allowed:
                    faults.append(f"{key[:100]!r} is not known")
                elif name in found:
                    faults.append(f"{key} is there twice")
                elif shape != allowed[name]:
                    faults.append(f"{key} has shape {list(shape)}, not {list(allowed[name])}")
                elif kind not in FLOATS:
                    faults.append(f"{key} holds {kind}, not floating-point numbers")
                found.add(name)
    faults = [f"{name} is missing" for name in expected if name not in found] + faults
    if faults:
        more = f" and {len(faults) - NAMED} more" if len(faults) > NAMED else ""
        raise OctavoError(
            f"the weights in {folder} are not those of its config.json: {'; '.join(faults[:NAMED])}{more}"
        )
    return tuple(left_out)


def _fill(
    folder: Path,
    model: nn.Module,
    tied: Mapping[str, str],
    files: list[Path],
    dtype: torch.dtype,
    name_of: Callable[[str], str | None],
) -> None:
    """Give every parameter its memory and its values."""
    twins: dict[str, Tensor] = {}
    for path in files:
        with _opened(path) as file:
            for key in file.keys():  # noqa: SIM118 - not a dict
                name = name_of(key)
                if name is None:
                    continue
                tensor = file.get_tensor(key).to(dtype)
                if name in tied:
                    twins[name] = tensor
                else:
                    module, _, own = name.rpartition(".")
                    setattr(model.get_submodule(module), own, nn.Parameter(tensor))
    for name, tensor in twins.items():
        if not torch.equal(tensor, model.get_parameter(tied[name])):
            raise OctavoError(
                f"config.json in {folder} ties the head to the embeddings, but {name} differs from "
                "them; set tie_word_embeddings to false there"
            )
