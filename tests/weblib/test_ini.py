"""Flat ini files as operators write them."""

import pytest

from weblib.ini import read_ini, refuse_unknown
from weblib.options import OptionError


@pytest.fixture
def ini(tmp_path):
    def write(text):
        path = tmp_path / "alter.ini"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("NAME=plain", "plain"),
        ("NAME = blanks around ", "blanks around"),
        ('NAME="quoted ; kept"', "quoted ; kept"),
        ('NAME="  "', "  "),
        ('NAME=""', ""),
        ("NAME=", ""),
        ("NAME=value ; a comment", "value"),
        ('NAME="value" ; a "comment"', "value"),
        ("NAME= ; only a comment", ""),
        ("NAME=a;b", "a;b"),
        ("NAME=100%(x)s %d", "100%(x)s %d"),
        ("NAME=a=b", "a=b"),
        ("NAME=http://host:80/#x", "http://host:80/#x"),
        ('NAME=say "hi" now', 'say "hi" now'),
        ("   NAME=indented", "indented"),
        ("NAME=пароль", "пароль"),
        ("NAME=first\nNAME=last", "last"),
    ],
)
def test_a_value_is_read_as_it_is_meant(ini, line, value):
    assert read_ini(ini(f"BEFORE=1\n{line}\n; the end\n")) == {"BEFORE": "1", "NAME": value}


def test_names_are_case_sensitive_and_section_headers_mean_nothing(ini):
    text = "\ufeffNAME=1\r\n[section]\r\nname=2\r\n\r\n[DEFAULT]\r\n# note\r\nlast=3\r\n"
    assert read_ini(ini(text)) == {"NAME": "1", "name": "2", "last": "3"}


@pytest.mark.parametrize("broken", ["OLLTV_PASSWORD hunter2", "= hunter2", "[hunter2", "API_URL:hunter2"])
def test_a_broken_line_is_named_by_its_number_but_not_repeated(ini, broken):
    path = ini(f"; one\nA=2\n\n{broken}\nB=5\n")
    with pytest.raises(OptionError) as refusal:
        read_ini(path, shown_as="config/alter.ini")
    assert str(refusal.value) == "config/alter.ini, line 4: is no option; write NAME=value, or ; before a comment"


def test_a_missing_file_and_a_strange_encoding_are_told_plainly(ini, tmp_path):
    with pytest.raises(OptionError, match="there is no such file"):
        read_ini(tmp_path / "none.ini")
    with pytest.raises(OptionError, match="cannot be read"):
        read_ini(tmp_path)
    with pytest.raises(OptionError, match="not UTF-8"):
        read_ini(ini("NAME=пароль".encode("cp1251")))


def test_a_misspelt_name_of_ours_is_refused_with_the_name_that_was_meant():
    known = ["OLLTV_LOGIN", "OLLTV_PASSWORD"]
    with pytest.raises(OptionError) as refusal:
        refuse_unknown({"OLLTV_PASWORD": "x"}, known=known, prefixes=("OLLTV_", "PPV_"), file="alter.ini")
    assert str(refusal.value) == "alter.ini: OLLTV_PASWORD is not an option; did you mean OLLTV_PASSWORD?"
    with pytest.raises(OptionError, match="PPV_Q is not an option; delete the line"):
        refuse_unknown({"PPV_Q": "x"}, known=known, prefixes=("OLLTV_", "PPV_"), file="alter.ini")


def test_names_of_other_programs_are_none_of_our_business():
    refuse_unknown({"MG_ENABLED": "1", "OLLTV": "1"}, known=["OLLTV_LOGIN"], prefixes=("OLLTV_",), file="alter.ini")
