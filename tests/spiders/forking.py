"""A child of the tests that has loaded everything and forks for each crawl: the same code, a second less a crawl.

Reads orders as the real child does, one a line, and answers with lines as the real child does, an empty one at the end.
"""

import json
import os
import sys
from contextlib import suppress

import spiders.equipment
from spiders.collecting import collect
from spiders.parsing import parse


class InProcess:
    """Parses without a child of its own: pages of these tests need not be killed."""

    def parse(self, page, context):
        return parse(page, context)

    def close(self):
        pass


spiders.equipment.make_parsers = lambda _settings: InProcess()


def run(order, answers):
    status = 1
    with suppress(BaseException):
        collect(order, answers)
        answers.flush()
        status = 0
    os._exit(status)


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            run(json.loads(line), answers)
        os.waitpid(child, 0)
        answers.write("\n")
