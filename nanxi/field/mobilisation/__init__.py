"""Mobilisation (集结号): teams and volunteers, shifts sized by what is open, and who is on duty by name."""
