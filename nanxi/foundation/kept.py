"""Base models. What they refuse: a write outside a service, and a read outside the scope."""

from __future__ import annotations

from typing import Any, Self
from uuid import UUID

from django.db import models

from nanxi.foundation import acts, scope
from nanxi.foundation.identifiers import uuid7


class KeptQuerySet(models.QuerySet):
    """A query set whose bulk writes are allowed only inside a service."""

    def update(self, **values: Any) -> int:
        acts.require_service(self.model)
        return super().update(**values)

    def delete(self) -> tuple[int, dict[str, int]]:
        acts.require_service(self.model)
        return super().delete()

    def bulk_create(self, *args: Any, **options: Any) -> list:
        acts.require_service(self.model)
        return super().bulk_create(*args, **options)

    def bulk_update(self, *args: Any, **options: Any) -> int:
        acts.require_service(self.model)
        return super().bulk_update(*args, **options)


class ScopedManager(models.Manager.from_queryset(KeptQuerySet)):
    """Rows of the current scope only."""

    use_in_migrations = False

    def get_queryset(self) -> KeptQuerySet:
        return super().get_queryset().filter(scope.current().where())


class KeptModel(models.Model):
    """A row with a UUIDv7 that only services write."""

    id: models.UUIDField[UUID, UUID] = models.UUIDField(primary_key=True, default=uuid7, editable=False)

    objects = KeptQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        acts.require_service(type(self))
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        acts.require_service(type(self))
        return super().delete(*args, **options)


def area_field(**options: Any) -> models.CharField:
    """A column holding an area code, compared by bytes so that a scope is a range."""
    return models.CharField(max_length=15, db_collation="C", **options)


class ScopedModel(KeptModel):
    """A row that one area answers for. `objects` shows the scope; `everything` leaves the filtering to PostgreSQL."""

    area_code = area_field(db_index=True)

    objects = ScopedManager()
    everything = KeptQuerySet.as_manager()

    class Meta:
        abstract = True
        # Forward relations and refresh_from_db must find a row that a grant opened.
        base_manager_name = "everything"

    @classmethod
    def inside(cls) -> models.QuerySet[Self]:
        """The rows of the current scope."""
        return cls.objects.all()
