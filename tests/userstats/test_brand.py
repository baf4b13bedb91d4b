"""How the operator looks, and what a phone needs to install the cabinet."""

import gzip
import re

import pytest

from userstats.brand import DARK, INK, LIGHT, Brand, contrast
from userstats.settings import CabinetOptions, load_settings
from weblib.options import OptionError

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 1"><path d="M0 0h4v1z"/></svg>'


@pytest.fixture
def config(tmp_path):
    """Write `userstats.ini` with these lines and read it."""

    def read(*lines: str) -> CabinetOptions:
        (tmp_path / "userstats.ini").write_text("\n".join(["API_KEY=k", *lines]))
        return load_settings({"OLLTV_CONFIG_DIR": str(tmp_path)})

    return read


def text(answer) -> str:
    return answer.get_data(as_text=True)


def test_name_and_site_stand_on_every_page(build):
    page = text(build(isp_name="Optika & Co", isp_url="https://optika.example/").test_client().get("/sign-in"))
    assert "<title>Sign in · Optika &amp; Co</title>" in page
    assert '<a href="https://optika.example/">' in page


def test_a_logo_beside_the_file_is_served_under_an_address_of_its_own(config, build, tmp_path):
    (tmp_path / "logo.svg").write_bytes(SVG)
    options = config("ISP_LOGO=logo.svg")
    browser = build(isp_logo=options.isp_logo, logo=options.logo, isp_name="Optika").test_client()
    tag = re.search(r'<img class="logo"[^>]+>', text(browser.get("/sign-in")))[0]
    assert 'alt="Optika"' in tag
    assert 'width="140" height="36"' in tag
    answer = browser.get(re.search(r'src="([^"]+)"', tag)[1])
    assert (answer.data, answer.mimetype) == (SVG, "image/svg+xml")
    assert "immutable" in answer.headers["Cache-Control"]
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_a_logo_elsewhere_is_let_through_the_policy(build):
    answer = build(isp_logo="https://cdn.isp.example/logo.png?v=1").test_client().get("/sign-in")
    assert 'src="https://cdn.isp.example/logo.png?v=1"' in text(answer)
    assert "img-src 'self' https://cdn.isp.example data:;" in answer.headers["Content-Security-Policy"]


def test_without_a_logo_there_is_none(build):
    browser = build().test_client()
    assert browser.get("/brand/logo").status_code == 404
    assert "img-src 'self' data:" in browser.get("/sign-in").headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ACCENT=blue", "ACCENT=blue is no colour; write one like #1f5eff"),
        ("ISP_LOGO=logo.exe", "is no picture"),
        ("ISP_LOGO=missing.png", "cannot be read"),
        ("SUPPORT_PHONE=call me", "is no telephone number"),
        ("SUPPORT_EMAIL=nobody", "is no mail address"),
        ('SUPPORT_EMAIL="a@b?subject=x"', "is no mail address"),
        ("SUPPORT_URL=javascript:alert(1)", "is not a web address"),
        ("ISP_URL=isp.example", "is not a web address"),
        ("currency=hryvnias and kopecks", "is no currency"),
        ("auth=maybe", "is not known; write one of: login, ip, both"),
        ("authfailredir=/elsewhere", "is not a web address"),
        ("lang=polish", "is not known"),
        ("LANGUAGES_SELECTABLE=english,polish", "is not known"),
    ],
)
def test_a_wrong_value_stops_the_start_with_one_line(config, line, said):
    with pytest.raises(OptionError) as wrong:
        config(line)
    assert said in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_a_logo_that_is_too_long_is_told(config, tmp_path):
    (tmp_path / "logo.png").write_bytes(b"x" * 300_000)
    with pytest.raises(OptionError, match="make the picture smaller"):
        config("ISP_LOGO=logo.png")


@pytest.mark.parametrize("accent", ["", "#1f5eff", "#ffffff", "#000000", "#ffe600", "#00a651", "#e30613", "#808080"])
def test_every_accent_can_be_read_in_both_themes(build, accent):
    css = Brand(CabinetOptions(accent=accent)).css
    for surface, colours in zip((LIGHT, DARK), css.split("@media"), strict=False):
        found = dict(re.findall(r"--([\w-]+):(#\w{6})", colours))
        assert contrast(found["on-accent"], found["accent"]) >= 4.5
        assert contrast(found["accent-text"], surface) >= 4.5
        assert contrast(found["accent"], surface) >= 3
        assert found["on-accent"] in (LIGHT, INK)


