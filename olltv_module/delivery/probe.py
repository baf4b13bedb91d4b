"""Whether the partner listens to us at all."""

from olltv_module.partner import Partner

NOBODY = "nobody@probe.invalid"


def probe(partner: Partner) -> None:
    """Ask the partner something harmless: without his answer to this no delivery can succeed.

    :raises PartnerRejectsUs: our login is not accepted
    :raises PartnerUnreachable: he does not answer
    """
    partner.email_exists(email=NOBODY)
