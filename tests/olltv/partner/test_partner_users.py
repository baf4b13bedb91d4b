"""Users: happy answers, refusals, lists."""

from datetime import date

import pytest

from billing.errors import PartnerRefused, PartnerUnreachable
from olltv_module.errors import BadMobile
from olltv_module.partner import (
    AccountUnknown,
    BoughtBundle,
    EmailTaken,
    ForeignUser,
    Profile,
)
from olltv_module.phones import normal_phone

IVAN = {"ID": 77, "account": "ivan", "email": "ivan@isp.ua", "ds_account": "900", "registration_date": "2026-05-01"}
PROFILE = Profile(firstname="Іван", phone="+38 (050) 123-45-67", birth_date=date(1990, 2, 3), password="ivans-own")


@pytest.mark.parametrize(("data", "known"), [(1, True), ("0", False)])
def test_email_exists_says_whether_anybody_has_it(desk, partner, data, known):
    desk.gives("emailExists", data)

    assert partner.email_exists(email="ivan@isp.ua") is known
    assert desk.asked("emailExists") == [{"email": "ivan@isp.ua"}]


def test_account_exists_gives_the_user(desk, partner):
    desk.gives("accountExists", IVAN)

    ivan = partner.account_exists(account="ivan")

    assert (ivan.id, ivan.account, ivan.ds_account, ivan.bundles) == ("77", "ivan", "900", None)


@pytest.mark.parametrize("nobody", [0, "0"])
def test_account_exists_gives_none_for_nobody(desk, partner, nobody):
    desk.gives("accountExists", nobody)

    assert partner.account_exists(account="ivan") is None


@pytest.mark.parametrize("odd", [1, None, [], "yes"])
def test_account_exists_never_takes_an_odd_answer_for_nobody(desk, partner, odd):
    desk.gives("accountExists", odd)

    with pytest.raises(PartnerUnreachable):
        partner.account_exists(account="ivan")


def test_add_user_sends_the_profile_with_a_normal_phone_and_gives_the_new_id(desk, partner):
    desk.gives("addUser", 4711)

    assert partner.add_user(account="ivan", email="ivan@isp.ua", profile=PROFILE) == "4711"
    assert desk.asked("addUser") == [
        {
            "account": "ivan",
            "email": "ivan@isp.ua",
            "firstname": "Іван",
            "phone": "0501234567",
            "birth_date": "1990-02-03",
            "password": "ivans-own",
            "receive_news": "0",
            "send_registration_email": "0",
        }
    ]


@pytest.mark.parametrize(("status", "kind"), [(115, EmailTaken), (301, PartnerRefused)])
def test_add_user_refused(desk, partner, status, kind):
    desk.refuses("addUser", status)

    with pytest.raises(kind) as caught:
        partner.add_user(account="ivan", email="ivan@isp.ua")

    assert caught.value.facts["status"] == status


@pytest.mark.parametrize("text", ["0501234567", "+380501234567", "380501234567", "8 050 123-45-67", "050.123.45.67"])
def test_a_phone_is_written_the_partners_way(text):
    assert normal_phone(text) == "0501234567"


@pytest.mark.parametrize("text", ["", "12345", "501234567", "+48501234567", "05012345678", "٠٥٠١٢٣٤٥٦٧"])
def test_another_phone_is_refused_before_anything_is_sent(desk, partner, text):
    with pytest.raises(BadMobile) as caught:
        normal_phone(text)
    assert caught.value.facts["field"] == "phone"
    assert not text or text not in str(caught.value)

    if text:
        with pytest.raises(BadMobile):
            partner.add_user(account="ivan", email="i@isp.ua", profile=Profile(phone=text))
    assert len(desk.mock.calls) == 0


def test_a_profile_shows_no_secret_when_printed():
    assert "ivans-own" not in repr(PROFILE) and "123-45" not in repr(PROFILE)


def test_user_list_goes_through_all_pages_and_stops_after_a_short_one(desk, partner):
    rows = [{"ID": number, "account": f"user{number}"} for number in range(2500)]
    desk.gives("getUserList", rows[:1000])
    desk.gives("getUserList", rows[1000:2000])
    desk.gives("getUserList", rows[2000:])

    assert [user.account for user in partner.user_list()] == [row["account"] for row in rows]
    assert desk.asked("getUserList") == [
        {"offset": "0", "limit": "1000"},
        {"offset": "1000", "limit": "1000"},
        {"offset": "2000", "limit": "1000"},
    ]


