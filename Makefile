# Names for the commands of tasks.py, nothing more. `python tasks.py book` does the same without make.
PYTHON ?= python3

.PHONY: help book pdf check-pages test exercises serve live binder-check bench lint model student-repo assignments lock clean
help book pdf check-pages test exercises serve live binder-check bench lint model student-repo assignments lock clean:
	@$(PYTHON) tasks.py $@ $(ARGS)
.DEFAULT_GOAL := help
