"""The promises, kept by a real bot over real sockets."""
