"""The first n Fibonacci numbers."""

import sys


def fib(n: int) -> list[int]:
    """Return the first n Fibonacci numbers, beginning with 0 and 1."""
    numbers = []
    current, following = 0, 1
    for _ in range(n):
        numbers.append(current)
        current, following = following, current + following
    return numbers


if __name__ == "__main__":
    print(*fib(int(sys.argv[1]) if len(sys.argv) > 1 else 10))
