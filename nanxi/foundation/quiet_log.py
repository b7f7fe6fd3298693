"""What a log line must not hold: addresses that are keys. Who reads logs runs the system and opens no person's page.

The code behind /my/ opens somebody's own page; Django writes the address of every refused request (trust notes 16.2.5).
"""

from __future__ import annotations

import logging
import re

#: An address below /my/: the code is cut, what was wanted of it stays.
CODE = re.compile(r"(/my/)(?!transparency/)[^/\s\"']+")


class WithoutCodes(logging.Filter):
    """Cuts codes out of a record, its arguments and its traceback, before any handler writes it."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        if "/my/" in said:
            record.msg, record.args = CODE.sub(r"\1…", said), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = CODE.sub(r"\1…", record.exc_text)
        return True
