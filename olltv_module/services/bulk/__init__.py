"""One action on many subscribers: chosen by a filter, looked at beforehand, carried out one by one by the worker.

`models` is what is kept of it, `actions` what can be done, `preview` what would happen, `run` the use cases.
"""
