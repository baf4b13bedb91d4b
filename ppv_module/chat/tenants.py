"""Tenants: the operator's accounts at the video chat, with all that is decided for them.

The password is the key that tokens are signed with, and each token tells its MD5 to whoever reads it (video chat guide,
"JWT auto-login"): so it is long and random, and is changed when in doubt. It and the other secrets, the
REST token and the one in the hooks' address, stand as `***` in the event log.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.errors import N_, WrongState
from billing.uow import UnitOfWork, use_case
from billing.versions import check_seen
from ppv_module.chat import tenant_checks as checks
from ppv_module.chat.earnings.models import Earning, Payout
from ppv_module.chat.models import HookMode, Mode, Performer, Rules, Tenant
from ppv_module.chat.shows.models import Show
from ppv_module.credits.models import Order
from ppv_module.errors import UnknownTenant

HOOK_TOKEN_BYTES = 32
FRESH_PASSWORD_BYTES = 36
SECRETS = ("password", "rest_token")
HIDDEN, HIDDEN_NEW = "***", "*** (new)"
TITLES: Mapping[str, Mapping[str, str]] = {
    "performer": {"uk": "ведучий", "ru": "ведущий", "en": "performer"},
    "teacher": {"uk": "викладач", "ru": "преподаватель", "en": "teacher"},
    "adviser": {"uk": "консультант", "ru": "консультант", "en": "adviser"},
    "lawyer": {"uk": "юрист", "ru": "юрист", "en": "lawyer"},
    "fortune_teller": {"uk": "ворожка", "ru": "гадалка", "en": "fortune teller"},
}


class TenantTaken(WrongState):
    """Another tenant has this name or webmaster id. Facts: `field`, `value`."""

    code = "tenant_taken"
    text = N_("Another chat has this already: %(value)s.")


class CurrencyFixed(WrongState):
    """What was sold or earned is in the old currency. Facts: `currency`."""

    code = "currency_fixed"
    text = N_("Money has moved in this chat already, so its currency stays %(currency)s.")


class WebmasterFixed(WrongState):
    """Rooms of performers are counted from it. Facts: `webmaster_id`."""

    code = "webmaster_fixed"
    text = N_("Performers have their rooms by the webmaster id %(webmaster_id)s already, so it stays.")


@dataclass(frozen=True, kw_only=True)
class TenantForm:
    """What the staff decide about a tenant. Empty secrets (`password`, `rest_token`) leave those that are kept.

    A credit is worth `value_minor / value_credits` minor units. `kind` is one of `tenant_checks.KINDS`; titles are by
    language. `field_map` and `hook_networks` are for the chat's hooks.
    """

    name: str
    webmaster_id: int
    chat_url: str
    password: str = field(default="", repr=False)
    mode: Mode = Mode.EXTERNAL
    active: bool = True
    currency: str = "UAH"
    value_minor: int = 1000
    value_credits: int = 600
    rules: Rules = field(default_factory=Rules)
    kind: str = "performer"
    kind_titles: Mapping[str, str] = field(default_factory=dict)
    rest_url: str = ""
    rest_token: str = field(default="", repr=False)
    token_expires: bool = True
    hook_mode: HookMode = HookMode.OFF
    hook_json: bool = False
    hook_networks: Sequence[str] = ()
    field_map: Mapping[str, str] = field(default_factory=dict)
    paypal_business: str = ""
    paypal_receiver_id: str = ""


@use_case
def create_tenant(uow: UnitOfWork, *, form: TenantForm, actor: Actor, now: datetime) -> Tenant:
    """Add an account at the chat, with a new token for its hooks.

    :raises InvalidInput: a value cannot be used, see `tenant_checks`; nothing has changed
    :raises TenantTaken: another one has this name or webmaster id
    """
    values = _checked(form)
    values["password"] = checks.password(form.password)
    _require_free(uow.session, values, own=None)
    tenant = Tenant(**values, hook_token=secrets.token_urlsafe(HOOK_TOKEN_BYTES), css_source="", css="")
    uow.session.add(tenant)
    _flush(uow, form)
    template = "PPV CREATE TENANT [{tenant}]"
    uow.events.write(template, tenant=tenant.id, actor=actor, at=now, after=_facts(tenant))
    return tenant


@use_case
def change_tenant(
    uow: UnitOfWork, *, tenant_id: int, form: TenantForm, actor: Actor, now: datetime, seen: int | None = None
) -> Tenant:
    """Change what is decided for a tenant. Saving what is there already is harmless.

    A show keeps the rules and the credit's value of its request.

    :raises InvalidInput, TenantTaken: as `create_tenant`
    :raises CurrencyFixed, WebmasterFixed: money has moved, or performers have their rooms
    :raises UnknownTenant, ChangedMeanwhile: there is no such tenant; somebody was faster
    """
    values = _checked(form)
    if form.password:
        values["password"] = checks.password(form.password)
    tenant = lock(uow, tenant_id)
    _require_free(uow.session, values, own=tenant)
    _require_unfixed(uow.session, tenant, form)
    before = _facts(tenant)
    changed_secrets = [name for name in SECRETS if name in values and values[name] != getattr(tenant, name)]
    for name, value in values.items():
        setattr(tenant, name, value)
    after = _facts(tenant) | dict.fromkeys(changed_secrets, HIDDEN_NEW)
    if after != before:
        check_seen(tenant, seen)
        _flush(uow, form)
        template = "PPV SAVE TENANT [{tenant}]"
        uow.events.write(template, tenant=tenant.id, actor=actor, at=now, before=before, after=after)
    return tenant


@use_case
def renew_hook_token(
    uow: UnitOfWork, *, tenant_id: int, actor: Actor, now: datetime, seen: int | None = None
) -> Tenant:
    """Give the hooks another address; calls to the old one are refused from now on.

    :raises UnknownTenant, ChangedMeanwhile: there is no such tenant; somebody was faster, maybe this very wish
    """
    tenant = lock(uow, tenant_id)
    check_seen(tenant, seen)
    tenant.hook_token = secrets.token_urlsafe(HOOK_TOKEN_BYTES)
    uow.events.write("PPV SAVE TENANT [{tenant}] NEW HOOK TOKEN", tenant=tenant.id, actor=actor, at=now)
    return tenant


def fresh_password() -> str:
    """A password that may sign tokens, for the operator to enter here and at the chat."""
    return secrets.token_urlsafe(FRESH_PASSWORD_BYTES)


def title(tenant: Tenant, language: str) -> str:
    """What a performer of this tenant is called, in `language`: uk, ru or en. The operator's own word comes first."""
    if own := tenant.kind_titles.get(language):
        return own
    if tenant.kind in TITLES:
        return TITLES[tenant.kind].get(language, TITLES[tenant.kind]["en"])
    known = (tenant.kind_titles.get(each) for each in ("en", "uk", "ru"))
    return next((each for each in known if each), TITLES["performer"].get(language, "performer"))


