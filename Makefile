# Names for the commands of tasks.py, nothing more. `python tasks.py book` does the same without make.
PYTHON ?= python3

.PHONY: help book test serve live bench lint model lock clean
help book test serve live bench lint model lock clean:
	@$(PYTHON) tasks.py $@ $(ARGS)
.DEFAULT_GOAL := help
