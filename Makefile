# For fingers used to make; dev.py does the work.
PYTHON ?= python3

.PHONY: lab test
lab test:
	@$(PYTHON) dev.py $@
