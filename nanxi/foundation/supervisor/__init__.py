"""`nanxi serve`: one process that starts the house, keeps it running and ends it; everything else is its child.

phases.serve     lock, disk, ports, keys, database, structure, roles, then the children
children         one child process: start, restart with back-off, end, kill
structure        roles and migrations, run only when what they are made of has changed
keycheck         a start without the keys that sealed the county's records is refused
database         the database of a home for a command: the running desk's, or started for the while
web              the process that answers people or phones on a socket the supervisor holds
"""
