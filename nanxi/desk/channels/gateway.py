"""A gateway that takes JSON by HTTP: the county's SMS gateway, or any webhook. NANXI_GATEWAY is its address.

Signed as Standard Webhooks do (webhook-id, webhook-timestamp, webhook-signature: HMAC-SHA256 with NANXI_GATEWAY_SECRET); the
webhook-id and Idempotency-Key are the message's key, so that a repeat changes nothing on the other side.
"""

from __future__ import annotations

import json
import os

import httpx

from nanxi.desk import signing
from nanxi.desk.channels import Message, Unreachable
from nanxi.foundation.clock import WALL
from nanxi.foundation.models import User

PATIENCE_S = 10.0


class Gateway:
    name = "gateway"

    def ready(self) -> bool:
        return bool(os.environ.get("NANXI_GATEWAY"))

    def address_of(self, user: User) -> str:
        return user.phone

    def send(self, message: Message) -> None:
        said = {"to": message.to, "title": message.title, "text": message.text, "url": message.url, "severity": message.severity}
        body = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            head = self._head(message.key, body)
            answer = httpx.post(os.environ["NANXI_GATEWAY"], content=body, headers=head, timeout=PATIENCE_S)
        except httpx.HTTPError:
            raise Unreachable("no_answer") from None
        # 409: the gateway knows this key already; the message was delivered by an earlier try.
        if not (answer.is_success or answer.status_code == httpx.codes.CONFLICT):
            raise Unreachable(f"http_{answer.status_code}")

    def _head(self, key: str, body: bytes) -> dict[str, str]:
        secret = os.environ.get("NANXI_GATEWAY_SECRET", "")
        signed = signing.headers([secret.encode()], key, int(WALL.now().timestamp()), body)
        if not secret:
            del signed["webhook-signature"]
        return {"Content-Type": "application/json", "Idempotency-Key": key, **signed}
