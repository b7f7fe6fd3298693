"""Forms are data: one definition, published once and never changed, feeds the page, the phone and the interface alike.

A definition has the shape of an XLSForm (type, name, label, required, relevant, constraint, choices); its conditions are read
here into trees that Python and the browser evaluate by the same table of cases (tests/spec/desk_conditions.md).
"""
