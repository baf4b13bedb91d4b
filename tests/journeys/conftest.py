"""Journeys through the whole billing against a real sandbox partner."""

from tests.olltv.delivery.conftest import delivering, house, sandbox, sandbox_base

__all__ = ["delivering", "house", "sandbox", "sandbox_base"]
