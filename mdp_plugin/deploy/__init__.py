"""From trained weights to a fast detector."""

from .deploy_form import deploy_form

__all__ = ['deploy_form']
