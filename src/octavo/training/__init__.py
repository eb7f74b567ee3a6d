"""Training: rows and a recipe in, checkpoints and a model out.

`recipe` says what to train and on what, `samples` and `sources` make samples of rows, `mixture` puts those of several
parts in one order, `plan` lays them in packs (`packing`) and `prefetch` reads those ahead, `resolution` is an
augmentation, `loss` and `optimizer` are the mathematics of a step, `trainer` is the loop, `validation` looks at
held-out rows in it, `checkpoint` is its memory.
"""

from octavo.training.recipe import Recipe, load_recipe, parse_recipe, shipped_recipes
from octavo.training.start import starting_model
from octavo.training.trainer import save_trained, train

__all__ = ["Recipe", "load_recipe", "parse_recipe", "save_trained", "shipped_recipes", "starting_model", "train"]
