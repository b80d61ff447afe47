"""What OpenAPI cannot say: how parameters of one request depend on each other."""

import datetime
import time

import schemathesis


def unix_ms(moment):
    """A moment as both ways of writing it are read; None where it is neither."""
    text = str(moment)
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        return datetime.datetime.fromisoformat(text).timestamp() * 1000
    except (ValueError, OverflowError):
        return None


@schemathesis.hook
def filter_case(context, case):
    """A stretch that ends before it begins is refused, though each of its moments can be read."""
    query = case.query or {}
    first = unix_ms(query["from"]) if "from" in query else 0
    last = unix_ms(query["to"]) if "to" in query else time.time() * 1000
    return first is None or last is None or first <= last
