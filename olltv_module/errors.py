"""Refusals of the OllTV use cases."""

from billing.errors import N_, InvalidInput, NotAllowed, NotEnoughMoney, NotFound, WrongState


class TariffNotOnSale(NotFound):
    """No such tariff, or it is archived. Facts: `tariff`."""

    code = "tariff_not_on_sale"
    text = N_("The tariff %(tariff)s is not on sale.")


class WrongKind(InvalidInput):
    """A main tariff was given where an add-on is wanted, or the other way round. Facts: `field`, `value`."""

    code = "wrong_kind"
    text = N_("The tariff “%(value)s” is of the other kind: main tariffs and add-ons are ordered separately.")


class TariffProtected(WrongState):
    """A tariff that somebody has had keeps its service id and kind and is never deleted. Facts: `tariff`."""

    code = "tariff_protected"
    text = N_("The tariff %(tariff)s is or was in use: archive it instead, or create another one.")


class DeletionProtected(TariffProtected):
    """Somebody tried to delete such a tariff. Facts: `tariff`."""

    event = "OLLTV DELETE TARIFF FAIL [{tariff}] IS_PROTECTED"


class NamedByAddon(WrongState):
    """An add-on names this main as one that it goes with. Facts: `tariff`, `addon`."""

    code = "named_by_addon"
    text = N_("The add-on “%(addon)s” names this tariff as one that it goes with: change that add-on first.")


class ServiceTaken(WrongState):
    """Two tariffs cannot share one service id of the partner. Facts: `service`."""

    code = "service_taken"
    text = N_("Another tariff uses the service id “%(service)s” already.")


class AlreadyHasMain(WrongState):
    """Another main is live. Facts: `tariff`."""

    code = "already_has_main"
    text = N_("There is a main tariff already (%(tariff)s). Change it instead of ordering a second one.")


class ChangeUnderWay(WrongState):
    """Another change of the main waits for the partner. Facts: `tariff`."""

    code = "change_under_way"
    text = N_("A change to %(tariff)s is being carried out. Wait until it is done.")


class AddonNeedsMain(WrongState):
    """An add-on lives only beside a main that is on. Facts: `login`, `tariff`."""

    code = "addon_needs_main"
    text = N_("An add-on needs a main tariff that is switched on.")
    event = "OLLTV SUBSCRIBER ({login}) SET ADDTARIFF [{tariff}] HAVENOMAINSUB"


class AddonDoesNotFit(WrongState):
    """The add-on goes with other mains than the one it would stand beside. Facts: `login`, `addon`, `main`, `mains`."""

    code = "addon_does_not_fit"
    text = N_("“%(addon)s” does not go with “%(main)s”, only with: %(mains)s.")


class DropAddonFirst(WrongState):
    """A change to a main with which a live add-on does not go. Facts: `login`, `addon`, `main`, `mains`."""

    code = "drop_addon_first"
    text = N_("“%(addon)s” does not go with “%(main)s”: drop it first, then change the tariff.")


class ResumeFirst(WrongState):
    """The subscription is suspended. Facts: `tariff`."""

    code = "resume_first"
    text = N_("The subscription to %(tariff)s is suspended. Resume it first, or leave it.")


class NotSubscribed(NotFound):
    """The subscriber has no such subscription. Facts: `login`."""

    code = "not_subscribed"
    text = N_("The subscriber %(login)s has no such subscription.")


class SubscriberFrozen(NotAllowed):
    """The account is frozen by the subscriber's wish. Facts: `login`."""

    code = "frozen"
    text = N_("The account is frozen. Unfreeze it to use television.")


class SubscriberDown(NotAllowed):
    """Staff have switched the account off. Facts: `login`."""

    code = "down"
    text = N_("The account is switched off. Please contact your provider.")


class NoMobile(InvalidInput):
    """The partner signs a subscriber in by mobile number. Facts: `login`, `field`, `value`."""

    code = "no_mobile"
    text = N_("The profile has no mobile number. The partner needs one like 0501234567.")
    event = "OLLTV CREATE SUBSCRIBER ({login}) FAIL EMPTY_MOBILE"


class BadMobile(InvalidInput):
    """The mobile number cannot be brought into the partner's form. Facts: `field`, `value`."""

    code = "bad_mobile"
    text = N_("“%(value)s” is no Ukrainian mobile number. Write it like 0501234567.")


class NoEmail(InvalidInput):
    """Neither the profile nor OLLTV_DOMAIN gives an e-mail address. Facts: `login`, `field`, `value`."""

    code = "no_email"
    text = N_("The profile has no e-mail address, and OLLTV_DOMAIN is not set to make one up.")
    event = "OLLTV CREATE SUBSCRIBER ({login}) FAIL EMPTY_EMAIL"


class ReasonWanted(InvalidInput):
    """Giving a service without charge wants a reason."""

    code = "reason_wanted"
    text = N_("Say in the field “%(field)s” why no fee is taken.")


class NotEnoughToResume(NotEnoughMoney):
    """The wallet cannot pay all fees that resuming costs. Facts: `login`, `needed`, `available`, `lack`."""

    event = "OLLTV SUBSCRIBER ({login}) FAIL UNSUSPEND NO_MONEY"
