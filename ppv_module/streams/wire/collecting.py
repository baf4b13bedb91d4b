"""Building a million small things without the interpreter looking again and again which of them are garbage."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collection() -> Iterator[None]:
    """Put off the collection of cycles: trees and rows have none, and looking for them takes half of the time.

    It holds for the whole process. Of several at once the first that began ends it for all, which costs time alone.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
