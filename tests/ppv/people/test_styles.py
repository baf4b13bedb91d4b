"""Style sheets of tenants: the good part is kept, within the chat's pages, and nothing that loads, runs or covers."""

import pytest
import tinycss2
from hypothesis import example, given, settings
from hypothesis import strategies as st

from billing.events import EventLog
from billing.versions import ChangedMeanwhile
from ppv_module.chat.styles import MOST_BYTES, SCOPE, StyleTooLarge, sanitise, save_style
from ppv_module.errors import UnknownTenant
from tests.ppv.people.support import lines
from tests.support import STAFF, Crash, crash_after


def css(source):
    return sanitise(source).css.replace("\n", "")


@pytest.mark.parametrize(
    ("source", "clean"),
    [
        ("a{color:red}", ".chat-skin a{color:red}"),
        ("A , .b>c{ Color : RED!important ; gap:0 }", ".chat-skin A,.chat-skin .b > c{color:RED!important;gap:0}"),
        ("body{background:#fff}", ".chat-skin{background:#fff}"),
        (":root{--accent:#123;color:var(--accent)}", ".chat-skin{--accent:#123;color:var(--accent)}"),
        ("html .card{gap:4px}", ".chat-skin .card{gap:4px}"),
        ("*{box-sizing:border-box}", ".chat-skin *{box-sizing:border-box}"),
        ("a:hover::before{content:\"» \"}", '.chat-skin a:hover::before{content:"» "}'),
        ("li:nth-child(2n + 1){opacity:.5}", ".chat-skin li:nth-child(2n+1){opacity:.5}"),
        ("li:nth-child(even){opacity:1}", ".chat-skin li:nth-child(2n+0){opacity:1}"),
        ("[data-x],[data-y=z]{width:50%}", '.chat-skin [data-x],.chat-skin [data-y="z"]{width:50%}'),
        ("h1{font:700 2rem/1.2 'Open Sans',sans-serif}", '.chat-skin h1{font:700 2rem/1.2 "Open Sans",sans-serif}'),
        ("p{background:linear-gradient(90deg,rgb(0 0 0/50%),#fff)}",
         ".chat-skin p{background:linear-gradient(90deg,rgb(0 0 0/50%),#fff)}"),
        ("p{width:calc(100% - (2 * 3px))}", ".chat-skin p{width:calc(100% - (2 * 3px))}"),
        ("p{position:relative}", ".chat-skin p{position:relative}"),
        ("@media (max-width:600px),print{p{color:red}}", "@media (max-width:600px),print{.chat-skin p{color:red}}"),
        ("/* url(x) */ p{/* < */color:red}", ".chat-skin p{color:red}"),
    ],
)  # fmt: skip
def test_good_rules_are_kept_and_put_within_the_chat(source, clean):
    assert css(source) == clean
    assert sanitise(source).dropped == ()


@pytest.mark.parametrize(
    "source",
    [
        "p{background:url(https://evil.example/x)}",
        "p{background:URL( 'x' )}",
        "p{background:\\75rl(x)}",
        "p{background:u\\72 l(x)}",
        "p{background:image-set('x' 1x)}",
        "p{background:src('x')}",
        "p{width:expression(alert(1))}",
        "p{width:expr/**/ession(alert(1))}",
        "p{-moz-binding:url(x)}",
        "p{behavior:url(x)}",
        "p{position:fixed}",
        "p{position:absolute}",
        "p{position:FIXED}",
        "p{position:sticky}",
        "p{position:var(--x)}",
        "p{position:fi\\78 ed}",
        "p{z-index:9}",
        "p{inset:0}",
        "p{transform:scale(9)}",
        "p{filter:url(x)}",
        "p{mask:url(x)}",
        "p{content:attr(href)}",
        "p{content:'</style><script>'}",
        "p{content:'\\3c script'}",
        "p{--x:url(y)}",
        "p{--x:'</style>'}",
        "p{--x:{a:b}}",
        "p{animation:x 1s}",
        "p{cursor:url(x),auto}",
        "p{color:javascript:alert(1)}",
        "p{font-family:'a;b'}",
        "p{unknown:1}",
        "@import 'x';",
        "@import url(x);",
        "@font-face{font-family:x;src:url(y)}",
        "@charset 'utf-7';",
        "@namespace x 'y';",
        "@supports (color:red){p{color:red}}",
        "@keyframes x{from{color:red}}",
        "@layer x{p{color:red}}",
        "@\\69mport 'x';",
        "@media print{@import 'x';}",
        "@media print{@media print{p{color:red}}}",
        "@media (width<600px){p{color:red}}",
        "@media url(x){p{color:red}}",
        "@media{p{color:red}}",
        "+ p{color:red}",
        "> p{color:red}",
        "body ~ p{color:red}",
        ":root + p{color:red}",
        ",p{color:red}",
        "{color:red}",
        "p:has(a){color:red}",
        "p:not(.x){color:red}",
        ":host{color:red}",
        "p::part(x){color:red}",
        "[href='javascript:x']{color:red}",
        "[value^='<']{color:red}",
        "a\\{b{color:red}",
        "p{color:red",
        "</style><script>alert(1)</script>",
        "<!-- p{color:red} -->",
        ".javascript:hover{color:red}",
        "p{&:hover{color:red}}",
        "}}p{color:red}",
    ],
)
def test_what_could_load_run_or_cover_is_dropped_or_harmless(source):
    clean = sanitise(source).css.lower()

    for word in ("url", "import", "<", "javascript", "expression", "binding", "behavior", "fixed", "\\", "absolute"):
        assert word not in clean
    assert clean == "" or all(each.startswith((".chat-skin ", "@media")) for each in clean.splitlines())


