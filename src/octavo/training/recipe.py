"""Recipes: what to train, on what, for how long, as typed and validated YAML."""

import difflib
from importlib import resources
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, ValidationError, model_validator

from octavo.errors import OctavoError
from octavo.models.adapters import BACKBONES
from octavo.processing.tokenizer import SMALLEST_VOCABULARY

Metric = Literal["validation_loss", "anls"]  # of held-out rows


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class VisionShape(_Strict):
    """The SigLIP encoder of a model that is laid out by its recipe."""

    hidden_size: int = Field(gt=0)
    intermediate_size: int = Field(gt=0)
    num_hidden_layers: int = Field(gt=0)
    num_attention_heads: int = Field(gt=0)
    patch_size: int = Field(gt=0, description="pixels on a patch's side")


class RopeScaling(_Strict):
    """Llama 3.1's stretch of the slow rotary frequencies (`octavo.models.Llama3Scaling`)."""

    factor: float = Field(gt=0)
    low_freq_factor: float = Field(gt=0)
    high_freq_factor: float = Field(gt=0)
    original_max_position_embeddings: int = Field(gt=0, description="tokens")


class TextShape(_Strict):
    """The Llama-family decoder of a model that is laid out by its recipe; the defaults are SmolVLM-256M's."""

    hidden_size: int = Field(gt=0)
    intermediate_size: int = Field(gt=0)
    num_hidden_layers: int = Field(gt=0)
    num_attention_heads: int = Field(gt=0)
    num_key_value_heads: int = Field(gt=0)
    max_position_embeddings: int = Field(default=8192, gt=0, description="tokens")
    rms_norm_eps: float = Field(default=1e-5, gt=0)
    rope_theta: float = Field(default=100_000.0, gt=0)
    rope_scaling: RopeScaling | None = None
    tie_word_embeddings: bool = Field(default=True, description="the head is the embeddings' transpose")


class PerceiverShape(_Strict):
    """The perceiver resampler of a model that is laid out by its recipe; the defaults are Idefics2's."""

    resampler_n_latents: int = Field(default=64, gt=0, description="image tokens of a tile")
    resampler_depth: int = Field(default=3, gt=0)
    resampler_n_heads: int = Field(default=16, gt=0)
    resampler_head_dim: int = Field(default=96, gt=0)
    num_key_value_heads: int = Field(default=4, gt=0)


class Shape(_Strict):
    """A model's layout: the parts, how image features come to the decoder, and how a page is cut."""

    vision: VisionShape
    text: TextShape
    connector: Literal["linear", "mlp", "perceiver"] = Field(
        default="linear", description="linear and mlp behind a pixel shuffle"
    )
    perceiver: PerceiverShape | None = Field(default=None, description="with connector perceiver, and only there")
    cross_attention: int | None = Field(
        default=None,
        gt=0,
        description="a gated layer before every so many decoder layers; null: image tokens in the sequence",
    )
    scale_factor: int = Field(
        gt=0, description="pixel shuffle: scale_factor² patches become one token; 1 with a perceiver"
    )
    tile_size: int = Field(gt=0, description="pixels on a tile's side")
    longest_edge: int = Field(gt=0, description="a page is scaled so that its longest side has this many pixels")
    splitting: bool = Field(default=True, description="false: a page is one tile, its overview")
    vocab_size: int = Field(
        ge=SMALLEST_VOCABULARY,
        description="256 bytes, the family's special tokens, and merges; backbones bring their own",
    )


class Backbones(_Strict):
    """Models trained apart, each a folder or a hub name, whose weights the encoder and the decoder begin with."""

    vision: str = Field(description="a SigLIP encoder")
    text: str = Field(description="a language model of the Llama family; the model takes its tokenizer")


