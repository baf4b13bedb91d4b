"""The module's pages in the staff panel: their blueprints and their lines in its menu."""

from flask import Blueprint

from olltv_module.admin import (
    bulk,
    fees,
    money,
    queue,
    reconcile,
    register,
    search,
    subscriber,
    subscribers,
    tariff_changes,
    tariffs,
)
from weblib.menu import Entry

BLUEPRINTS: tuple[Blueprint, ...] = (
    subscribers.bp,
    search.bp,
    bulk.bp,
    register.bp,
    *subscriber.BLUEPRINTS,
    tariff_changes.bp,
    fees.bp,
    reconcile.bp,
    queue.bp,
    money.bp,
)

MENU: tuple[Entry, ...] = (
    subscribers.MENU,
    subscriber.MENU,
    tariffs.MENU,
    fees.MENU,
    reconcile.MENU,
    queue.MENU,
    money.MENU,
)
