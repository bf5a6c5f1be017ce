"""What survives a restart: the snapshot of live sessions and the ledger of ended ones."""
