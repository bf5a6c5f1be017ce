"""``python -m integrations.cli``."""

from integrations.cli.application import main

if __name__ == "__main__":
    main()
