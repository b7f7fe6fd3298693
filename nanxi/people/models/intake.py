"""What the intake keeps of a list: the batch, its file and its rows."""