def test_the_colours_have_an_address_that_changes_with_them(build):
    plain, red = build().test_client(), build(accent="#e30613").test_client()
    addresses = [re.search(r'href="(/brand\.css[^"]+)"', text(each.get("/sign-in")))[1] for each in (plain, red)]
    assert addresses[0] != addresses[1]
    answer = red.get(addresses[1])
    assert answer.mimetype == "text/css"
    assert "immutable" in answer.headers["Cache-Control"]
    assert "--accent:#e30613" in text(answer)


@pytest.mark.parametrize(
    ("currency", "lang", "shown"),
    [
        ("", "uk", "60,00\u202f₴"),
        ("UAH", "ru", "60,00\u202f₴"),
        ("UAH", "en", "60.00\u202fUAH"),
        ("грн", "uk", "60,00\u202fгрн"),
        ("₴", "en", "60.00\u202f₴"),
    ],
)
def test_amounts_have_the_operator_s_sign(build, currency, lang, shown):
    app = build(currency=currency, lang=lang)
    with app.test_request_context():
        assert app.jinja_env.filters["amount"]({"minor": 6000, "unit": "UAH"}) == shown


def test_days_and_times_are_those_of_the_operator(build):
    filters = build(lang="uk").jinja_env.filters
    with build(lang="uk").test_request_context():
        assert filters["at"]("2026-11-22T23:30:00+02:00") == "22 листопада 2026\u202fр., 23:30"
        assert filters["day"]("2026-11-22T23:30:00+02:00") == filters["day"]("2026-11-22")
        assert filters["at_short"]("2026-11-22T23:30:00+02:00") == "22.11.2026, 23:30"


def test_a_phone_can_install_it(build):
    browser = build(isp_name="Optika").test_client()
    page = text(browser.get("/sign-in"))
    answer = browser.get(re.search(r'rel="manifest" href="([^"]+)"', page)[1])
    assert answer.mimetype == "application/manifest+json"
    manifest = answer.get_json()
    assert (manifest["name"], manifest["display"], manifest["start_url"]) == ("Optika", "standalone", "/")
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
    for icon in manifest["icons"]:
        picture = browser.get(icon["src"], follow_redirects=True)
        size = int(icon["sizes"].split("x")[0])
        assert (picture.status_code, picture.mimetype) == (200, "image/png")
        assert picture.data[16:24] == size.to_bytes(4, "big") * 2
    assert (
        browser.get(re.search(r'rel="apple-touch-icon" href="([^"]+)"', page)[1], follow_redirects=True).status_code
        == 200
    )
    assert browser.get("/icons/none.png").status_code == 404


def test_files_of_the_cabinet_are_packed_and_kept_forever(build):
    browser = build().test_client()
    page = text(browser.get("/sign-in"))
    addresses = re.findall(r'(?:href|src)="(/assets/[^"#]+)', page)
    assert {address.rsplit("/", 1)[1] for address in addresses} >= {"cabinet.css", "cabinet.js", "forms.js", "mark.svg"}
    total = 0
    for address in set(addresses):
        answer = browser.get(address, headers={"Accept-Encoding": "gzip"})
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Content-Encoding"] == "gzip"
        assert len(gzip.decompress(answer.data)) > 0
        total += len(answer.data)
    assert total < 60_000
    assert browser.get("/static/cabinet.css").status_code == 404


def test_every_picture_has_a_size_of_its_own(build):
    page = text(build().test_client().get("/sign-in"))
    for tag in re.findall(r"<(?:img|svg)[^>]+>", page):
        assert "width=" in tag and "height=" in tag, tag


def test_fewer_languages_may_be_offered(build):
    page = text(build(may_pick=False, lang="ru").test_client().get("/sign-in", headers={"Accept-Language": "uk"}))
    assert '<html lang="ru">' in page
    assert 'action="/language"' not in page
