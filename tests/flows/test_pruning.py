from datetime import timedelta

from flows.settings import Settings
from flows.steps.pruning import describe_pruned, retention_rules
from storage.retention import Pruned, Retention


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
