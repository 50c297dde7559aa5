"""From features to a score: one small table of weights for every topic, kept as readable numbers."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_SHIPPED = Path(__file__).with_name("weights.toml")


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each feature counts, in log-odds. `bias` is set so that a score of 0.5 is the best cut."""

    bias: float
    by_feature: Mapping[str, float]


@cache
def shipped_weights() -> Weights:
    """Return the weights that come with Dateline."""
    return read_weights(_SHIPPED.read_text(encoding="utf-8"))


def read_weights(document: str) -> Weights:
    """Read weights from TOML: `bias`, and a table `[weights]` of numbers by feature."""
    content = tomllib.loads(document)
    return Weights(float(content["bias"]), {name: float(value) for name, value in content["weights"].items()})


START = "to begin with"
"""The part of every score that no feature gives: the bias, which is negative, so that an article must earn its match."""


def contribute(features: Mapping[str, float], weights: Weights) -> dict[str, float]:
    """Return the parts of a score in log-odds: where it begins, and what each feature that is there adds."""
    return {START: weights.bias} | {
        name: value * weights.by_feature[name]
        for name, value in features.items()
        if value and weights.by_feature.get(name)
    }


def score(parts: Mapping[str, float]) -> float:
    """Return the score in 0..1 of its parts: the logistic function of their sum."""
    return 1 / (1 + math.exp(-sum(parts.values())))
