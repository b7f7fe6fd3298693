from __future__ import annotations

from django.urls import path

from nanxi.foundation import stream, views
from nanxi.foundation.views import admin, devices, setup, tokens

urlpatterns = [
    path("healthz", views.health, name="health"),
    path("events", stream.events, name="events"),
    path("too-large/", views.too_large, name="too-large"),
    path("language", views.language, name="language"),
    path("jobs/<uuid:pk>/", views.job, name="job"),
    path("jobs/<uuid:pk>/stop/", views.job_stop, name="job-stop"),
    path("ledger/", views.ledger_page, name="ledger"),
    path("enter/", setup.enter, name="enter"),
    path("setup/", setup.first_run, name="setup"),
    path("setup/rehearsal/", setup.found_rehearsal, name="setup-rehearsal"),
    path("units/", admin.units_list, name="units"),
    path("units/new/", admin.unit_new, name="unit-new"),
    path("accounts-of-officers/", admin.accounts_list, name="officers"),
    path("accounts-of-officers/new/", admin.account_new, name="officer-new"),
    path("accounts-of-officers/<uuid:pk>/close/", admin.account_close, name="officer-close"),
    path("devices/", devices.devices, name="devices"),
    path("devices/offer/", devices.offer, name="device-offer"),
    path("devices/<uuid:pk>/revoke/", devices.revoke, name="device-revoke"),
    path("tokens/", tokens.program_tokens, name="program-tokens"),
    path("tokens/<uuid:pk>/revoke/", tokens.program_token_revoke, name="program-token-revoke"),
    path("bind/", devices.bind, name="device-bind"),
    path("pin/", devices.pin, name="device-pin"),
]
