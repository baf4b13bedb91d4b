"""The list of everybody who has had to do with television, made for a million of them.

`selection` is what a list is narrowed by and sorted by, `rows` reads its pages, `search` finds single people.
"""
