"""Who is denied, and the rules that lead to it."""
