"""Reading an outlet out of a joined row: its columns travel under names of their own."""

from typing import Any

import sqlalchemy as sa

from news.sources import Backoff, Outlet, PressSystem
from storage.tables import outlets

OUTLET = tuple(column.label(f"outlet__{column.name}") for column in outlets.c)
"""The columns to select beside those of another table."""


def to_outlet(row: sa.Row[Any]) -> Outlet:
    """Make the outlet of a row that was selected with `OUTLET`."""
    values = {column.name: getattr(row, f"outlet__{column.name}") for column in outlets.c}
    enums = {"press_system": PressSystem(values["press_system"]), "backoff": Backoff(values["backoff"])}
    return Outlet(**values | enums)
