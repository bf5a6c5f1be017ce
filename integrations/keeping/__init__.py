"""What is kept, and for how long: writing down, forgetting, and pruning."""
