"""Lists of the chat as staff read them: pages by key, and all rows for an export."""
