"""The database the desk brings along: PostgreSQL from the wheel, its roles, and the folder ("home") both live in.

Nothing here imports Django, so the launcher, the doctor and the tests can use it before settings are read.
"""

from nanxi.foundation.postgres.home import AlreadyRunning, DeskError, Home, HomeLock, current_home
from nanxi.foundation.postgres.launcher import Cluster
from nanxi.foundation.postgres.roles import connection_settings

__all__ = ["AlreadyRunning", "Cluster", "DeskError", "Home", "HomeLock", "connection_settings", "current_home"]
