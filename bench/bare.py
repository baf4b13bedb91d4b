"""The least that is still a page from a database: one row by its key, through the bare driver, in a small template.

`gunicorn bench.bare:app` serves it; `BARE_URL` is the address of the database.
"""

import os
import sqlite3
import threading
from contextlib import closing
from typing import Any

import pymysql  # type: ignore[import-untyped]
from flask import Flask, render_template
from sqlalchemy.engine import make_url

PAGE = """<!doctype html>
<html lang="uk"><head><meta charset="utf-8"><title>{{ login }}</title></head>
<body><h1>{{ name }}</h1><p>{{ login }}, {{ address }}, {{ mobile }}</p></body></html>"""
ROW = "SELECT login, name, address, mobile FROM host_subscriber WHERE id = "

URL = make_url(os.environ["BARE_URL"])

app = Flask(__name__)
template = app.jinja_env.from_string(PAGE)
kept = threading.local()


@app.get("/<int:number>")
def page(number: int) -> str:
    """A subscriber. Every thread keeps its connection."""
    if not hasattr(kept, "connection"):
        kept.connection, kept.mark = _connected()
    return _shown(kept.connection, kept.mark, number)


@app.get("/anew/<int:number>")
def anew(number: int) -> str:
    """The same with a connection for each request, as the documentation of Flask shows it."""
    connection, mark = _connected()
    with closing(connection):
        return _shown(connection, mark, number)


def _shown(connection: Any, mark: str, number: int) -> str:
    cursor = connection.cursor()
    cursor.execute(ROW + mark, (number,))
    login, name, address, mobile = cursor.fetchone()
    return render_template(template, login=login, name=name, address=address, mobile=mobile)


def _connected() -> tuple[Any, str]:
    if URL.get_backend_name() == "sqlite":
        return sqlite3.connect(URL.database or "", isolation_level=None), "?"
    socket = str(URL.query["unix_socket"])
    facts = {"user": URL.username, "unix_socket": socket, "database": URL.database}
    return pymysql.connect(**facts, autocommit=True, ssl_disabled=True), "%s"
