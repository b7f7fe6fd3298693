"""Lists as superiors, departments, firms and villages send them: each mess of the data notes §6 made on purpose, and named.

Written apart from whoever reads the lists: nothing here knows how a row is matched.
"""
