"""Expected arrivals (预判): who is to come on which day by which way, who came, and who came otherwise."""
