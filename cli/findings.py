"""What the doctor says: findings, each with a grade and a remedy."""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How bad a finding is. Only what is wrong makes the doctor fail."""

    GOOD = "good"
    NOTICE = "notice"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence on one subject, and what to do about it."""

    subject: str
    grade: Grade
    text: str
    remedy: str = ""
