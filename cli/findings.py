"""What the doctor says: findings, each with a grade and a remedy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Grade(StrEnum):
    """How bad a finding is. Only what is wrong makes the doctor fail."""

    GOOD = "good"
    NOTICE = "notice"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence on one subject, what to do about it, and the figures behind it where a program may want them."""

    subject: str
    grade: Grade
    text: str
    remedy: str = ""
    figures: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def is_detail(self) -> bool:
        """Whether it is one of many figures that are as they should be: for programs, too long a list for people."""
        return self.grade is Grade.GOOD and bool(self.figures)
