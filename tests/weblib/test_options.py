"""What operators write becomes typed options, or one clear line."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from weblib.options import OptionError, Options, gather, option, read, web_address


@dataclass(frozen=True, kw_only=True)
class KettleOptions(Options):
    enabled: bool = option("KETTLE_ENABLED", False, help="On.")
    cups: int = option("KETTLE_CUPS", 2, within=(1, 8), help="Cups.")
    degrees: float = option("KETTLE_DEGREES", 95.5, help="Heat.")
    name: str = option("KETTLE_NAME", "Tom", help="Name.")
    pin: str = option("KETTLE_PIN", "", secret=True, one_of=("", "1234"), help="Lock.")
    teas: tuple[str, ...] = option("KETTLE_TEAS", (), help="Teas.")
    log: Path = option("KETTLE_LOG", Path("kettle.log"), help="Log.")
    site: str = option("KETTLE_SITE", "", parse=web_address, help="Site.")
    lang: str = option("LANG", "uk", from_environment=False, help="Language.")


def kettle(written=None, environment=None, base=Path("/srv")):
    given = gather([KettleOptions], written or {}, environment or {}, file="config/kettle.ini")
    return read(KettleOptions, given, base=base)


def test_each_option_gets_the_type_of_its_field():
    made = kettle(
        {
            "KETTLE_ENABLED": "1",
            "KETTLE_CUPS": "8",
            "KETTLE_DEGREES": "80",
            "KETTLE_NAME": " a,b ",
            "KETTLE_PIN": "1234",
            "KETTLE_TEAS": "green, , black ,mint",
            "KETTLE_LOG": "logs/k.log",
            "KETTLE_SITE": "https://kettle.example/x?y",
        }
    )
    assert made == KettleOptions(
        enabled=True,
        cups=8,
        degrees=80.0,
        name=" a,b ",
        pin="1234",
        teas=("green", "black", "mint"),
        log=Path("/srv/logs/k.log"),
        site="https://kettle.example/x?y",
    )
    assert made.file == "config/kettle.ini"


def test_what_is_not_written_keeps_its_default_and_paths_still_start_at_the_base():
    assert kettle() == KettleOptions(log=Path("/srv/kettle.log"))


def test_an_absolute_path_stays():
    assert kettle({"KETTLE_LOG": "/var/log/k"}).log == Path("/var/log/k")


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("KETTLE_ENABLED", "yes", "KETTLE_ENABLED=yes is neither 0 nor 1; write 1 for on, 0 for off"),
        ("KETTLE_ENABLED", "", "KETTLE_ENABLED= is neither 0 nor 1; write 1 for on, 0 for off"),
        ("KETTLE_CUPS", "1_0", "KETTLE_CUPS=1_0 is not a whole number; write one like 10"),
        ("KETTLE_CUPS", "9", "KETTLE_CUPS=9 is out of range; write a number from 1 to 8"),
        ("KETTLE_DEGREES", "nan", "KETTLE_DEGREES=nan is not a number; write one like 3 or 3.05"),
        ("KETTLE_DEGREES", "95,5", "KETTLE_DEGREES=95,5 is not a number; write one like 3 or 3.05"),
        ("KETTLE_LOG", "", "KETTLE_LOG= is empty; write a path or delete the line"),
        (
            "KETTLE_SITE",
            "javascript:x",
            "KETTLE_SITE=javascript:x is not a web address; write one that starts with https:// or http://",
        ),
    ],
)
def test_a_wrong_text_is_refused_in_one_line_with_file_option_and_remedy(name, text, line):
    with pytest.raises(OptionError) as refusal:
        kettle({name: text})
    assert str(refusal.value) == f"config/kettle.ini: {line}"


def test_a_wrong_text_of_the_environment_is_laid_at_its_door_and_kept_on_one_line():
    with pytest.raises(OptionError) as refusal:
        kettle({"KETTLE_CUPS": "2"}, {"KETTLE_CUPS": "many\ncups"})
    assert str(refusal.value) == "environment: KETTLE_CUPS=many cups is not a whole number; write one like 10"


def test_a_secret_shows_neither_in_errors_nor_in_repr():
    with pytest.raises(OptionError, match=r"KETTLE_PIN=\*\*\* is not known") as refusal:
        kettle({"KETTLE_PIN": "hunter2"})
    assert "hunter2" not in str(refusal.value)
    assert "1234" not in repr(kettle({"KETTLE_PIN": "1234"}))
    given = gather([KettleOptions], {"KETTLE_PIN": "1234"}, {}, file="f")
    assert "1234" not in repr(given)


def test_the_environment_comes_before_the_file_and_the_sources_tell():
    given = gather(
        [KettleOptions],
        {"KETTLE_NAME": "file", "KETTLE_CUPS": "3", "OTHER": "x"},
        {"KETTLE_NAME": "env", "HOME": "/root"},
        file="k.ini",
    )
    assert given.values == {"KETTLE_NAME": "env", "KETTLE_CUPS": "3"}
    assert (given.sources["KETTLE_NAME"], given.sources["KETTLE_CUPS"], given.sources["KETTLE_TEAS"]) == (
        "environment",
        "k.ini",
        "default",
    )


def test_a_name_that_means_something_else_in_the_environment_is_not_taken_from_it():
    assert kettle({}, {"LANG": "C.UTF-8"}).lang == "uk"
