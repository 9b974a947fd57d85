"""Optimizer wrappers; importing this package registers them."""

from .bf16_optim_wrapper import Bf16OptimWrapper

__all__ = ['Bf16OptimWrapper']
