"""What a session may do: states, triggers and guards of each kind of session."""
