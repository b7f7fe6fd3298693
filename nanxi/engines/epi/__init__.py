"""What is coming, and how sure: reproduction number, nowcast, alarms, importation, forecast, workload and their scores.

Arrays in, arrays out; no database and no network. Each function names its units and the paper its formula is from. An
answer that the data cannot carry is NaN, which the commands print as an empty cell: "too few cases to say" is an answer.
"""
