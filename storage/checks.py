"""Constraints that say which values a column takes, made in one way from what the code says."""

from enum import StrEnum

import sqlalchemy as sa


def one_of(column: str, kind: type[StrEnum]) -> sa.CheckConstraint:
    """A column holds a value of an enumeration, or null where it may. A new value needs a migration."""
    values = ", ".join(f"'{one.value}'" for one in kind)
    return sa.CheckConstraint(f"{column} IN ({values})", name=column)


def never_negative(*columns: str) -> sa.CheckConstraint:
    """Columns hold counts, sizes or times."""
    return sa.CheckConstraint(" AND ".join(f"{column} >= 0" for column in columns), name="never_negative")


def fraction(column: str) -> sa.CheckConstraint:
    """A column holds a number from 0 to 1."""
    return sa.CheckConstraint(f"{column} BETWEEN 0 AND 1", name=column)
