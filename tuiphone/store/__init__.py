"""What outlives the engine: settings, secrets, history, recordings and the log. Sees nothing but core."""
