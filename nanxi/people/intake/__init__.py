"""Reading messy lists: bytes in, typed rows with their source cells and what was changed out. No database, no Django models.

The kinds of mess are those seen on lists of early 2020 (data notes §6). A file passes `files` (refused or not), is parsed
by a child process with limits (`reader`), its heading is found (`headings`), each cell is cleaned by its column (`columns`), and
`tables` puts it together. What cannot be read for sure is said, never guessed.
"""
