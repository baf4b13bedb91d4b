"""The staff's web app: its shell, sign-in and overview."""
