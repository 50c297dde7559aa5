"""Fitting the table of weights to labelled articles: logistic regression with signs fixed by sense, pooled over topics.

Nothing is fitted per topic. The bias is set afterwards, so that 0.5 is the best cut.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.features import AGAINST, FEATURES, Observation
from matching.weighing import Weights

Vector = npt.NDArray[np.float64]

PENALTY = 1.0
"""Strength of the pull towards `SENSE`, in units of one row: it decides features that few rows show."""

SENSE = {
    "key in title": 3.0,
    "key in lead": 2.0,
    "key in body": 1.0,
    "angle in title": 1.0,
    "angle in lead": 0.5,
    "angle in body": 0.25,
    "supported in title": 2.0,
    "supported in lead": 1.0,
    "supported in body": 0.5,
    "part in title": 0.5,
    "share of sentences": 2.0,
    "off in title": -1.0,
    "off in lead": -0.5,
    "share off": -1.0,
}
"""What an editor would say before seeing a label, in log-odds: a key in a title is a topic by itself."""

_STEPS = 4000
_RATE = 2.0


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled article for one topic. `observation` is None where the topic saw nothing: its score is 0 then."""

    article: str
    topic: str
    language: str
    is_about: bool
    observation: Observation | None
    event: str = ""


def fit_weights(rows: Sequence[Row], penalty: float = PENALTY) -> Weights:
    """Fit weights and bias to rows of any topics.

    Raises:
        ValueError: where the rows hold no seen positive, or no seen negative.
    """
    seen = [row for row in rows if row.observation]
    x = np.array([vectorise(row.observation) for row in seen if row.observation])
    y = np.array([float(row.is_about) for row in seen])
    if y.all() or not y.any():
        raise ValueError("weights can be fitted only to rows of both kinds")
    weights, bias = _descend(x, y, penalty)
    table = {name: round(float(value), 2) for name, value in zip(FEATURES, weights, strict=True)}
    lost = sum(row.is_about for row in rows if not row.observation)
    return Weights(round(_shift_to_best_cut(bias, x @ weights, lost), 2), table)


def vectorise(observation: Observation) -> list[float]:
    """Return the features in the order of `FEATURES`."""
    return [observation.features[name] for name in FEATURES]


def _descend(x: Vector, y: Vector, penalty: float) -> tuple[Vector, float]:
    """Minimise the penalised logistic loss by projected gradient descent: a weight never takes the sign against sense."""
    sign = np.array([-1.0 if name in AGAINST else 1.0 for name in FEATURES])
    sense = np.array([SENSE[name] for name in FEATURES])
    weights, bias = sense.copy(), 0.0
    for _ in range(_STEPS):
        error = 1 / (1 + np.exp(-(x @ weights + bias))) - y
        weights = weights - _RATE * (x.T @ error + penalty * (weights - sense)) / len(y)
        weights = sign * np.maximum(sign * weights, 0)
        bias -= _RATE * float(error.mean())
    return weights, bias


def _shift_to_best_cut(bias: float, logits: Vector, lost: int) -> float:
    """Move the bias so that the cut with the best expected F1 lies at 0.5.

    Of calibrated probabilities the best cut for F1 is half of the F1 it reaches; that is steadier than the best cut of
    a few hundred rows. `lost` are positives that no rule saw.
    """
    chance = np.sort(1 / (1 + np.exp(-(logits + bias))))[::-1]
    taken = np.arange(1, len(chance) + 1)
    expected = 2 * np.cumsum(chance) / (taken + chance.sum() + lost)
    cut = float(expected.max()) / 2
    return bias - math.log(cut / (1 - cut))


def write_weights(weights: Weights, note: str) -> str:
    """Write weights as TOML that `matching.weighing.read_weights` reads; `note` says what they were fitted to."""
    lines = [f"# {note}", f"bias = {weights.bias}", "", "[weights]"]
    return "\n".join([*lines, *(f'"{name}" = {value}' for name, value in weights.by_feature.items())]) + "\n"
