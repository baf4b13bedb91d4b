"""What a server is answered: complete, in its own form."""

import json
from xml.etree import ElementTree

import pytest

from ppv_module.streams.wire.replies import reply


def test_json():
    assert json.loads(reply(["u9", "u7", "u7", ""], solution="x=")) == {
        "DenyList": {"ID": ["u7", "u9"]},
        "Solution": "x=",
    }
    assert json.loads(reply([])) == {"DenyList": {"ID": []}}


@pytest.mark.parametrize("denied", [["u9", "u7"], [], ["a<&>"]])
def test_xml(denied):
    root = ElementTree.fromstring(reply(denied, solution="x=", as_xml=True))
    assert (root.tag, [each.tag for each in root]) == ("ApiSyncResponse", ["Solution", "DenyList"])
    assert [each.text for each in root.iter("ID")] == sorted(denied)
    assert root.findtext("Solution") == "x="


def test_xml_has_a_solution_also_without_a_token():
    assert b"<Solution></Solution><DenyList></DenyList>" in reply([], as_xml=True)
