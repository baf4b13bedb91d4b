"""How long a call may take."""

import pytest

from billing.errors import Misconfigured
from olltv_module.delivery.queue import LEASE
from olltv_module.options import OlltvOptions
from suite.settings import load_settings
from weblib.options import specs


def test_no_answer_comes_after_the_lease_of_its_delivery_ran_out():
    longest = {spec.name: spec.within[1] for spec in specs(OlltvOptions) if spec.name.endswith("_TIMEOUT")}

    assert longest == {"OLLTV_CONNECT_TIMEOUT": 30, "OLLTV_READ_TIMEOUT": 60}
    assert sum(longest.values()) < LEASE.total_seconds()


def test_a_longer_wait_is_refused_at_the_start(tmp_path):
    (tmp_path / "alter.ini").write_text("OLLTV_READ_TIMEOUT=61\n")

    with pytest.raises(Misconfigured, match="OLLTV_READ_TIMEOUT"):
        load_settings(tmp_path, {})
