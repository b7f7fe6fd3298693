"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from nanxi.orders.views import alarms, bulk, care, issuing, letters, lists, notices, order, papers, pdfs, policies, steps, walks

urlpatterns = [
    path("", lists.orders, name="orders"),
    path("new/", issuing.order_new, name="order-new"),
    path("bulk/", bulk.orders_bulk, name="orders-bulk"),
    path("policies/", policies.fence_policies, name="fence-policies"),
    path("policies/<uuid:pk>/publish/", policies.policy_publish, name="fence-policy-publish"),
    path("walks/", walks.walks, name="walks"),
    path("walks/corner/", walks.walks_corner, name="walks-corner"),
    path("walks/health/", walks.walks_health, name="walks-health"),
    path("alarms/", alarms.alarms, name="alarms"),
    path("contests/", lists.contests, name="contests"),
    path("notices/", notices.notices, name="notices"),
    path("notices/new/", notices.notice_new, name="notice-new"),
    path("notices/<uuid:pk>/", notices.notice, name="notice"),
    path("notices/<uuid:pk>/publish/", notices.notice_publish, name="notice-publish"),
    path("ingest/", lists.ingest_health, name="ingest-health"),
    path("ingest/letters/", letters.letters, name="ingest-letters"),
    path("ingest/letters/<int:pk>/", letters.letter, name="ingest-letter"),
    path("ingest/letters/<int:pk>/retry/", letters.letter_retry, name="ingest-letter-retry"),
    path("ingest/letters/<int:pk>/discard/", letters.letter_discard, name="ingest-letter-discard"),
    path("devices/<uuid:pk>/revoke/", steps.device_revoke, name="order-device-revoke"),
    path("<uuid:pk>/", order.order, name="order"),
    path("<uuid:pk>/read/", order.order_read, name="order-read"),
    path("<uuid:pk>/notice/", papers.order_notice, name="order-notice"),
    path("<uuid:pk>/certificate/", papers.order_certificate, name="order-certificate"),
    path("<uuid:pk>/notice.pdf", pdfs.notice_pdf, name="order-notice-pdf"),
    path("<uuid:pk>/certificate.pdf", pdfs.certificate_pdf, name="order-certificate-pdf"),
    path("<uuid:pk>/sign/", steps.order_sign, name="order-sign"),
    path("<uuid:pk>/care/", care.order_care, name="order-care"),
    path("<uuid:pk>/home/", care.order_home, name="order-home"),
    path("<uuid:pk>/home/learn/", care.order_learn, name="order-learn"),
    path("<uuid:pk>/household/", care.order_household, name="order-household"),
    path("<uuid:pk>/household/leave/", care.order_leave, name="order-leave"),
    path("<uuid:pk>/serve/", steps.order_serve, name="order-serve"),
    path("<uuid:pk>/end/", steps.order_extend, name="order-extend"),
    path("<uuid:pk>/release/", steps.order_release, name="order-release"),
    path("<uuid:pk>/contest/", steps.order_contest, name="order-contest"),
    path("<uuid:pk>/answer/", steps.order_answer, name="order-answer"),
    path("<uuid:pk>/devices/", steps.order_device, name="order-device"),
]
