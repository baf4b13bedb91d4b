"""The monthly run: everybody who can pay is charged once, everybody who cannot is switched off.

`run` is the use case, `statements` the set-based SQL of one chunk, `models` what is kept of a run.
"""
