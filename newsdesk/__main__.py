"""`python -m newsdesk`: the command line, as `copytaster` starts it."""

from newsdesk.cli import main

if __name__ == "__main__":
    main()
