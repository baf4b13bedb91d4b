"""Delivery makes the partner match our wish. Level-triggered: run twice, late, by many or after a crash, it ends alike.

`plan` says what the next call is (a pure function), `queue` who is at which subscriber, `outcomes` what an answer
changes, `runner` puts them together.
"""
