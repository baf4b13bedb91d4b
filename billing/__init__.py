"""The core: money, ledger, subscribers of the house. It knows no web framework and no partner."""
