"""Refusals of pay-per-view. Their codes are part of the signed API."""

from billing.errors import N_, InvalidInput, NotAllowed, NotEnoughMoney, NotFound, WrongState


class InsufficientCredits(NotEnoughMoney):
    """The viewer's credits do not suffice. Facts: `needed`, `available`, `lack` (Money in credits)."""

    code = "insufficient_credits"
    text = N_("Not enough credits: %(lack)s is missing. Buy credits and try again.")


class WalletFrozen(NotAllowed):
    """Nothing may be spent from these credits. Facts: `login`."""

    code = "wallet_frozen"
    text = N_("The credits are frozen. Please contact your provider.")


class Banned(NotAllowed):
    """This person may not use the chat. Facts: `nickname`."""

    code = "banned"
    text = N_("You are banned from this chat. Please contact the support.")


class NotYours(NotAllowed):
    """Only those who take part in a show may do this."""

    code = "forbidden"
    text = N_("Only those who take part in this show may do this.")


class PerformerBusy(WrongState):
    """She is in a show. Facts: `performer`."""

    code = "performer_busy"
    text = N_("%(performer)s is in a private show right now. Try again a little later.")


class PerformerOffline(WrongState):
    """She is not there. Facts: `performer`."""

    code = "performer_offline"
    text = N_("%(performer)s is offline.")


class UserInShow(WrongState):
    """This viewer has asked for another show, or is in one."""

    code = "user_in_show"
    text = N_("You have another private show or request. End it first.")


class BadState(WrongState):
    """The show is past this step. Facts: `state`, `wanted`."""

    code = "bad_state"
    text = N_("This is not possible in the present state of the show (%(state)s).")


class UnknownShow(NotFound):
    """Facts: `show`."""

    code = "unknown_show"
    text = N_("There is no such show.")


class UnknownTenant(NotFound):
    """Facts: `tenant`."""

    code = "unknown_tenant"
    text = N_("There is no such chat.")


class UnknownPerformer(NotFound):
    """Facts: `performer`."""

    code = "unknown_performer"
    text = N_("There is no such performer, or she is not active.")


class UnknownPerson(NotFound):
    """Nobody in this chat has this number or login. Facts: `person`."""

    code = "unknown_person"
    text = N_("Nobody in this chat has this number or login.")


class PackNotOnSale(NotFound):
    """Facts: `pack`."""

    code = "pack_not_on_sale"
    text = N_("This pack of credits is not on sale.")


class OwnRoom(InvalidInput):
    """A performer cannot pay herself. Facts: `field`, `value`."""

    code = "own_room"
    text = N_("You cannot buy your own show or send a tip to yourself.")


class BadTip(InvalidInput):
    """Facts: `field`, `value`, `most`."""

    code = "bad_tip"
    text = N_("A tip is a whole number of credits from 1 to %(most)s.")


class EmbedMode(WrongState):
    """The chat's own server does the money of this tenant. Facts: `tenant`."""

    code = "embed_mode"
    text = N_("This chat is embedded: its own server sells and counts, nothing is sold here.")
