"""Addresses of this room. The words stand before the codes."""

from __future__ import annotations

from django.urls import path

from nanxi.trust import public_views, views

urlpatterns = [
    path("transparency/", views.transparency, name="transparency"),
    path("notices/", public_views.area_notices, name="area-notices"),
    path("notices/<str:number>.pdf", public_views.area_notice_pdf, name="area-notice-pdf"),
    path("notices/<str:number>/", public_views.area_notice, name="area-notice"),
    path("check/<str:code>/", public_views.check, name="check"),
    path("<str:code>/", views.own, name="own"),
    path("<str:code>/print/", views.own_print, name="own-print"),
    path("<str:code>/contest/", views.contest, name="own-contest"),
    path("<str:code>/answer/", views.answer, name="own-answer"),
    path("<str:code>/health/", views.health, name="own-health"),
    path("<str:code>/need/", views.need, name="own-need"),
    path("<str:code>/checkin/", views.checkin, name="own-checkin"),
    path("<str:code>/leave/", views.leave, name="own-leave"),
    path("<str:code>/certificate/", views.own_certificate, name="own-certificate"),
]
