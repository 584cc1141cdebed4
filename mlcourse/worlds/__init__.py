"""Worlds: where tasks come from."""

from .episodes import sample_episodes, split_by_alphabet, split_by_class
from .pairs import sample_pairs

__all__ = ["sample_episodes", "sample_pairs", "split_by_alphabet", "split_by_class"]
