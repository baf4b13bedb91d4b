"""Client of the TV partner's API: typed calls, typed outcomes."""

from billing.errors import PartnerError, PartnerRefused, PartnerUnreachable
from olltv_module.partner.client import Partner
from olltv_module.partner.codes import Status
from olltv_module.partner.errors import (
    AccountUnknown,
    AlreadyOff,
    BindingCodeUsed,
    BundleUnknown,
    DeviceTaken,
    DeviceUnknown,
    EmailMalformed,
    EmailTaken,
    ForeignDevice,
    ForeignUser,
    OldBundleOff,
    OrderViolated,
    PartnerRejectsUs,
    UserNotActive,
    WrongBindingCode,
)
from olltv_module.partner.health import Health
from olltv_module.partner.journal import CallJournal, Detail
from olltv_module.partner.values import (
    AddDeviceType,
    BoughtBundle,
    DeleteDeviceType,
    Device,
    DisableType,
    EnableType,
    PartnerUser,
    Profile,
    Purchase,
    Who,
)

__all__ = [
    "AccountUnknown",
    "AddDeviceType",
    "AlreadyOff",
    "BindingCodeUsed",
    "BoughtBundle",
    "BundleUnknown",
    "CallJournal",
    "DeleteDeviceType",
    "Detail",
    "Device",
    "DeviceTaken",
    "DeviceUnknown",
    "DisableType",
    "EmailMalformed",
    "EmailTaken",
    "EnableType",
    "ForeignDevice",
    "ForeignUser",
    "Health",
    "OldBundleOff",
    "OrderViolated",
    "Partner",
    "PartnerError",
    "PartnerRefused",
    "PartnerRejectsUs",
    "PartnerUnreachable",
    "PartnerUser",
    "Profile",
    "Purchase",
    "Status",
    "UserNotActive",
    "Who",
    "WrongBindingCode",
]
