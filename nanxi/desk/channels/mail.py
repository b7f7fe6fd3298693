"""E-mail by SMTP. NANXI_SMTP is `host:port` (`smtps://user:password@host:port` with TLS and login), NANXI_MAIL_FROM the sender.

The Message-ID is made from the message's key: mail systems and programs show a message with a known id once.
"""

from __future__ import annotations

import hashlib
import os
import smtplib
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from nanxi.desk.channels import Message, Unreachable
from nanxi.foundation.models import User

PATIENCE_S = 10


class Mail:
    name = "mail"

    def ready(self) -> bool:
        return bool(os.environ.get("NANXI_SMTP") and os.environ.get("NANXI_MAIL_FROM"))

    def address_of(self, user: User) -> str:
        return user.email

    def send(self, message: Message) -> None:
        try:
            with self._connected() as server:
                server.send_message(self._letter(message))
        except smtplib.SMTPRecipientsRefused:
            raise Unreachable("refused") from None
        except (OSError, smtplib.SMTPException):
            raise Unreachable("no_answer") from None

    def _connected(self) -> smtplib.SMTP:
        told = os.environ["NANXI_SMTP"]
        place = urlsplit(told if "://" in told else f"smtp://{told}")
        kind = smtplib.SMTP_SSL if place.scheme == "smtps" else smtplib.SMTP
        server = kind(place.hostname or "localhost", place.port or 25, timeout=PATIENCE_S)
        if place.username:
            server.login(unquote(place.username), unquote(place.password or ""))
        return server

    def _letter(self, message: Message) -> EmailMessage:
        sender = os.environ["NANXI_MAIL_FROM"]
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = sender, message.to, message.title
        digest = hashlib.sha256(message.key.encode()).hexdigest()[:40]
        letter["Message-ID"] = f"<{digest}@{sender.rpartition('@')[2] or 'nanxi'}>"
        letter["X-Priority"] = "1" if message.severity in ("high", "critical") else "3"
        letter.set_content(f"{message.text}\n\n{message.url}\n")
        return letter
