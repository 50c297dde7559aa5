from datetime import timedelta

import pytest
from pydantic import ValidationError

from flows.settings import TEXTS_LEAST_DAYS, Settings
from flows.steps.pruning import describe_pruned, retention_rules
from storage.retention import Pruned, Retention
from stories.grouping import WINDOW


def test_no_days_mean_for_good() -> None:
    rules = retention_rules(Settings.model_validate({"keep_texts_days": 400, "keep_entries_days": 0}))
    assert (rules.texts_for, rules.entries_for) == (timedelta(days=400), None)


def test_no_days_of_pages_mean_none() -> None:
    assert retention_rules(Settings.model_validate({"keep_pages_days": 0})).pages_for == timedelta(0)


def test_the_settings_defaults_are_the_rules_defaults() -> None:
    assert retention_rules(Settings.model_validate({})) == Retention()


def test_what_was_forgotten_is_said_in_words() -> None:
    assert describe_pruned(Pruned()) == "nothing"
    assert describe_pruned(Pruned(texts=1200)) == "1,200 texts"
    assert describe_pruned(Pruned(texts=1, articles=2, host_notes=3)) == "1 texts, 2 articles and 3 host notes"


@pytest.mark.parametrize("days", [1, 27])
def test_texts_are_kept_while_later_reports_are_compared_with_them(days: int) -> None:
    assert timedelta(days=TEXTS_LEAST_DAYS) >= 2 * WINDOW
    with pytest.raises(ValidationError, match="keep them 28 days or more, or 0 for good"):
        Settings.model_validate({"keep_texts_days": days})
    assert retention_rules(Settings.model_validate({"keep_texts_days": 28})).texts_for == 2 * WINDOW
    assert retention_rules(Settings.model_validate({"keep_texts_days": 0})).texts_for is None
