"""What the person concerned sees and can do, and what the public may count."""
