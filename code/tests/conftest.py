"""Property tests draw the same examples in every run; ``HYPOTHESIS_PROFILE=explore`` draws new ones."""

import os
import signal

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is slow, which says nothing about the code.
patient = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "print_blob": True}
settings.register_profile("repeatable", derandomize=True, **patient)
settings.register_profile("explore", **patient)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.fixture
def heard_interrupts():
    """Ctrl-C reaches what a test starts; a shell that runs the tests in the background has them ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
