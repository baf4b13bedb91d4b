"""Comparing the partner's lists with ours, and putting right what can be put right without a person's judgement.

`differences` says what counts as a difference (a pure function), `lists` reads both sides, `repair` mends. Devices are
not compared: they live at the partner alone.
"""
