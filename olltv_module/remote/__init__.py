"""What the module offers to machines. `legacy` answers the old calls, `api` holds the routes of the JSON door.

The door itself (keys, scopes, errors) is not of this package: it guards what is listed here and hands over a `Door`.
"""
