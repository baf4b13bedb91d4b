"""The performers of the demo's chat, and what they ask for their time."""

from dataclasses import dataclass

from suite.demo.faces import Look


@dataclass(frozen=True)
class Star:
    """A performer to be. `rate` is in credits a minute, `percent` of the price are hers or his."""

    login: str
    name: str
    full_name: str
    rate: int
    percent: int
    bio: str
    gender: str
    look: Look


STARS = (
    Star(
        *("star00001", "Соломія", "Вербицька Соломія", 30, 60),
        "Співаю під гітару: народне, джаз і те, що замовите. Щодня після 19:00.",
        "female",
        Look("#7b4fd0", "#ff9a8b", "#4a2a1a", "#f6d365"),
    ),
    Star(
        *("star00002", "Марко", "Гнатюк Марко", 20, 50),
        "Шахи для тих, хто хоче грати, а не лише рухати фігури. Розберу вашу партію.",
        "male",
        Look("#1c5d99", "#9be7c4", "#2b2320", "#22405c", long=False),
    ),
    Star(
        *("star00003", "Ярина", "Левченко Ярина", 15, 50),
        "Ранкова йога без поспіху. Потрібні килимок, вода і двадцять хвилин.",
        "female",
        Look("#2f8f83", "#f8e9a1", "#8a4b2a", "#ffffff"),
    ),
    Star(
        *("star00004", "Данило", "Романюк Данило", 60, 70),
        "Налаштую телевізор, роутер і настрій. Покажу, де яка кнопка, і не квапитиму.",
        "male",
        Look("#39424e", "#ffb26b", "#1d1d22", "#c0392b", long=False),
    ),
    Star(
        *("star00005", "Оксана", "Білик Оксана", 12, 50),
        "Готуємо разом: борщ, вареники, пасхальний кошик. Питайте, поки булькає.",
        "female",
        Look("#c2185b", "#ffd29d", "#d9a441", "#2e7d32"),
    ),
    Star(
        *("star00006", "Тарас", "Остапенко Тарас", 10, 40),
        "Зоряне небо над вашим містом: що видно сьогодні й куди дивитися.",
        "male",
        Look("#0b1d51", "#725ac1", "#5b3a29", "#8ca3c7", long=False),
    ),
)
