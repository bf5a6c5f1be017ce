"""``python -m integrations.cli``."""

from integrations.cli import main

if __name__ == "__main__":
    main()
