"""For lessons: questions that a picture asks before it shows, and exercises that check themselves."""

from .checks import Check, check
from .predict import HIDES, Question, questions

__all__ = ["HIDES", "Check", "Question", "check", "questions"]
