"""Bots to compare Latido with, written as such bots usually are."""
