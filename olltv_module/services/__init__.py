"""The use cases. Each is one transaction that changes our wish and money; none of them calls the partner."""
