"""Addresses of the register."""

from __future__ import annotations

from django.urls import path

from nanxi.people.views import circle, lead, register, review, weights

urlpatterns = [
    path("", register.people, name="people"),
    path("new/", register.people_new, name="people-new"),
    path("review/", review.review, name="review"),
    path("review/look/", review.review_look, name="review-look"),
    path("review/<uuid:pk>/", review.review_pair, name="review-pair"),
    path("review/<uuid:pk>/decide/", review.review_decide, name="review-decide"),
    path("review/<uuid:pk>/undo/", review.review_undo, name="review-undo"),
    path("weights/", weights.weights, name="weights"),
    path("weights/learn/", weights.weights_learn, name="weights-learn"),
    path("weights/<uuid:pk>/", weights.weights_version, name="weights-version"),
    path("weights/<uuid:pk>/adopt/", weights.weights_adopt, name="weights-adopt"),
    path("links/<uuid:pk>/undo/", register.link_undo, name="link-undo"),
    path("lead/<uuid:task_id>/", lead.people_lead, name="people-lead"),
    path("lead/<uuid:task_id>/choose/", lead.lead_choose, name="lead-choose"),
    path("relations/<uuid:pk>/end/", circle.relation_end, name="relation-end"),
    path("residences/<uuid:pk>/end/", circle.residence_end, name="residence-end"),
    path("<uuid:pk>/", register.person, name="person"),
    path("<uuid:pk>/relation/", circle.relation_new, name="relation-new"),
    path("<uuid:pk>/residence/", circle.residence_new, name="residence-new"),
]
