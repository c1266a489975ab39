"""Programs that run on both libraries (see twin.py), by what they are about."""
