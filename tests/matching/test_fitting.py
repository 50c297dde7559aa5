import pytest

from matching.features import AGAINST, FEATURES, Observation
from matching.fitting import Row, fit_weights, write_weights
from matching.weighing import Weights, contribute, read_weights, score


def row(number: int, *, is_about: bool, **features: float) -> Row:
    named = {name: features.get(name.replace(" ", "_"), 0.0) for name in FEATURES}
    return Row(str(number), "t", "en", is_about, Observation(named, frozenset(), frozenset()))


ROWS = [
    *(row(n, is_about=True, key_in_title=1.0) for n in range(30)),
    *(row(n, is_about=False, angle_in_body=1.0) for n in range(30, 60)),
    *(row(n, is_about=False, key_in_title=1.0, off_in_title=1.0) for n in range(60, 70)),
]


def predict(fitted: Weights, one: Row) -> float:
    assert one.observation
    return score(contribute(one.observation.features, fitted))


def test_fitted_weights_tell_rows_apart() -> None:
    fitted = fit_weights(ROWS)
    assert all((predict(fitted, one) >= 0.5) is one.is_about for one in ROWS)


def test_a_weight_never_takes_the_sign_against_sense() -> None:
    backwards = [row(n, is_about=n % 2 == 0, off_in_title=float(n % 2 == 0)) for n in range(20)]
    fitted = fit_weights(backwards).by_feature
    assert all(fitted[name] <= 0 for name in AGAINST)
    assert all(fitted[name] >= 0 for name in set(FEATURES) - AGAINST)


def test_rows_of_one_kind_are_refused() -> None:
    with pytest.raises(ValueError, match="both kinds"):
        fit_weights(ROWS[:5])


def test_written_weights_are_read_back() -> None:
    fitted = fit_weights(ROWS)
    assert read_weights(write_weights(fitted, "Fitted to a test.")) == fitted


def test_a_score_is_the_logistic_of_its_parts() -> None:
    weights = Weights(-1.0, {"key in title": 1.0})
    assert score(contribute({"key in title": 1.0, "share off": 0.0}, weights)) == pytest.approx(0.5)