def get(session: Session, tenant_id: int) -> Tenant:
    """:raises UnknownTenant: there is no such chat"""
    if (tenant := session.get(Tenant, tenant_id)) is None:
        raise UnknownTenant(tenant=tenant_id)
    return tenant


def lock(uow: UnitOfWork, tenant_id: int) -> Tenant:
    """The tenant, whom nobody else changes until the transaction ends.

    :raises UnknownTenant: there is no such chat
    """
    tenant = uow.session.get(Tenant, tenant_id, with_for_update=True, populate_existing=True)
    if tenant is None:
        raise UnknownTenant(tenant=tenant_id)
    return tenant


def all_tenants(session: Session, *, active: bool | None = None) -> Sequence[Tenant]:
    """Tenants by name; `active` picks those who are, or are not."""
    query = select(Tenant).order_by(Tenant.name)
    return session.scalars(query if active is None else query.where(Tenant.active == active)).all()


def is_currency_fixed(session: Session, tenant_id: int) -> bool:
    """Whether something was ordered, shown, earned or paid out in this chat."""
    moved = [exists().where(kind.tenant_id == tenant_id) for kind in (Order, Show, Earning, Payout)]
    return bool(session.scalar(select(or_(*moved))))


def _checked(form: TenantForm) -> dict[str, object]:
    """The columns that `form` gives, but for the password; an empty REST token leaves the kept one."""
    values: dict[str, object] = {
        "name": checks.words("name", form.name, least=1, most=checks.MOST_NAME),
        "webmaster_id": checks.whole("webmaster_id", form.webmaster_id, 1, checks.MOST_WEBMASTER),
        "mode": Mode(form.mode),
        "active": form.active,
        "currency": checks.currency(form.currency),
        "value_minor": checks.whole("value_minor", form.value_minor, 1, 10**9),
        "value_credits": checks.whole("value_credits", form.value_credits, 1, checks.MOST_CREDITS),
        "rules_given": checks.rules(form.rules),
        "kind": checks.kind(form.kind),
        "kind_titles": checks.titles(form.kind_titles, form.kind),
        "chat_url": checks.address("chat_url", form.chat_url),
        "rest_url": checks.address("rest_url", form.rest_url, may_be_empty=True),
        "token_expires": form.token_expires,
        "hook_mode": HookMode(form.hook_mode),
        "hook_json": form.hook_json,
        "hook_networks": checks.networks(form.hook_networks),
        "field_map": checks.field_map(form.field_map),
        "paypal_business": checks.words("paypal_business", form.paypal_business, most=128),
        "paypal_receiver_id": checks.words("paypal_receiver_id", form.paypal_receiver_id, most=32),
    }
    if form.rest_token:
        values["rest_token"] = checks.rest_token(form.rest_token)
    return values