def test_what_was_dropped_is_told_with_its_line_and_reason():
    found = sanitise("p{color:red}\n.a{\n  z-index: 9;\n  color: red }\n@import 'x';")

    assert found.css == ".chat-skin p{color:red}\n.chat-skin .a{color:red}\n"
    assert [(each.line, each.what) for each in found.dropped] == [(3, "z-index: 9;"), (5, "@import 'x';")]
    assert all(each.why for each in found.dropped)


def test_broken_css_gives_its_good_part():
    found = sanitise("p{color:red} q{color:;;; margin:1px}}} r{padding:2px} s{gap:1px")

    assert found.css == ".chat-skin p{color:red}\n.chat-skin q{margin:1px}\n.chat-skin s{gap:1px}\n"
    assert [each.what[:7] for each in found.dropped] == ["color:;", "}} r{pa"]


@pytest.mark.parametrize(
    "source", ["(" * 30_000, "a{color:" + "(" * 30_000, "[" * 30_000, "a{" * 16_000, "@media(" * 4000]
)
def test_deep_nesting_costs_no_stack(source):
    assert sanitise(source).css == ""


def test_a_style_sheet_has_its_limit():
    sanitise("/*" + "x" * (MOST_BYTES - 4) + "*/")
    with pytest.raises(StyleTooLarge):
        sanitise("/*" + "ї" * (MOST_BYTES // 2) + "*/")


PIECES = st.sampled_from(
    [
        *("a", ".b", "#c", "*", ":hover", "::before", ">", "+", "~", ",", " ", "[x=y]", "body", ":root"),
        *("{", "}", ";", ":", "(", ")", "'", '"', "\\", "\\75 rl(", "url(", "@import ", "@media ", "<", "/*", "*/"),
        *(
            "javascript:",
            "expression(",
            "-moz-binding",
            "behavior:",
            "color",
            "red",
            "position:fixed",
            "--x",
            "!important",
        ),
        *(
            "linear-gradient(",
            "calc(",
            "10px",
            "50%",
            "#fff",
            "<!--",
            "-->",
            "</style>",
            "\n",
            "\x00",
            "\u2028",
            "data:",
        ),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=40).map("".join)))
@example("a{color:red}\x00url(")
def test_whatever_comes_the_result_is_harmless(source):
    clean = sanitise(source).css
    lowered = clean.lower()

    for word in ("url(", "@import", "<", "javascript:", "expression(", "-moz-binding", "behavior", "\\"):
        assert word not in lowered
    rules = tinycss2.parse_stylesheet(clean, skip_whitespace=True)
    assert all(rule.type != "error" for rule in rules)
    for rule in rules:
        inner = [rule] if rule.type == "qualified-rule" else tinycss2.parse_rule_list(rule.content)
        for each in inner:
            assert tinycss2.serialize(each.prelude).startswith(SCOPE)


def save(uow, clock, tenant_id, source, **seen):
    return save_style(uow(), tenant_id=tenant_id, source=source, actor=STAFF, now=clock(), **seen)


def test_source_and_result_are_kept_apart(billing, chat, uow, clock):
    tenant = chat.tenant()

    for _ in range(2):
        found = save(uow, clock, tenant.id, "p{color:red;z-index:9}", seen=1)
    kept = chat.again(tenant)

    assert (kept.css_source, kept.css) == ("p{color:red;z-index:9}", ".chat-skin p{color:red}\n")
    assert found.css == kept.css and len(found.dropped) == 1 and kept.version == 2
    assert [text for text, _, _ in lines(billing)] == [f"PPV SAVE TENANT [{tenant.id}] STYLE SHEET"]


def test_refusals_and_crashes_leave_the_style_sheet_as_it_was(chat, uow, clock):
    tenant = chat.tenant()
    save(uow, clock, tenant.id, "p{color:red}")

    with pytest.raises(StyleTooLarge):
        save(uow, clock, tenant.id, "x" * (MOST_BYTES + 1))
    with pytest.raises(ChangedMeanwhile):
        save(uow, clock, tenant.id, "p{color:blue}", seen=1)
    with pytest.raises(UnknownTenant):
        save(uow, clock, 404, "p{color:blue}")
    with pytest.raises(Crash), crash_after(EventLog, "write"):
        save(uow, clock, tenant.id, "p{color:blue}")

    assert chat.again(tenant).css == ".chat-skin p{color:red}\n"
