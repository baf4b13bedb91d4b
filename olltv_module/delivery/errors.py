"""Why a delivery stops where it is."""

from billing.errors import N_, PartnerError, PartnerRefused, PartnerUnreachable


class EmailOfAnother(PartnerRefused):
    """The e-mail belongs to another account of ours at the partner. Facts: `account`, `status`, `message`."""

    code = "email_of_another"
    text = N_("The partner knows this e-mail under another account (%(account)s). Give the subscriber another e-mail.")


class AwaitsConfirmation(PartnerUnreachable):
    """The user of this e-mail must confirm by the partner's letter that he belongs to us."""

    code = "awaits_confirmation"
    text = N_("The partner has sent a letter to the subscriber's e-mail: it must be confirmed there first.")


class NeedsStaff(PartnerRefused):
    """The partner refuses what is paid and wished on, so nobody but staff can decide. Facts: as `PartnerRefused`."""

    code = "needs_staff"


class DeliveryBroke(PartnerError):
    """A defect, or data that should not be: what the partner answered could not be kept. Facts: `message`."""

    code = "delivery_broke"
    text = N_("Keeping the partner's answer failed unexpectedly (%(message)s). The log says more; then try again.")
