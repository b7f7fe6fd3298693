"""Who is who: the rows of every list as source records, the register of persons they are matched to, and the links between."""