class Adapter(_Strict):
    """Low-rank adapters (`octavo.models.adapters.AdapterSettings`); the stage ends with them merged."""

    kind: Literal["lora", "dora"]
    rank: int = Field(gt=0)
    alpha: float = Field(gt=0, description="the adapter is scaled by alpha / rank")
    dropout: float = Field(default=0.0, ge=0, lt=1, description="on the adapter's input")
    targets: tuple[str, ...] = Field(default=BACKBONES, description="modules whose linear layers get one")
    trained: tuple[str, ...] | None = Field(
        default=None, description="modules trained wholly; null: connector and gated layers"
    )


class Part(_Strict):
    """A part of a stage's data; `octavo.training.sources` says what the kinds are."""

    kind: Literal["questions", "transcription", "conversations", "text", "synthetic"]
    path: str | None = Field(default=None, description="its folder; null: the recipe's data set")
    feed: Literal["lines", "crops", "spreads", "cards", "pages"] | None = Field(
        default=None, description="what is drawn, of kind synthetic (octavo.training.sources.synthetic)"
    )
    weight: float | None = Field(default=None, gt=0, description="its share, in any unit; null: its size")
    repeats: int | None = Field(default=None, gt=0, description="the most passes over it; null: no end")
    longest: int | None = Field(
        default=None, gt=0, description="characters: a transcription ends there, a row with a longer text is not used"
    )
    resolutions: bool = Field(default=False, description="each image at a size that is drawn, as the authors' splitter")

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if (self.kind == "synthetic") != (self.feed is not None):
            raise ValueError("kind 'synthetic' has a 'feed', and no other kind has")
        if self.kind == "questions" and self.longest is not None:
            raise ValueError("'longest' bounds texts of the other kinds; leave it out")
        if self.kind == "text" and self.resolutions:
            raise ValueError("'resolutions' is about images, which text has not; leave it out")
        return self


STRIPPED = ("lines", "crops", "cards")  # feeds that can be drawn on a strip of a tile


