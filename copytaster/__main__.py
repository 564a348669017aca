"""`python -m copytaster`: the command line."""

from copytaster.cli import main

if __name__ == "__main__":
    main()
