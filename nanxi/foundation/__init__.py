"""The ground floor: areas, units, accounts, scope, ledger, keys, grants, jobs, clock, charter."""
