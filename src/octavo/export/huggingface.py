"""A model as a folder in Hugging Face's layout, opened again and compared before it gets its name."""

import hashlib
from pathlib import Path

import torch

from octavo import __version__
from octavo.errors import OctavoError
from octavo.export.pages import QUESTIONS, upright
from octavo.export.refusals import require_new
from octavo.files import written_whole
from octavo.hub import model_folder
from octavo.inference import PageReader
from octavo.models import Model, load_model, save_model, stored_dtype
from octavo.processing import FamilyProcessor, open_processor
from octavo.training.history import loss_curve, runs_behind, told

CURVE = "loss.svg"
ARCHITECTURES = {
    "idefics": "IDEFICS1",
    "idefics2": "Idefics2",
    "octavo": "a composition of Idefics3",
}  # others: Idefics3


def export_hf(name: str | Path, out: Path, dtype: torch.dtype | None = None, notes: str = "") -> int:
    """Write the model called `name` to the folder `out`, and return its number of tensors.

    Weights keep the dtype that they are stored in, or are rounded to `dtype`. What was written is opened again: every
    tensor must be equal, bit for bit, and so must the greedy answers about a drawn page. The card is the model's own,
    with `notes` (Markdown) behind it, and of a run folder its training. Raises `OctavoError` where something is not
    equal, where a tensor is missing or not known, or where `out` exists.
    """
    require_new(out)
    folder = model_folder(name)
    dtype = dtype or stored_dtype(folder)
    model, processor = load_model(folder, dtype).float(), open_processor(folder)
    before = digests(model), answers(model, processor)
    with written_whole(out) as aside:
        save_model(model.to(dtype), aside)
        _write_card(aside, str(name), folder, model, notes)
        del model  # before the copy is opened: the weights are held once
        processor.save_pretrained(aside)
        _compare(aside, *before)
    return len(before[0])


def _write_card(out: Path, name: str, folder: Path, model: Model, notes: str) -> None:
    """README.md, and the curve that it shows."""
    own = folder / "README.md"
    card = own.read_text(encoding="utf-8") if own.is_file() else _card(name, model)
    parts, runs = [card, notes], runs_behind(folder.parent)
    if runs:
        parts.append(told(runs, CURVE))
        (out / CURVE).write_text(loss_curve(runs), encoding="utf-8")
    elif (folder / CURVE).is_file():
        (out / CURVE).write_bytes((folder / CURVE).read_bytes())
    (out / "README.md").write_text("\n".join(part for part in parts if part), encoding="utf-8")


def _compare(folder: Path, tensors: dict[str, str], said: list[str]) -> None:
    model, processor = load_model(folder), open_processor(folder)
    found = digests(model)
    wrong = [name for name, digest in tensors.items() if found[name] != digest]
    if wrong:
        raise OctavoError(f"the exported weights differ from the model's in {wrong[0]}; report this")
    if answers(model, processor) != said:
        raise OctavoError("the exported model answers otherwise than the model; report this")


def digests(model: Model) -> dict[str, str]:
    """The SHA-256 of every parameter's values, by name."""
    return {
        name: hashlib.sha256(parameter.detach().contiguous().numpy().data).hexdigest()
        for name, parameter in model.named_parameters()
    }


def answers(model: Model, processor: FamilyProcessor) -> list[str]:
    """The greedy answers about an upright drawn page."""
    reader = PageReader(model, processor, [upright()])
    return [reader.ask(question).text for question in QUESTIONS]


def _card(name: str, model: Model) -> str:
    kind, parameters = model.config.model_type, sum(parameter.numel() for parameter in model.parameters())
    opens = "in octavo" if kind == "octavo" else "in `transformers` with\n`AutoModelForImageTextToText`, and in octavo"
    return f"""---
pipeline_tag: image-text-to-text
library_name: transformers
tags:
- {kind}
- octavo
---

# {name}: a model of the architecture {ARCHITECTURES.get(kind, "Idefics3")}, {parameters / 1e6:.1f}M parameters

Exported from `{name}` by octavo {__version__}; its weights are unchanged. It opens {opens} with
`octavo.load`.
"""