class Stage(_Strict):
    """One run of the optimiser over the data. Modules are named by patterns such as "model.vision_model"."""

    name: str
    data: tuple[Part, ...] = Field(default=(), description="what is mixed; empty: questions of the recipe's data set")
    mix_by: Literal["samples", "tokens"] = Field(default="samples", description="what weights are shares of")
    temperature: float = Field(default=1.0, gt=0, description="weights count as their power 1 / T: above 1, small gain")
    longest_edge: int | None = Field(
        default=None, gt=0, description="a page's longest side in pixels in this stage; null: as the model's own"
    )
    strip: int | None = Field(
        default=None, gt=0, description="pixels: of drawn tiles only strips so high are seen, for cheaper steps"
    )
    answers: bool = Field(default=True, description="answers are trained; false: glyph cells alone")
    glyphs: float = Field(
        default=0.0, ge=0, description="weight of glyph cells: each patch of drawn pages names its characters"
    )
    guide: float = Field(
        default=0.0, ge=0, description="weight of the guide: two heads are told where on drawn pages an answer stands"
    )
    freeze: tuple[str, ...] = Field(default=(), description="modules that stay as they are")
    adapter: Adapter | None = Field(default=None, description="in place of freeze: all else stays as it is")
    split_vocabulary: int = Field(
        default=0, ge=0, description="new rows at the vocabulary's end, trained while the others stay"
    )
    learning_rates: dict[str, float] = Field(
        default={}, description="factors on the learning rate by module; the last that matches counts"
    )
    checkpoint_activations: Literal["none", "vision", "text", "all"] = Field(
        default="none", description="layers that are computed again in backward: less memory, a third more work"
    )
    steps: int | None = Field(default=None, gt=0, description="optimiser steps; or give epochs")
    epochs: float | None = Field(default=None, gt=0, description="passes over the data; the last step ends behind it")
    optimizer: Literal["adamw", "muon"] = Field(default="adamw", description="muon: for matrices, AdamW for the rest")
    schedule: Literal["cosine", "linear", "constant"] = Field(default="cosine", description="what follows the warm-up")
    learning_rate: float = Field(gt=0)
    warmup_steps: int = Field(ge=0, description="linear from 0")
    weight_decay: float = Field(ge=0, description="on matrices only; norms, biases and embeddings have none")
    clip_norm: float = Field(gt=0, description="largest norm of the whole gradient")
    pack_tokens: int = Field(gt=0, description="most tokens of one packed sequence")
    pack_tiles: int | None = Field(default=None, gt=0, description="most tiles of one; null: as its tokens allow")
    packs_per_step: int = Field(gt=0)
    questions_per_sample: int = Field(gt=0, description="about one page")
    isolated: bool = Field(
        default=True, description="a page's questions see the page and not each other; false: one conversation"
    )
    neftune_alpha: float = Field(default=0.0, ge=0, description="noise on the embeddings (arXiv 2310.05914)")
    checkpoint_every: int = Field(gt=0, description="steps")
    evaluate_every: int | None = Field(
        default=None, gt=0, description="steps between looks at held-out rows; the stage ends with the best weights"
    )
    evaluate_questions: int = Field(default=200, gt=0, description="whose loss is taken, at the least")
    evaluate_answers: int = Field(
        default=0, ge=0, description="questions that are answered for their ANLS, at the least"
    )
    best_by: dict[Metric, PositiveFloat] = Field(
        default={"validation_loss": 1.0}, min_length=1, description="weights in a sum, in which the loss counts against"
    )

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if (self.steps is None) == (self.epochs is None):
            raise ValueError("give either 'steps' or 'epochs'")
        if self.adapter is not None and self.freeze:
            raise ValueError("give either 'freeze' or 'adapter', which freezes all but its 'trained' modules")
        if "anls" in self.best_by and not self.evaluate_answers:
            raise ValueError("'best_by' weighs anls; set 'evaluate_answers' to how many questions are answered for it")
        if not self.answers and not self.glyphs:
            raise ValueError("without 'answers' a stage needs 'glyphs' to train")
        if self.guide and not self.answers:
            raise ValueError("'guide' is about answers; leave it out, or train 'answers'")
        if self.strip and not (self.data and all(part.feed in STRIPPED for part in self.data)):
            raise ValueError(f"'strip' is for single drawn tiles: give 'data' of the feeds {', '.join(STRIPPED)} only")
        if self.strip and self.evaluate_every:
            raise ValueError("'strip' is for drawn tiles, and held-out rows are pages; leave 'evaluate_every' out")
        if self.steps is not None and self.data and all(part.repeats for part in self.data):
            raise ValueError("the data end, maybe before the steps; leave 'repeats' out of a part, or give 'epochs'")
        return self


class Recipe(_Strict):
    """What `octavo train` runs. Exactly one of `shape` and `base` is given; `backbones` go with `shape`."""

    name: str
    seed: int = Field(ge=0)
    shape: Shape | None = None
    backbones: Backbones | None = Field(default=None, description="null: all of the shape begins random")
    base: str | None = Field(default=None, description="run folder, Hugging Face folder or hub name to start from")
    data: str | None = Field(default=None, description="data set folder; octavo fit fills it in")
    sharding: Literal["none", "full"] = Field(
        default="none", description="of several processes each holds the whole model, or its share of it (FSDP2)"
    )
    precision: Literal["float32", "bfloat16"] | None = Field(
        default=None, description="of products of matrices; null: bfloat16 on a GPU that has it, else float32"
    )
    compile: bool = Field(default=False, description="torch.compile writes the layers' kernels, in a minute")
    stages: list[Stage] = Field(min_length=1)

    @model_validator(mode="after")
    def _can_be_compiled(self) -> Self:
        if self.compile and any(stage.adapter for stage in self.stages):
            raise ValueError("torch.compile does not get adapters into whole graphs; leave out 'compile' or 'adapter'")
        if self.compile and self.sharding == "full":
            raise ValueError("compiled layers are not sharded; set 'sharding' to none or leave out 'compile'")
        return self


def shipped_recipes() -> dict[str, Path]:
    """The recipes that come with the package, by name, such as nano and study/cross-frozen."""
    folder = Path(str(resources.files("octavo") / "recipes"))
    return {path.relative_to(folder).with_suffix("").as_posix(): path for path in sorted(folder.rglob("*.yaml"))}


