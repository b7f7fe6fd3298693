"""desk: directives, tasks, the alert machine, shifts. Other rooms open tasks and raise alerts through its services."""