def _facts(tenant: Tenant) -> dict[str, object]:
    """What the event log may keep of a tenant."""
    names = (
        *("name", "webmaster_id", "mode", "active", "currency", "value_minor", "value_credits", "kind"),
        *("kind_titles", "chat_url", "rest_url", "token_expires", "hook_mode", "hook_json", "hook_networks"),
        *("field_map", "paypal_business", "paypal_receiver_id"),
    )
    facts = {name: getattr(tenant, name) for name in names}
    return facts | {"rules": dict(tenant.rules_given)} | {name: HIDDEN for name in SECRETS if getattr(tenant, name)}


def _require_free(session: Session, values: Mapping[str, object], *, own: Tenant | None) -> None:
    """:raises TenantTaken: another tenant has this name or webmaster id"""
    for column in (Tenant.name, Tenant.webmaster_id):
        found = session.scalar(select(Tenant.id).where(column == values[column.key]))
        if found is not None and (own is None or found != own.id):
            raise TenantTaken(field=column.key, value=values[column.key])


def _require_unfixed(session: Session, tenant: Tenant, form: TenantForm) -> None:
    """:raises CurrencyFixed, WebmasterFixed: it would change what was counted already"""
    if form.currency != tenant.currency and is_currency_fixed(session, tenant.id):
        raise CurrencyFixed(currency=tenant.currency)
    rooms = exists().where(Performer.tenant_id == tenant.id)
    if form.webmaster_id != tenant.webmaster_id and session.scalar(select(rooms)):
        raise WebmasterFixed(webmaster_id=tenant.webmaster_id)


def _flush(uow: UnitOfWork, form: TenantForm) -> None:
    """:raises TenantTaken: somebody else took the name or webmaster id at this very moment"""
    try:
        uow.session.flush()
    except IntegrityError:
        raise TenantTaken(field="name", value=form.name) from None
