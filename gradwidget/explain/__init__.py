"""Why: one question per file, from a trace to an answer with words, ids to highlight, the line, and a fix that is code."""

from . import words
from .answer import Answer
from .ask import Unknown, about, ask_trace, of_exception, tables
from .questions import QUESTIONS

__all__ = ["QUESTIONS", "Answer", "Unknown", "about", "ask_trace", "of_exception", "tables", "words"]
