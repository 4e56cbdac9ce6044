# Names for the commands of tasks.py, nothing more. `python tasks.py book` does the same without make.
PYTHON ?= python3

.PHONY: help book test exercises serve live bench lint model student-repo assignments lock clean
help book test exercises serve live bench lint model student-repo assignments lock clean:
	@$(PYTHON) tasks.py $@ $(ARGS)
.DEFAULT_GOAL := help
