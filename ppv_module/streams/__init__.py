"""Metered streams: what media servers report and are answered, and the signed links that let viewers in.

So far the parts that need neither server nor database: reading a sync, answering it, its signature, signed links.
"""
