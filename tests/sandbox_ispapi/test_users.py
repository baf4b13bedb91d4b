"""Registration, lists, and users who change hands."""

import pytest


def test_a_registered_user_is_found_by_all_four_names(ivan):
    user_id = ivan.ok("accountExists", account="ivan")["id"]
    ds_account = ivan.ok("getUserInfo", id=user_id)["ds_account"]

    for who in ({"account": "ivan"}, {"email": "IVAN@isp.test"}, {"id": user_id}, {"ds_account": ds_account}):
        info = ivan.ok("getUserInfo", **who)
        assert (info["account"], info["email"], info["bought_subs"], info["alt_mail"]) == (
            "ivan",
            "ivan@isp.test",
            [],
            "",
        )


def test_an_id_is_the_one_that_registration_answered(demo):
    new_id = demo.ok("addUser", account="ivan", email="ivan@isp.test")

    assert demo.ok("getUserInfo", id=new_id)["account"] == "ivan"


def test_two_operators_may_use_the_same_account_number(demo, other):
    demo.ok("addUser", account="7", email="ours@isp.test")
    other.ok("addUser", account="7", email="theirs@isp.test")

    assert demo.ok("getUserInfo", account="7")["email"] == "ours@isp.test"
    assert other.ok("getUserInfo", account="7")["email"] == "theirs@isp.test"


def test_another_operators_account_does_not_exist_for_us_but_its_email_does(world, demo):
    assert demo.ok("accountExists", account="olga") == 0
    assert demo.ok("emailExists", email="olga@isp.test") == 1
    assert demo.ok("emailExists", email="nobody@isp.test") == 0


def test_the_list_shows_only_own_users_page_by_page(demo, world):
    everybody = [user["account"] for user in demo.ok("getUserList")]

    assert sorted(everybody) == ["idle", "ivan", "petro"]
    assert [user["account"] for user in demo.ok("getUserList", offset="1", limit="1")] == everybody[1:2]
    assert len(demo.ok("getUserList", offset="", limit="5000")) == 3


def test_the_list_gives_a_thousand_at_most(demo):
    users = [{"operator": "demo", "account": str(n), "email": f"{n}@isp.test"} for n in range(1001)]
    demo.control("seed", {"users": users})

    assert len(demo.ok("getUserList")) == 1000
    assert len(demo.ok("getUserList", offset="1000")) == 1


def test_changed_fields_show_and_fields_left_out_stay(ivan):
    ivan.ok("changeUserInfo", account="ivan", firstname="Ivan", birth_date="01.02.1980", lastname="", index="01001")

    info = ivan.ok("getUserInfo", account="ivan")
    assert (info["firstname"], info["birth_date"], info["index"]) == ("Ivan", "1980-02-01", "01001")
    assert info["phone"] == "0501234567"


def test_a_changed_email_finds_the_user_and_the_old_one_does_not(ivan):
    ivan.ok("changeEmail", email="ivan@isp.test", new_email="vanya@isp.test")

    assert ivan.ok("getUserInfo", email="vanya@isp.test")["account"] == "ivan"
    assert ivan.status("getUserInfo", email="ivan@isp.test") == 404


def test_an_own_user_gets_another_account_at_once(ivan):
    ivan.ok("changeAccount", email="ivan@isp.test", account="contract-9")

    assert ivan.ok("accountExists", account="ivan") == 0
    assert ivan.ok("accountExists", account="contract-9")["email"] == "ivan@isp.test"


def test_nobodys_user_is_bound_only_after_confirming_by_mail(demo, world):
    demo.ok("changeAccount", email="free@isp.test", account="free")
    assert demo.ok("accountExists", account="free") == 0
    assert demo.status("enableBundle", email="free@isp.test", sub_id="main_start") == 404

    demo.control("confirm", {"email": "free@isp.test"})

    assert demo.ok("accountExists", account="free")["email"] == "free@isp.test"
    assert demo.ok("enableBundle", account="free", sub_id="main_start")


def test_a_deleted_account_loses_everything_but_its_email(demo, world):
    demo.ok("deleteAccount", account="ivan")

    assert demo.ok("accountExists", account="ivan") == 0
    assert demo.ok("deviceExists", mac=world["mac"]) == 0
    assert demo.status("addUser", email="ivan@isp.test", account="ivan") == 115
    [purchase, _] = demo.ok("getAllPurchases", start_date=_this_month(demo))["purchases"]
    assert purchase["ExpirationDate"] is not None


def test_a_deleted_user_can_go_to_another_operator(demo, other, world):
    demo.ok("deleteAccount", account="ivan")
    other.ok("changeAccount", email="ivan@isp.test", account="new")
    other.control("confirm", {"email": "ivan@isp.test"})

    assert other.ok("getUserInfo", account="new")["bought_subs"] == []
    assert demo.status("getUserInfo", email="ivan@isp.test") == 505


@pytest.mark.parametrize("phone", ["380501234567", "50 123 45 67", "05012345678", "abc"])
def test_a_phone_of_another_shape_registers_nobody(demo, phone):
    assert demo.status("addUser", account="ivan", email="ivan@isp.test", phone=phone) == 301
    assert demo.ok("emailExists", email="ivan@isp.test") == 0


def _this_month(client) -> str:
    return client.ok("getUserInfo", account="petro")["registration_date"][:8] + "01"
