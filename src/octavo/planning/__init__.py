"""What a model, a page, a training and an answer cost, before anything of it is run.

memory.py   bytes of the parts: weights, optimiser, what backward needs, cache
plan.py     a recipe or a model's folder → `Plan`
Operations of the parts are `octavo.models.flops`; how many a second this machine does, `octavo.models.rate`.
"""

from octavo.models.rate import matmul_rate
from octavo.planning.plan import Plan, plan_model, plan_recipe

__all__ = ["Plan", "matmul_rate", "plan_model", "plan_recipe"]
