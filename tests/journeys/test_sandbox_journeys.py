"""What subscribers and the operator live through, as the partner's own books show it."""

from olltv_module.models import Reason
from olltv_module.services.fees.run import FeeDay, charge
from tests.support import DEC_1, STAFF, assert_books_balance, balance, money

MAC = "00:1A:79:00:00:{:02X}"


def monthly_run(house) -> None:
    list(charge(FeeDay(house.billing, house.clock), actor=STAFF))


def bind_all(house, login: str, first: int) -> dict[str, str]:
    """Bind a device to each of a subscriber's bundles; gives the bundle of each."""
    bound = {}
    for number, (service, code) in enumerate(house.codes(login).items(), first):
        house.delivering.partner.add_device(account=login, mac=MAC.format(number), binding_code=code)
        bound[MAC.format(number)] = service
    return bound


def test_the_monthly_run_leaves_on_exactly_what_is_paid(house, sandbox, billing, clock):
    """Payers stay on, debtors go off and keep their devices; money and a resume bring them back as they were."""
    payers, debtors = ["payer1", "payer2", "payer3"], ["debtor1", "debtor2"]
    for login in payers:
        house.person(login, wallet="200 UAH")
        house.watching("main_start", "screen2", login=login)
    for login in debtors:
        house.person(login, wallet="66 UAH")
        house.watching("main_start", "screen2", login=login)
    devices = {login: bind_all(house, login, 10 * n) for n, login in enumerate(payers + debtors)}
    codes = {login: sandbox.codes(login) for login in debtors}
    clock.now = DEC_1

    monthly_run(house)
    house.run()

    assert all(sandbox.on(login) == {"main_start", "screen2"} for login in payers)
    assert all(sandbox.on(login) == set() for login in debtors)
    assert {login: sandbox.devices(login) for login in payers + debtors} == devices
    assert [balance(billing, login) for login in payers] == [money("70.00 UAH")] * 3
    assert [balance(billing, login) for login in debtors] == [money("1.00 UAH")] * 2

    for login in debtors:
        house.make.top_up(login, "64.00 UAH")
        house.resume(login)
    house.run()
    monthly_run(house)

    assert all(sandbox.on(login) == {"main_start", "screen2"} for login in debtors)
    assert {login: sandbox.codes(login) for login in debtors} == codes
    assert {login: house.codes(login) for login in debtors} == codes
    assert {login: sandbox.devices(login) for login in debtors} == {login: devices[login] for login in debtors}
    assert [balance(billing, login) for login in debtors] == [money("0.00 UAH")] * 2
    assert_books_balance(billing)


def test_the_subscribers_own_changes_cost_him_no_device(house, sandbox, billing):
    """A change of the main, a dropped add-on, a vacation, and the end."""
    house.watching("main_start", "screen2", "sport")
    codes, devices = house.codes(), bind_all(house, "ivan", 0)

    house.watching("main_max")
    moved = {"main_max": codes["main_start"], "screen2": codes["screen2"], "sport": codes["sport"]}
    assert sandbox.totals()["changeBundle"] == 1
    assert "disableBundle" not in sandbox.totals()
    assert sandbox.on("ivan") == {"main_max", "screen2", "sport"}
    assert sandbox.codes("ivan") == moved == house.codes()
    assert sandbox.devices("ivan") == {
        mac: "main_max" if service == "main_start" else service for mac, service in devices.items()
    }

    house.leave("screen2")
    house.deliver()
    assert sandbox.on("ivan") == {"main_max", "sport"}
    assert sandbox.calls("ivan")[-1] == "disableBundle screen2"
    assert sandbox.totals()["disableBundle"] == 1
    assert len(sandbox.devices("ivan")) == 2

    house.suspend(Reason.VACATION)
    house.deliver()
    assert sandbox.on("ivan") == set()
    assert len(sandbox.devices("ivan")) == 2
    house.resume()
    house.deliver()
    assert sandbox.on("ivan") == {"main_max", "sport"}
    assert balance(billing, "ivan") == money("800.00 UAH")

    house.leave()
    house.deliver()
    assert sandbox.on("ivan") == set()
    assert sandbox.codes("ivan") == sandbox.devices("ivan") == {}
    assert sandbox.calls("ivan")[-2:] == ["disableBundle sport", "disableBundle main_max"]
    assert balance(billing, "ivan") == money("800.00 UAH")
    assert_books_balance(billing)


def test_a_debtor_may_leave(house, sandbox, billing, clock):
    house.person(wallet="65 UAH")
    house.watching("main_start", "screen2")
    clock.now = DEC_1
    monthly_run(house)
    house.run()

    house.leave()
    house.run()

    assert sandbox.codes("ivan") == {}
    assert balance(billing, "ivan") == money("0.00 UAH")
    assert house.states() == {"main_start": "ended off", "screen2": "ended off"}
    assert_books_balance(billing)


def test_months_of_television(house, sandbox, billing, clock):
    """Half a year: each month is taken once, however often the run is called, and television goes when money ends."""
    house.person(wallet="270 UAH")
    house.watching("main_start", "screen2")
    for month in range(12, 16):
        clock.now = DEC_1.replace(year=2026 + month // 13, month=(month - 1) % 12 + 1)
        for _ in range(2):
            monthly_run(house)
            house.run()

    assert house.states() == {"main_start": "suspended kept", "screen2": "suspended kept"}
    assert house.sub("main_start").paid_through == "2027-02"
    assert balance(billing, "ivan") == money("10.00 UAH")
    assert sandbox.on("ivan") == set()
    assert_books_balance(billing)
