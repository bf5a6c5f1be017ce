"""Every sentence that people read, in Spanish and English, and how values are put into them."""
