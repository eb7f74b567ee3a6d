"""What a model, a page, a training and an answer cost, before anything of it is run.

flops.py    operations of the parts, by formula
trained.py  what a stage trains, and what backward costs for it
memory.py   bytes of the parts: weights, optimiser, what backward needs, cache
page.py     a page: tiles, tokens, operations
stage.py    a stage: packs, operations, memory
plan.py     a recipe or a model's folder → `Plan`
"""

from octavo.planning.plan import Plan, plan_model, plan_recipe

__all__ = ["Plan", "plan_model", "plan_recipe"]
