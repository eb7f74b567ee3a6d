"""What a stage trains: the model is opened for it, with modules frozen or adapted, and closed to a plain one again."""

from collections.abc import Sequence

from octavo.errors import OctavoError
from octavo.models import Idefics3
from octavo.models.adapters import AdapterSettings, add_adapters, freeze, merge_adapters, modules_matching
from octavo.models.vocabulary import rejoin_vocabulary, split_vocabulary
from octavo.training.recipe import Adapter, Stage


def check_stages(model: Idefics3, stages: Sequence[Stage]) -> None:
    """Raise `OctavoError` for a pattern without a module and for a stage that trains nothing.

    Before the first step of the first stage: what the last one lacks should not come out after days.
    """
    rows = model.config.text.vocab_size
    for stage in stages:
        adapted = () if stage.adapter is None else (*stage.adapter.targets, *(stage.adapter.trained or ()))
        modules_matching(model, [*stage.learning_rates, *adapted])
        if stage.split_vocabulary >= rows:
            raise OctavoError(
                f"stage {stage.name} parts {stage.split_vocabulary} new rows from a vocabulary of {rows}; "
                "set split_vocabulary to the rows that octavo join added"
            )
        freeze(model, stage.freeze)
        left = any(parameter.requires_grad for parameter in model.parameters())
        model.requires_grad_(True)
        if not (left or stage.split_vocabulary):
            raise OctavoError(f"stage {stage.name} trains nothing: its freeze covers the whole model; name less there")


def open_stage(model: Idefics3, stage: Stage, seed: int) -> None:
    """Make of a plain model, in place, what the stage trains; fresh adapters are drawn from `seed`.

    New rows of the vocabulary train even where `freeze` names the module that holds them.
    """
    freeze(model, stage.freeze)
    if stage.split_vocabulary:
        split_vocabulary(model, stage.split_vocabulary)
    if stage.adapter is not None:
        add_adapters(model, _settings(stage.adapter), seed)
    kept = stage.checkpoint_activations
    model.checkpoint_layers(vision=kept in ("vision", "all"), text=kept in ("text", "all"))


def close_stage(model: Idefics3, stage: Stage) -> None:
    """Make a plain model again, in place, all of it trainable: adapters merged, the vocabulary one matrix."""
    if stage.adapter is not None:
        merge_adapters(model)
    rejoin_vocabulary(model)
    model.requires_grad_(True)


def _settings(adapter: Adapter) -> AdapterSettings:
    return AdapterSettings(
        rank=adapter.rank,
        alpha=adapter.alpha,
        dropout=adapter.dropout,
        dora=adapter.kind == "dora",
        targets=adapter.targets,
        trained=adapter.trained,
    )
