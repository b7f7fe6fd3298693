"""Addresses of this room."""

from __future__ import annotations

from django.urls import include, path

from nanxi.cases import api
from nanxi.cases.views import cases, comparing, following, laboratory, sightings, tracing

urlpatterns = [
    path("", cases.case_list, name="cases"),
    path("api/v1/", include((api.addresses(), "stays"))),
    path("check-in/", sightings.check_in, name="check-in"),
    path("check-in/keep/", sightings.keep_check_in, name="check-in-keep"),
    path("lists/", sightings.upload_list, name="stay-list"),
    path("report/", cases.report, name="case-report"),
    path("results/", laboratory.results, name="lab-results"),
    path("results/import/", laboratory.lab_import, name="lab-import"),
    path("interview/stretch/", cases.interview_line, {"kind": "stretch"}, name="interview-stretch"),
    path("interview/named/", cases.interview_line, {"kind": "named"}, name="interview-named"),
    path("<uuid:pk>/", cases.case_page, name="case"),
    path("<uuid:pk>/read/", cases.case_read, name="case-read"),
    path("<uuid:pk>/diagnose/", cases.diagnose, name="case-diagnose"),
    path("<uuid:pk>/confirm/", cases.confirm, name="case-confirm"),
    path("<uuid:pk>/discard/", cases.discard, name="case-discard"),
    path("<uuid:pk>/interview/", cases.interview, name="case-interview"),
    path("<uuid:pk>/trace/", tracing.start, name="case-trace"),
    path("runs/<uuid:pk>/", tracing.run_page, name="trace-run"),
    path("<uuid:pk>/compare/", comparing.compare, name="case-compare"),
    path("comparisons/<uuid:pk>/", comparing.page, name="comparison"),
    path("comparisons/<uuid:pk>/propose/", comparing.propose, name="edition-propose"),
    path("editions/", comparing.editions, name="editions"),
    path("editions/compare/", comparing.compare_all, name="editions-compare"),
    path("editions/<uuid:pk>/decide/", comparing.decide, name="edition-decide"),
    path("contacts/", following.schedule, name="contact-schedule"),
    path("contacts/<uuid:pk>/", following.contact, name="contact"),
    path("runs/<uuid:pk>/again/", tracing.again, name="trace-again"),
    path("runs/<uuid:pk>/indirect/", tracing.indirect, name="trace-indirect"),
    path("runs/<uuid:pk>/approve/", tracing.approve, name="trace-approve"),
    path("runs/<uuid:pk>/decide/", tracing.decide_many, name="trace-decide"),
    path("contacts/<uuid:pk>/decide/", tracing.decide, name="contact-decide"),
    path("contacts/<uuid:pk>/follow/", following.follow, name="contact-follow"),
]
