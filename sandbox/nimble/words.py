"""What the player says, in the languages of its viewers."""

from werkzeug.datastructures import LanguageAccept

LANGUAGES = ("en", "uk", "ru")
WORDS = {
    "en": {
        "title": "Player",
        "waiting": "Connecting …",
        "playing": "Playing",
        "watched": "Watched",
        "seconds": "s",
        "again": "Try again",
        "denied": "Playback has stopped: you may not watch any more. See your balance and tickets in the cabinet.",
        "expired": "The link has expired. Open the channel in the cabinet again.",
        "not_yet_valid": "The link is not valid yet. Wait a minute, then try again.",
        "bad": "The link is not good: it is incomplete, or it was issued for another stream or address.",
        "none": "There is no link. Open a channel in the cabinet.",
        "gone": "The media server does not answer.",
    },
    "uk": {
        "title": "Плеєр",
        "waiting": "З’єднання …",
        "playing": "Відтворюється",
        "watched": "Переглянуто",
        "seconds": "с",
        "again": "Спробувати ще раз",
        "denied": "Відтворення зупинено: перегляд більше не дозволено. Перевірте баланс і квитки в кабінеті.",
        "expired": "Термін дії посилання закінчився. Відкрийте канал у кабінеті ще раз.",
        "not_yet_valid": "Посилання ще не діє. Зачекайте хвилину й спробуйте ще раз.",
        "bad": "Посилання не підходить: воно неповне або видане для іншого потоку чи адреси.",
        "none": "Немає посилання. Відкрийте канал у кабінеті.",
        "gone": "Медіасервер не відповідає.",
    },
    "ru": {
        "title": "Плеер",
        "waiting": "Соединение …",
        "playing": "Воспроизводится",
        "watched": "Просмотрено",
        "seconds": "с",
        "again": "Попробовать ещё раз",
        "denied": "Воспроизведение остановлено: просмотр больше не разрешён. Проверьте баланс и билеты в кабинете.",
        "expired": "Срок действия ссылки истёк. Откройте канал в кабинете ещё раз.",
        "not_yet_valid": "Ссылка ещё не действует. Подождите минуту и попробуйте ещё раз.",
        "bad": "Ссылка не подходит: она неполная или выдана для другого потока или адреса.",
        "none": "Нет ссылки. Откройте канал в кабинете.",
        "gone": "Медиасервер не отвечает.",
    },
}


def language(accepted: LanguageAccept) -> str:
    """The one of ours that somebody reads best."""
    return accepted.best_match(LANGUAGES) or LANGUAGES[0]
