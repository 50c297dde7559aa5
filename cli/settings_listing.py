"""Every setting with its value and where that comes from."""

import os
from collections.abc import Mapping
from typing import Any

from dotenv import dotenv_values
from pydantic import SecretStr

from flows.settings import PREFIX, Settings, find_env_file, read_settings
from news.urls import hide_passwords


def list_settings() -> list[dict[str, Any]]:
    """Return every setting as `{name, value, source, description}`; secrets are hidden.

    Raises:
        SettingsError: for a setting that is unknown or wrong.
    """
    env_file = find_env_file()
    settings = read_settings()
    in_file = dotenv_values(env_file) if env_file.is_file() else {}
    return [
        {
            "name": f"{PREFIX}{field.upper()}",
            "value": say_value(getattr(settings, field)),
            "source": _find_source(f"{PREFIX}{field.upper()}", in_file),
            "description": described.description,
        }
        for field, described in Settings.model_fields.items()
    ]


def _find_source(name: str, in_file: Mapping[str, object]) -> str:
    if name in os.environ:
        return "environment"
    return ".env" if name in in_file else "default"


def say_value(value: object) -> str:
    """A setting's value for people: secrets, and passwords in addresses, hidden."""
    if isinstance(value, SecretStr):
        return "(hidden)" if value.get_secret_value() else ""
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{key} (hidden)" for key in value)
    return hide_passwords(str(value))
