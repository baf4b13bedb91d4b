"""The subscriber's devices, which live at the partner alone."""

from flask import request
from flask.typing import ResponseReturnValue

from olltv_module.admin.desk import actor, desk
from olltv_module.admin.subscriber.blueprint import bp
from olltv_module.admin.subscriber.common import seen, show, told
from olltv_module.admin.subscriber.contacts import TOLD_HERE
from olltv_module.admin.subscriber.forms import DeviceForm, RemoveDeviceForm
from olltv_module.delivery import devices
from olltv_module.delivery.devices import Hardware
from olltv_module.delivery.live import telling
from weblib.pages import gettext as _
from weblib.rights import requires


@bp.get("/devices/new")
@requires("OLLTV")
def show_add_device(login: str) -> ResponseReturnValue:
    """What names a device."""
    return show("device_new", seen(login), DeviceForm(formdata=None))


@bp.post("/devices/new")
@requires("OLLTV")
def add_device(login: str) -> ResponseReturnValue:
    """Bind a device."""
    form = DeviceForm()
    if form.validate():
        with form.refusals(statuses=TOLD_HERE), telling():
            devices.add_device(
                desk().delivering(),
                login=login,
                hardware=Hardware.read(mac=form.mac.data, serial_number=form.serial_number.data),
                binding_code=form.binding_code.data or None,
                actor=actor(),
            )
    if form.errors:
        return show("device_new", seen(login), form)
    return told(_("The device is bound."), login)


@bp.get("/devices/remove")
@requires("OLLTV")
def show_remove_device(login: str) -> ResponseReturnValue:
    """Which device, and what unbinding it means."""
    return _remove_page(login, RemoveDeviceForm(request.args))


@bp.post("/devices/remove")
@requires("OLLTV")
def remove_device(login: str) -> ResponseReturnValue:
    """Unbind a device."""
    form = RemoveDeviceForm()
    if form.validate():
        with form.refusals(statuses=TOLD_HERE), telling():
            devices.remove_device(desk().delivering(), login=login, hardware=_hardware(form), actor=actor())
    if form.errors:
        return _remove_page(login, form)
    return told(_("The device is not bound any more."), login)


def _remove_page(login: str, form: RemoveDeviceForm) -> ResponseReturnValue:
    return show("device_remove", seen(login), form, hardware=_hardware(form))


def _hardware(form: RemoveDeviceForm) -> Hardware:
    return Hardware.read(mac=form.mac.data, serial_number=form.serial_number.data)
