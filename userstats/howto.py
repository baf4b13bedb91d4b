"""How a device of each kind is signed in, step by step, with pictures of our own drawing."""

from dataclasses import dataclass

from weblib.fields import N_


@dataclass(frozen=True, kw_only=True)
class Step:
    """A marked text, and the picture beside it: a file of static/devices and what it shows.

    `signs_in`: at this step the phone number and the code are typed.
    """

    text: str
    picture: str
    shows: str
    signs_in: bool = False


@dataclass(frozen=True, kw_only=True)
class HowTo:
    """The way for one kind of device. `title` and `says` are marked texts; `picture` stands for the kind."""

    title: str
    says: str
    picture: str
    steps: tuple[Step, ...]
    hint: str = ""


HOWTOS = {
    "tv": HowTo(
        title=N_("Smart TV"),
        says=N_("A television with apps of its own"),
        picture="tv",
        steps=(
            Step(
                text=N_("Connect the television to the internet. In its app store find OLL.TV, install and open it."),
                picture="tv-find",
                shows=N_("A television with the apps of its store; one of them is marked."),
            ),
            Step(
                text=N_("When the app asks who you are, enter your phone number and the code."),
                picture="tv-sign-in",
                shows=N_("A television that asks for the phone number and the code."),
                signs_in=True,
            ),
            Step(
                text=N_("Watch. The television remembers you: you need the code only once."),
                picture="tv",
                shows=N_("A television that shows a film."),
            ),
        ),
        hint=N_("There is no OLL.TV in the store of your television? Then a set-top box will do."),
    ),
    "box": HowTo(
        title=N_("Set-top box"),
        says=N_("For a television without apps"),
        picture="box",
        steps=(
            Step(
                text=N_("Connect the box to the television by a cable, and to the internet by a cable or over Wi-Fi."),
                picture="box-connect",
                shows=N_("A set-top box, joined by cables to a television and to a router."),
            ),
            Step(
                text=N_(
                    "Switch both on. With the remote control of the television choose the input of the box, "
                    "and open OLL.TV on the box."
                ),
                picture="box",
                shows=N_("A television with a set-top box and its remote control."),
            ),
            Step(
                text=N_("When the box asks who you are, enter your phone number and the code."),
                picture="box-sign-in",
                shows=N_("A set-top box that asks on the television for the phone number and the code."),
                signs_in=True,
            ),
        ),
        hint=N_("After that the box shows television each time you switch it on: you need the code only once."),
    ),
    "phone": HowTo(
        title=N_("Phone or tablet"),
        says=N_("Android, iPhone, iPad"),
        picture="phone",
        steps=(
            Step(
                text=N_("Open Google Play or the App Store, find OLL.TV, install it and open it."),
                picture="phone-find",
                shows=N_("A phone with the apps of its store; one of them is marked."),
            ),
            Step(
                text=N_("When the app asks who you are, enter your phone number and the code. The code can be pasted."),
                picture="phone-sign-in",
                shows=N_("A phone that asks for the phone number and the code."),
                signs_in=True,
            ),
            Step(
                text=N_("Watch, at home or on your way."),
                picture="phone-watch",
                shows=N_("A phone that shows a film and a list of channels."),
            ),
        ),
    ),
    "computer": HowTo(
        title=N_("Computer"),
        says=N_("In the browser, nothing to install"),
        picture="computer",
        steps=(
            Step(
                text=N_("Open a browser and go to oll.tv."),
                picture="computer-find",
                shows=N_("A computer; in the address line of its browser stands oll.tv."),
            ),
            Step(
                text=N_("Choose to sign in, and enter your phone number and the code. The code can be pasted."),
                picture="computer-sign-in",
                shows=N_("A computer that asks for the phone number and the code."),
                signs_in=True,
            ),
            Step(
                text=N_("Watch. You may put the page among your bookmarks."),
                picture="computer",
                shows=N_("A computer that shows a film."),
            ),
        ),
    ),
}
"""By the word in the address."""
