"""Code words as texts of 0 and 1: unary, truncated unary, Golomb–Rice, Exp-Golomb; and how texts become bytes."""

from vdtext.errors import BitstreamError

__all__ = ["Bits", "exp_golomb", "pack", "rice", "truncated_unary", "unary", "unzigzag", "zigzag"]


def unary(n):
    """As many ones as the number says, and a zero: the best code if every number is half as likely as the one before.

    Parameters
    ----------
    n : int
        0 or more.

    Returns
    -------
    str

    Examples
    --------
    >>> unary(0), unary(3)
    ('0', '1110')
    """
    return "1" * n + "0"


def truncated_unary(n, top):
    """Unary, but the largest number needs no zero: nothing longer can follow.

    Parameters
    ----------
    n : int
        0 to `top`.
    top : int
        The largest number that can occur.

    Returns
    -------
    str

    Examples
    --------
    >>> [truncated_unary(n, 2) for n in range(3)]
    ['0', '10', '11']
    """
    return "1" * n + "0" * (n < top)


def rice(n, k):
    """Golomb's code for the parameter 2ᵏ: the number divided by 2ᵏ in unary, then its last k bits as they are.

    Parameters
    ----------
    n : int
        0 or more.
    k : int
        0 or more.

    Returns
    -------
    str

    References
    ----------
    Golomb, Run-length encodings, IEEE Transactions on Information Theory 12 (1966), 399–401,
    doi:10.1109/TIT.1966.1053907.

    Examples
    --------
    >>> rice(9, 2), rice(0, 2)
    ('11001', '000')
    """
    return unary(n >> k) + format(n & (1 << k) - 1, f"0{k}b") * (k > 0)


def exp_golomb(n, k=0):
    """Exp-Golomb: how many bits n + 2ᵏ has beyond k + 1, in unary; then those bits without the leading one.

    Parameters
    ----------
    n : int
        0 or more.
    k : int
        0 or more; numbers below 2ᵏ need k + 1 bits.

    Returns
    -------
    str
        Of 2·⌊log2(n + 2ᵏ)⌋ + 1 − k bits.

    References
    ----------
    Teuhola, A compression method for clustered bit-vectors, Information Processing Letters 7 (1978), 308–311,
    doi:10.1016/0020-0190(78)90024-8.

    Examples
    --------
    >>> [exp_golomb(n) for n in range(4)]
    ['0', '100', '101', '11000']
    """
    tail = format(n + (1 << k), "b")[1:]
    return unary(len(tail) - k) + tail


def zigzag(n):
    """Signed numbers as ones that are not negative: 0, −1, 1, −2, 2 become 0, 1, 2, 3, 4, and so on.

    Parameters
    ----------
    n : int or ndarray of int

    Returns
    -------
    int or ndarray of int

    Examples
    --------
    >>> [zigzag(n) for n in (0, -1, 1, -2)]
    [0, 1, 2, 3]
    """
    return 2 * abs(n) - (n < 0)


def unzigzag(n):
    """What :func:`zigzag` was given.

    Parameters
    ----------
    n : int or ndarray of int
        0 or more.

    Returns
    -------
    int or ndarray of int

    Examples
    --------
    >>> [unzigzag(n) for n in range(4)]
    [0, -1, 1, -2]
    """
    return (n >> 1) ^ -(n & 1)


def pack(text):
    """A text of 0 and 1 as bytes, the first in the highest bit; the last byte is filled up with zeros.

    Parameters
    ----------
    text : str

    Returns
    -------
    bytes

    Examples
    --------
    >>> pack("1000000001").hex()
    '8040'
    """
    size = -(-len(text) // 8)
    return int(text.ljust(8 * size, "0") or "0", 2).to_bytes(size, "big")


class Bits:
    """Bytes, read bit by bit.

    Parameters
    ----------
    data : bytes

    Examples
    --------
    >>> bits = Bits(b"\\x80")
    >>> bits.read(), bits.number(3), bits.ones()
    (1, 0, 0)
    """

    def __init__(self, data):
        self.data, self.position = data, 0

    def read(self):
        """The next bit (int); BitstreamError behind the end."""
        byte, place = divmod(self.position, 8)
        if byte >= len(self.data):
            raise BitstreamError(f"{len(self.data)} bytes end within a code word (chapter 6)")
        self.position += 1
        return self.data[byte] >> 7 - place & 1

    def number(self, count):
        """The next bits as a number, the highest first."""
        return sum(self.read() << place for place in range(count - 1, -1, -1))

    def ones(self):
        """How many ones come before the next zero, which is read as well."""
        count = 0
        while self.read():
            count += 1
        return count

    def rice(self, k):
        """The number behind the next code word of :func:`rice`."""
        return (self.ones() << k) + self.number(k)

    def exp_golomb(self, k=0):
        """The number behind the next code word of :func:`exp_golomb`."""
        length = self.ones() + k
        if length > 31:
            raise BitstreamError("a code word announces a number of more than 32 bits (chapter 6)")
        return (1 << length) + self.number(length) - (1 << k)
