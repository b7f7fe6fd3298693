"""Addresses below people/: the register and the intake."""

from nanxi.people.urls_intake import urlpatterns as intake
from nanxi.people.urls_register import urlpatterns as register

urlpatterns = [*register, *intake]
