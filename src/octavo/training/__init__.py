"""Training: rows and a recipe in, checkpoints and a model out.

`recipe` says what to train and on what, `samples` and `sources` make samples of rows, `mixture` puts those of several
parts in one order, `plan` lays them in packs (`packing`) and `prefetch` reads those ahead, `resolution` is an
augmentation, `loss` and `optimizer` are the mathematics of a step, `trainer` is the loop, `distributed` lets
several processes share it, `validation` looks at held-out rows in it, `logs` tell of it, `checkpoint` is its memory,
`run` begins and ends it.
"""

from octavo.training.recipe import Recipe, load_recipe, parse_recipe, shipped_recipes
from octavo.training.run import save_trained, train
from octavo.training.start import starting_model

__all__ = ["Recipe", "load_recipe", "parse_recipe", "save_trained", "shipped_recipes", "starting_model", "train"]
