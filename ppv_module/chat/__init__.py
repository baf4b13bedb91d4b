"""The video chat: tenants, performers and viewers, private shows by the second, tips, earnings, support."""
