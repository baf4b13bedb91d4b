"""Figures for the staff: money, subscribers, months, the partner's health. No page grows with the subscribers."""
