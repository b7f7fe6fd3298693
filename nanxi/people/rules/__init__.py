"""Pure decisions of the people room: values and names made comparable, and who is who."""