def load_recipe(name: str, overrides: tuple[str, ...] = ()) -> Recipe:
    """Read a recipe by its shipped name or its file, with "a.b=c" overrides (list items by index: stages.0.steps=5).

    A recipe that `extends` another one is that one under its own name, with what its `set` says by the same keys.
    Raises `OctavoError` for a missing file, an unknown key (named with the nearest known one) or a value out
    of its range.
    """
    values, where = _read(name)
    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals:
            raise OctavoError(f"--set {override}: write it as key=value, such as --set stages.0.steps=100")
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise OctavoError(f"--set {override}: {text} is no value in YAML") from error
        _set(values, key, value, f"--set {override}")
    return parse_recipe(values, where)


def _read(name: str, extending: tuple[str, ...] = ()) -> tuple[dict[str, Any], str]:
    """The values of a recipe, and what names its file in errors."""
    shipped = shipped_recipes()
    path = shipped.get(name, Path(name))
    if not path.is_file():
        raise OctavoError(f"{name}: no such recipe; give a YAML file or one of {', '.join(shipped)}")
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise OctavoError(f"{path}: not YAML ({' '.join(str(error).split())})") from error
    if not isinstance(values, dict):
        raise OctavoError(f"{path}: a recipe is a mapping of keys to values, such as 'name: mine'")
    if "extends" not in values:
        return values, str(path)
    changes = values.get("set") or {}
    if values.keys() - {"name", "extends", "set"} or not isinstance(changes, dict):
        raise OctavoError(f"{path}: a recipe that extends another has a name, and under 'set' what it changes")
    if name in extending:
        raise OctavoError(f"{path}: it extends itself; name another recipe under 'extends'")
    extended, _ = _read(str(values["extends"]), (*extending, name))
    for key, value in ({"name": values.get("name")} | changes).items():
        _set(extended, str(key), value, f"{path}: set {key}")
    return extended, str(path)


def parse_recipe(values: dict[str, Any], where: str) -> Recipe:
    """Validate a recipe; `where` begins the error message."""
    try:
        recipe = Recipe.model_validate(values)
    except ValidationError as error:
        raise OctavoError(f"{where}: {_explain(error)}") from error
    if (recipe.shape is None) == (recipe.base is None):
        raise OctavoError(f"{where}: give either 'shape' (a model from scratch) or 'base' (a model to start from)")
    if recipe.backbones is not None and recipe.shape is None:
        raise OctavoError(f"{where}: 'backbones' begin a 'shape', and 'base' has weights; set backbones to null")
    return recipe


def _set(values: dict[str, Any], path: str, value: Any, where: str) -> None:
    """Set what the keys of `path`, with dots between them, lead to; `where` begins the error message."""
    keys = path.split(".")
    target: Any = values
    for depth, key in enumerate(keys):
        try:
            step: Any = int(key) if isinstance(target, list) else key
            if depth == len(keys) - 1:
                target[step] = value
            else:
                target = target.setdefault(step, {}) if isinstance(target, dict) else target[step]
        except (ValueError, IndexError, TypeError, AttributeError) as error:
            raise OctavoError(f"{where}: there is no {'.'.join(keys[: depth + 1])} to set") from error


def _explain(error: ValidationError) -> str:
    """The first fault of a validation, with the nearest known key where a key is unknown."""
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(fault["loc"][-1]), _known_keys(), n=1, cutoff=0.5)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        return f"unknown key '{where}'{hint}"
    if fault["type"] == "missing":
        return f"'{where}' is missing"
    if fault["type"] == "value_error":
        return f"'{where}': {fault['ctx']['error']}"
    return f"'{where}': {fault['msg']} (got {fault['input']!r})"


def _known_keys() -> list[str]:
    return sorted({key for part in RECIPE_PARTS for key in part.model_fields})


RECIPE_PARTS: tuple[type[BaseModel], ...] = (
    Recipe, Stage, Part, Adapter, Shape, VisionShape, TextShape, RopeScaling, PerceiverShape, Backbones,
)  # fmt: skip
