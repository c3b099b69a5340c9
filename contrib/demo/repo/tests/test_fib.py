from fib import fib


def test_none_asked():
    assert fib(0) == []


def test_first_two():
    assert fib(1) == [0]
    assert fib(2) == [0, 1]


def test_first_ten():
    assert fib(10) == [0, 1, 1, 2, 3, 5, 8, 13, 21, 34]


def test_each_is_the_sum_of_the_two_before():
    numbers = fib(50)
    for first, second, third in zip(numbers, numbers[1:], numbers[2:]):
        assert third == first + second
