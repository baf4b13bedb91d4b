"""html5-chat.com in external mode: signed tokens, its page in a frame, its REST calls, its hooks' words."""
