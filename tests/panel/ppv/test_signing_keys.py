"""Keys of the signed API in the panel: made for one chat, shown once, rotated, revoked."""

import re

import pytest
from sqlalchemy import select

from ppv_module.chat import keys
from ppv_module.chat.models import SigningKey
from tests.panel.client import text


@pytest.fixture
def tenant(chat):
    return chat.tenant(name="Evening")


@pytest.fixture
def path(tenant):
    return f"/ppv/tenants/{tenant.id}/keys"


def stored(billing):
    with billing.reading() as session:
        return session.scalars(select(SigningKey)).all()


def shown_secret(panel, path):
    page = panel.get(f"{path}/made").get_data(as_text=True)
    return re.search(r'<code class="secret">([^<]+)</code>', page)[1]


def made(panel, path, name="gateway"):
    assert panel.done(f"{path}/new", name=name) == f"{path}/made"
    return shown_secret(panel, path)


def test_a_key_is_shown_exactly_once(panel, path, billing, capsys):
    assert "No program has a key yet." in panel.page(path)

    secret = made(panel, path)

    (key,) = stored(billing)
    assert key.secret == secret
    assert panel.get(f"{path}/made").location == path
    listed = panel.get(path).get_data(as_text=True)
    assert key.key_id in listed
    assert secret not in listed
    said = capsys.readouterr()
    assert secret not in said.out + said.err
    assert secret not in panel.page("/events")


def test_a_key_wants_a_name(panel, path, billing):
    answer = panel.post(f"{path}/new", name="")

    assert answer.status_code == 422
    assert "This field is required." in text(answer)
    assert stored(billing) == []


def test_two_secrets_are_good_until_the_earlier_is_dropped(panel, path, billing):
    first = made(panel, path)
    (key,) = stored(billing)
    assert "until you drop it" in panel.page(f"{path}/{key.key_id}/rotate")

    panel.done(f"{path}/{key.key_id}/rotate")

    second = shown_secret(panel, path)
    (key,) = stored(billing)
    assert keys.active_secrets(key) == (second, first)
    assert "in use, two secrets" in panel.page(path)
    panel.done(f"{path}/{key.key_id}/drop-older")
    (key,) = stored(billing)
    assert keys.active_secrets(key) == (second,)


def test_revoking_is_asked_and_final(panel, path, billing):
    made(panel, path)
    (key,) = stored(billing)
    assert "cannot be brought back" in panel.page(f"{path}/{key.key_id}/revoke")

    panel.done(f"{path}/{key.key_id}/revoke")

    (key,) = stored(billing)
    assert keys.active_secrets(key) == ()
    assert "revoked already" in panel.page(f"{path}/{key.key_id}/revoke")
    assert "revoked already" in panel.page(f"{path}/{key.key_id}/rotate")
    panel.done(f"{path}/{key.key_id}/revoke")
    assert panel.post(f"{path}/{key.key_id}/rotate").status_code == 404
    assert "gateway" in panel.page(path)


def test_a_key_of_another_chat_is_not_found(panel, chat, path, billing):
    made(panel, path)
    (key,) = stored(billing)
    other = f"/ppv/tenants/{chat.tenant().id}/keys"

    for page in ("rotate", "revoke"):
        assert panel.get(f"{other}/{key.key_id}/{page}").status_code == 404
        assert panel.post(f"{other}/{key.key_id}/{page}").status_code == 404
    assert panel.post(f"{other}/{key.key_id}/drop-older").status_code == 404
    assert key.key_id not in panel.page(other)
    assert keys.active_secrets(stored(billing)[0])


def test_a_secret_of_one_chat_is_not_shown_at_another(panel, chat, path):
    panel.done(f"{path}/new", name="gateway")

    assert panel.get(f"/ppv/tenants/{chat.tenant().id}/keys/made").status_code == 303
