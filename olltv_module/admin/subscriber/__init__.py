"""The page of one subscriber, and everything that staff do there."""

from billing.errors import N_
from olltv_module.admin.subscriber import (
    access,
    contacts,
    devices,
    orders,
    page,
    profile,
    proposals,
    statement,
    states,
    visit,
    wallet,
)
from olltv_module.admin.subscriber.blueprint import bp
from weblib.menu import Entry

VIEWS = (access, contacts, devices, orders, page, profile, states, statement, visit, wallet)
"""Importing them hangs their views on the blueprint."""

BLUEPRINTS = (bp, proposals.bp)

MENU = Entry(
    endpoint="proposals.show", text=N_("Second look"), icon="user-check", section="Money", place=50, rights=("MONEY",)
)
