"""Huffman's code: a whole number of bits for each symbol, the best there is of that kind."""

import heapq

from vdtext.entropy.words import Bits, pack
from vdtext.errors import BitstreamError

__all__ = ["canonical", "huffman_lengths", "kraft", "limited_lengths", "read_huffman", "write_huffman"]

LONGEST = 15
"""Bits of the longest code word that decoders accept: their table has 2¹⁵ entries."""


def huffman_lengths(counts):
    """Lengths of the code words: the two rarest become one, which is one bit more for all in it, until one is left.

    Parameters
    ----------
    counts : sequence of int
        How often each symbol occurs.

    Returns
    -------
    list of int
        In bits; 0 for what does not occur; 1 if nothing else does.

    References
    ----------
    Huffman, A method for the construction of minimum-redundancy codes, Proceedings of the IRE 40 (1952), 1098–1101,
    doi:10.1109/JRPROC.1952.273898.

    Examples
    --------
    >>> huffman_lengths([40, 30, 20, 10])
    [1, 2, 3, 3]
    """
    lengths = [int(count > 0) for count in counts] if sum(count > 0 for count in counts) < 2 else [0] * len(counts)
    heap = [(int(count), symbol, (symbol,)) for symbol, count in enumerate(counts) if count > 0]
    heapq.heapify(heap)
    while len(heap) > 1:
        (a, first, these), (b, _, those) = heapq.heappop(heap), heapq.heappop(heap)
        for symbol in these + those:
            lengths[symbol] += 1
        heapq.heappush(heap, (a + b, first, these + those))
    return lengths


def limited_lengths(counts, limit=LONGEST):
    """The best lengths of at most so many bits, by package-merge.

    A symbol of length l pays its count once for each of l coins, worth 2⁻¹ … 2⁻ˡ; all together are worth n − 1.  From
    the smallest coins up: pair the cheapest, hand the pairs on, and at last take the 2n − 2 cheapest.

    Parameters
    ----------
    counts : sequence of int
        How often each symbol occurs.
    limit : int
        Longest code word in bits, 1 to 15.

    Returns
    -------
    list of int
        In bits; 0 for what does not occur.

    Raises
    ------
    ValueError
        If so many symbols do not fit into words of so many bits.

    References
    ----------
    Larmore, Hirschberg, A fast algorithm for optimal length-limited Huffman codes, Journal of the ACM 37 (1990),
    464–473, doi:10.1145/79147.79150.

    Examples
    --------
    >>> huffman_lengths([16, 8, 4, 2, 1, 1]), limited_lengths([16, 8, 4, 2, 1, 1], limit=4)
    ([1, 2, 3, 4, 5, 5], [1, 2, 4, 4, 4, 4])
    """
    coins = sorted((int(count), (symbol,)) for symbol, count in enumerate(counts) if count > 0)
    if not 1 <= limit <= LONGEST or len(coins) > 1 << limit:
        raise ValueError(f"{len(coins)} symbols, limit={limit}: 1 to 15 bits, for at most 2**limit symbols (chapter 6)")
    lengths = [0] * len(counts)
    packages = []
    for _ in range(limit):
        merged = sorted(coins + packages, key=lambda coin: coin[0])
        packages = [(a[0] + b[0], a[1] + b[1]) for a, b in zip(merged[::2], merged[1::2], strict=False)]
    chosen = packages[: len(coins) - 1] if len(coins) > 1 else coins
    for _, symbols in chosen:
        for symbol in symbols:
            lengths[symbol] += 1
    return lengths


def kraft(lengths):
    """Kraft's sum Σ 2^−l, in units of 2⁻¹⁵: at most 2¹⁵ for a code that can be read.

    Parameters
    ----------
    lengths : sequence of int
        0 to 15 bits; 0 is a symbol without a code word.

    Returns
    -------
    int

    Examples
    --------
    >>> kraft([1, 2, 3, 3]) == 2**15
    True
    """
    return sum(1 << LONGEST - length for length in lengths if length)


def canonical(lengths):
    """The code words that belong to lengths: in order of length, then of symbol, counted upwards.

    Parameters
    ----------
    lengths : sequence of int
        0 to 15 bits.

    Returns
    -------
    list of str
        Texts of 0 and 1; "" for a length of 0.

    Raises
    ------
    ValueError
        If no code has such lengths.

    Examples
    --------
    >>> canonical([2, 1, 3, 3])
    ['10', '0', '110', '111']
    """
    if any(not 0 <= length <= LONGEST for length in lengths) or not 0 < kraft(lengths) <= 1 << LONGEST:
        raise ValueError("lengths: accepted are 0 to 15 bits, one at least above 0, with Σ 2^−l <= 1 (chapter 6)")
    words, code, last = [""] * len(lengths), 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths) if length):
        code <<= length - last
        words[symbol], code, last = format(code, f"0{length}b"), code + 1, length
    return words


def write_huffman(symbols, lengths):
    """Code symbols; :func:`vdtext.entropy.encode_huffman` is the same, and fast.

    Parameters
    ----------
    symbols : iterable of int
        Each has a code word.
    lengths : sequence of int
        Of the code words.

    Returns
    -------
    bytes

    Examples
    --------
    >>> write_huffman([0, 1, 2, 0], [1, 2, 2]).hex()
    '58'
    """
    words = canonical(lengths)
    return pack("".join(words[symbol] for symbol in symbols))


def read_huffman(data, lengths, count):
    """What :func:`write_huffman` wrote.

    Parameters
    ----------
    data : bytes
        A stream; what follows its end is ignored.
    lengths : sequence of int
        As they were given to the encoder.
    count : int
        How many symbols.

    Returns
    -------
    list of int

    Raises
    ------
    BitstreamError
        If the stream ends too early, or holds bits that begin no code word.

    Examples
    --------
    >>> read_huffman(b"\\x58", [1, 2, 2], 4)
    [0, 1, 2, 0]
    """
    symbol_of = {word: symbol for symbol, word in enumerate(canonical(lengths)) if word}
    bits, symbols = Bits(data), []
    for _ in range(count):
        word = str(bits.read())
        while word not in symbol_of:
            if len(word) == LONGEST:
                raise BitstreamError(f"bits {word} begin no code word (chapter 6)")
            word += str(bits.read())
        symbols.append(symbol_of[word])
    return symbols
