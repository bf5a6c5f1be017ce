"""What Latido is measured beside."""
