"""Pay-per-view: credits of subscribers, private video chat paid by the minute, tips, and what performers earn.

`credits` sells packs of credits, `chat` spends them; both know neither Flask nor an outside system. `provider` speaks
with the video chat, `paypal` with PayPal. `remote` is what machines may call, `admin` holds the pages of the panel.
"""
