"""What a model, a page, a training and an answer cost, before anything of it is run.

flops.py    operations of the parts, by formula
memory.py   bytes of the parts: weights, optimiser, what backward needs, cache
plan.py     a recipe or a model's folder → `Plan`
"""

from octavo.planning.plan import Plan, plan_model, plan_recipe

__all__ = ["Plan", "plan_model", "plan_recipe"]
