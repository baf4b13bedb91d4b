"""What every web process of the suite shares: options, logs, texts, headers. It knows nothing of the billing."""
