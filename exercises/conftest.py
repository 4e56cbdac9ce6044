"""Say what to type if the grader is not installed."""

import pytest


def pytest_configure(config):
    if not config.pluginmanager.hasplugin("kvgrade"):
        raise pytest.UsageError(
            "the grader is not installed in this Python: type `make exercises` in the project first"
        )