def test_user_list_that_ends_on_a_full_page_asks_once_more(desk, partner):
    desk.gives("getUserList", [{"account": f"user{number}"} for number in range(1000)])
    desk.gives("getUserList", [])

    assert len(list(partner.user_list())) == 1000


def test_user_list_that_never_moves_on_is_no_answer(desk, partner):
    desk.gives("getUserList", [{"account": f"user{number}"} for number in range(1000)])

    with pytest.raises(PartnerUnreachable):
        list(partner.user_list())


@pytest.mark.parametrize("rows", [{"0": IVAN}, [IVAN]])
def test_a_list_written_as_an_object_is_read_too(desk, partner, rows):
    desk.gives("getUserList", rows)

    assert [user.account for user in partner.user_list()] == ["ivan"]


@pytest.mark.parametrize("rows", [None, 1, "none", ["ivan"]])
def test_an_unreadable_list_is_never_an_empty_one(desk, partner, rows):
    desk.gives("getUserList", rows)

    with pytest.raises(PartnerUnreachable):
        list(partner.user_list())


def test_user_info_lists_the_bundles(desk, partner):
    desk.gives("getUserInfo", IVAN | {"bought_subs": [{"sub_id": "START", "service_type": 1, "binding_code": "0042"}]})

    ivan = partner.user_info(account="ivan")

    assert ivan.bundles == (BoughtBundle(sub_id="START", service_type="1", binding_code="0042"),)
    assert desk.asked("getUserInfo") == [{"account": "ivan"}]


@pytest.mark.parametrize("bought", [{}, {"bought_subs": None}, {"bought_subs": ["START"]}, {"bought_subs": [{}]}])
def test_user_info_without_readable_bundles_does_not_mean_none(desk, partner, bought):
    desk.gives("getUserInfo", IVAN | bought)

    with pytest.raises(PartnerUnreachable):
        partner.user_info(account="ivan")


WHO_CALLS = [
    ("getUserInfo", lambda partner, **who: partner.user_info(**who)),
    ("deleteAccount", lambda partner, **who: partner.delete_account(**who)),
    ("resetParentControl", lambda partner, **who: partner.reset_parent_control(**who)),
    ("changeUserInfo", lambda partner, **who: partner.change_user_info(profile=Profile(region="Kyiv"), **who)),
]


@pytest.mark.parametrize(("method", "call"), WHO_CALLS)
@pytest.mark.parametrize(("status", "kind"), [(404, AccountUnknown), (505, ForeignUser)])
def test_calls_about_a_user_who_is_not_ours_are_refused(desk, partner, method, call, status, kind):
    desk.refuses(method, status)

    with pytest.raises(kind):
        call(partner, account="ivan")


@pytest.mark.parametrize(("method", "call"), WHO_CALLS[1:])
@pytest.mark.parametrize("who", [{"account": "ivan"}, {"email": "i@isp.ua"}, {"id": "77"}, {"ds_account": "900"}])
def test_a_user_can_be_named_in_each_of_four_ways(desk, partner, method, call, who):
    desk.says(method, {"status": 0})

    assert call(partner, **who) is None
    assert desk.asked(method)[0].items() >= who.items()


@pytest.mark.parametrize("who", [{}, {"account": "ivan", "email": "i@isp.ua"}])
def test_a_user_named_in_no_or_two_ways_is_a_programming_error(partner, who):
    with pytest.raises(ValueError, match="exactly one"):
        partner.delete_account(**who)


def test_change_account_and_change_email_need_no_data_in_the_answer(desk, partner):
    desk.says("changeAccount", {"status": "0"})
    desk.says("changeEmail", {"status": 0, "warnings": []})

    partner.change_account(email="i@isp.ua", account="ivan")
    partner.change_email(email="i@isp.ua", new_email="ivan@isp.ua")

    assert desk.asked("changeAccount") == [{"email": "i@isp.ua", "account": "ivan"}]
    assert desk.asked("changeEmail") == [{"email": "i@isp.ua", "new_email": "ivan@isp.ua"}]


def test_change_account_of_another_operators_user_is_refused(desk, partner):
    desk.refuses("changeAccount", 505)

    with pytest.raises(ForeignUser):
        partner.change_account(email="i@isp.ua", account="ivan")


def test_change_email_of_nobody_is_refused(desk, partner):
    desk.refuses("changeEmail", 404)

    with pytest.raises(AccountUnknown):
        partner.change_email(email="i@isp.ua", new_email="ivan@isp.ua")
