"""Training: rows and a recipe in, checkpoints and a model out.

`recipe` says what to train, `samples` makes conversations of rows, `packing` lays them in sequences (or `mixture`
draws from several `sources`, and `plan` lays those), `resolution` is an augmentation,
`loss` and `optimizer` are the mathematics of a step, `trainer` is the loop, `checkpoint` its memory.
"""

from octavo.training.recipe import Recipe, load_recipe, parse_recipe, shipped_recipes
from octavo.training.start import starting_model
from octavo.training.trainer import save_trained, train

__all__ = ["Recipe", "load_recipe", "parse_recipe", "save_trained", "shipped_recipes", "starting_model", "train"]
