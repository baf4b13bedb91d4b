"""The video chat behind an interface: `base` says what a chat must offer, html5-chat is the first that does."""
