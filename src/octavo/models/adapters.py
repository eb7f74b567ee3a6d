"""Training a part of a model: freezing by module pattern, LoRA and DoRA, and their files.

Adapters are `peft`'s (extra `octavo[adapters]`), put into the model in place, and so are the files: what is trained
wholly beside them stands there as `modules_to_save`, rows of a vocabulary that grew as `trainable_token_indices`.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from octavo.errors import OctavoError
from octavo.hub import first_line
from octavo.models.vocabulary import GrownEmbedding, GrownHead, split_vocabulary

if TYPE_CHECKING:  # it takes 3 s to import, and only adapters need it
    from peft import LoraConfig

WEIGHTS = "adapter_model.safetensors"
PREFIX = "base_model.model."  # what peft's own wrapper puts before every name in its files
FRESH = ("model.connector", "model.fusion")
BACKBONES = ("model.vision_model.encoder", "model.text_model.layers")


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterSettings:
    """Low-rank adapters of linear layers; the defaults are those of Idefics3's and SmolVLM's training code.

    `targets` and `trained` are module patterns (see `modules_matching`): linear layers inside `targets` get an
    adapter of rank `rank`, scaled by `alpha / rank`, with `dropout` on its input; modules in `trained` are trained
    wholly, where None stands for what no backbone had: the connector and gated layers. `dora` adds a trained
    magnitude for each output (arXiv 2402.09353).
    """

    rank: int = 64
    alpha: float = 16.0
    dropout: float = 0.1
    dora: bool = True
    targets: tuple[str, ...] = BACKBONES
    trained: tuple[str, ...] | None = None


def modules_matching(model: nn.Module, patterns: Sequence[str]) -> dict[str, nn.Module]:
    """The modules whose name matches a pattern, such as "model.vision_model" or "*.layers.0.mlp".

    `*` stands for any characters, dots included. Raises `OctavoError` for a pattern without a module, with the
    nearest name.
    """
    modules = dict(model.named_modules())
    found: dict[str, nn.Module] = {}
    for pattern in patterns:
        names = [name for name in modules if fnmatchcase(name, pattern)]
        if not names:
            near = difflib.get_close_matches(pattern, [name for name in modules if name], n=1, cutoff=0.0)
            raise OctavoError(f"the model has no module {pattern!r}; the nearest is {near[0]!r}")
        found |= {name: modules[name] for name in names}
    return found


def freeze(model: nn.Module, patterns: Sequence[str]) -> None:
    """Take the modules that match out of training; see `modules_matching`.

    Where nothing below a module trains, no graph is recorded in it: a frozen encoder keeps no activations.
    """
    for module in modules_matching(model, patterns).values():
        module.requires_grad_(False)


def add_adapters(model: nn.Module, settings: AdapterSettings, seed: int) -> None:
    """Put adapters into `model` in place and freeze all else but `settings.trained` and new rows of a vocabulary.

    The fresh adapters, drawn from `seed`, change nothing that the model computes. Raises `OctavoError` for a
    pattern without a module, and where `targets` hold no linear layer.
    """
    names = dict(model.named_modules())
    fresh = tuple(name for name in FRESH if name in names)
    trained = modules_matching(model, fresh if settings.trained is None else settings.trained)
    inside = [f"{name}." for name in [*trained, *modules_matching(model, settings.targets)]]
    whole, parts = inside[: len(trained)], inside[len(trained) :]
    targets = [
        name
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear)
        and f"{name}.".startswith(tuple(parts))
        and not f"{name}.".startswith(tuple(whole))
    ]
    if not targets:
        raise OctavoError(f"no linear layer is inside {', '.join(settings.targets)}; name modules that hold some")
    config = _peft().LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        use_dora=settings.dora,
        target_modules=targets,
        init_lora_weights="gaussian",
    )
    _inject(model, config, sorted(trained), seed)


def save_adapters(model: nn.Module, folder: Path) -> None:
    """Write adapter_config.json and adapter_model.safetensors: adapters, modules trained wholly, new rows."""
    config = _config_of(model)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {file: parameter.detach().cpu().contiguous() for file, parameter in _file_names(model).items()}
    save_file(tensors, folder / WEIGHTS, metadata={"format": "pt"})
    config.save_pretrained(str(folder))


def load_adapters(model: nn.Module, folder: Path) -> None:
    """Put the adapters of a folder into the `model` they were trained on, in place and ready to be trained on.

    Raises `OctavoError` for files that are no adapters, and for adapters of another model.
    """
    if not (folder / "adapter_config.json").is_file():
        raise OctavoError(f"{folder} holds no adapters: there is no adapter_config.json")
    peft = _peft()
    try:
        config = peft.PeftConfig.from_pretrained(str(folder))
        tensors = load_file(folder / WEIGHTS)
    except (OSError, SafetensorError, ValueError, TypeError, KeyError) as error:
        raise OctavoError(f"{folder} holds no adapters that can be read ({first_line(error)})") from error
    if not isinstance(config, peft.LoraConfig):
        raise OctavoError(f"{folder} holds adapters of type {config.peft_type}; only LoRA and DoRA are known")
    whole, rows = list(config.modules_to_save or ()), config.trainable_token_indices
    if rows:
        split_vocabulary(model, len(next(iter(rows.values()))))
    modules_matching(model, whole)
    _inject(model, config, whole, seed=0)
    expected = _file_names(model)
    faults = [name for name in expected if name not in tensors or tensors[name].shape != expected[name].shape]
    faults += [name for name in tensors if name not in expected]
    if faults:
        raise OctavoError(f"the adapters in {folder} are not for this model: {faults[0]} and {len(faults) - 1} more")
    with torch.no_grad():
        for name, parameter in expected.items():
            parameter.copy_(tensors[name])


def merge_adapters(model: nn.Module) -> None:
    """Add the adapters to the layers they adapt and take them out, in place. What was trained wholly stays.

    The model has its published names again; all parameters but a parted vocabulary's base rows train.
    """
    from peft.tuners.tuners_utils import BaseTunerLayer

    for name, module in list(model.named_modules()):
        if isinstance(module, BaseTunerLayer):
            module.merge(safe_merge=True)
            model.set_submodule(name, module.get_base_layer())
    del model.peft_config
    for parameter in model.parameters():
        parameter.requires_grad_(True)
    for module in model.modules():
        if isinstance(module, (GrownEmbedding, GrownHead)):
            module.weight.requires_grad_(False)


def _inject(model: nn.Module, config: "LoraConfig", whole: list[str], seed: int) -> None:
    """Adapters into the model; what else trains is noted in `config` as its files have it."""
    config.modules_to_save = None  # peft would train a copy; here the module itself trains
    config.trainable_token_indices = None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        _peft().inject_adapter_in_model(config, model)
    for name in whole:
        model.get_submodule(name).requires_grad_(True)
    grown = {name: module for name, module in model.named_modules() if isinstance(module, (GrownEmbedding, GrownHead))}
    for module in grown.values():
        module.added.requires_grad_(True)
    config.modules_to_save = whole or None
    rows = {
        name.rpartition(".")[2]: list(range(len(m.weight), len(m.weight) + len(m.added))) for name, m in grown.items()
    }
    config.trainable_token_indices = rows or None


def _file_names(model: nn.Module) -> dict[str, Tensor]:
    """What trains beside frozen weights, by its name in peft's files."""
    names: dict[str, Tensor] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            own = name.replace("lora_magnitude_vector.default.weight", "lora_magnitude_vector")
            own = own.replace(".default.", ".")
            if own.endswith(".added"):
                own = own.removesuffix("added") + "token_adapter.trainable_tokens_delta"
            names[PREFIX + own] = parameter
    return names


def _config_of(model: nn.Module) -> "LoraConfig":
    configs: dict[str, LoraConfig] = getattr(model, "peft_config", {})
    if not configs:
        raise OctavoError("the model has no adapters; add them with add_adapters")
    return configs["default"]


def _peft() -> Any:
    try:
        import peft
    except ImportError as error:
        raise OctavoError("adapters need peft: pip install 'octavo[adapters]'") from error
    return peft
