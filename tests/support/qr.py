"""Reads a QR code back from its drawing (ISO/IEC 18004): module by module, without the help of what drew it.

For symbols of versions 2 to 6 at level M that hold one text in byte mode, undamaged: no errors are corrected.
"""

import re
from collections.abc import Callable, Iterator
from xml.etree import ElementTree as ET  # our own drawings only

BLOCKS_M = {2: (1, 28), 3: (1, 44), 4: (2, 32), 5: (2, 43), 6: (4, 27)}
"""By version at level M: blocks, and data codewords of each (table 9 of the standard)."""
FINDER = 8
MASKS: tuple[Callable[[int, int], bool], ...] = (
    lambda row, column: (row + column) % 2 == 0,
    lambda row, _: row % 2 == 0,
    lambda _, column: column % 3 == 0,
    lambda row, column: (row + column) % 3 == 0,
    lambda row, column: (row // 2 + column // 3) % 2 == 0,
    lambda row, column: row * column % 2 + row * column % 3 == 0,
    lambda row, column: (row * column % 2 + row * column % 3) % 2 == 0,
    lambda row, column: ((row + column) % 2 + row * column % 3) % 2 == 0,
)


def modules_of(svg: str, *, quiet_zone: int = 4) -> list[list[bool]]:
    """The dark and light modules of a drawing by strokes one module high, without its quiet zone."""
    root = ET.fromstring(svg)  # noqa: S314 - our own drawing
    strokes = next(each for each in root.iter() if each.get("stroke"))
    size = round(float(str(root.get("viewBox")).split()[2]) / _scale(root)) - 2 * quiet_zone
    grid = [[False] * size for _ in range(size)]
    x = y = 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", str(strokes.get("d"))):
        values = [float(each) for each in re.findall(r"-?[\d.]+", numbers)]
        if command == "M":
            x, y = values
        elif command == "m":
            x, y = x + values[0], y + values[1]
        else:
            for column in range(int(values[0])):
                grid[int(y) - quiet_zone][int(x) + column - quiet_zone] = True
            x += values[0]
    return grid


def _scale(root: ET.Element) -> float:
    group = next(each for each in root.iter() if each.get("transform"))
    return float(re.findall(r"scale\(([\d.]+)\)", str(group.get("transform")))[0])


def read_text(grid: list[list[bool]]) -> str:
    """The text that a symbol holds."""
    size = len(grid)
    version = (size - 17) // 4
    # Format information beside the upper left finder: two bits of level, three of the mask (section 7.9).
    bits = [grid[FINDER][column] for column in (0, 1, 2, 3, 4, 5, 7)]
    fmt = int("".join("01"[bit] for bit in bits[:5]), 2) ^ 0b10101
    if fmt >> 3 != 0b00:
        raise ValueError("This is no symbol of level M.")
    mask = MASKS[fmt & 0b111]
    stream = "".join("01"[grid[row][column] != mask(row, column)] for row, column in _places(size, version))
    codewords = [int(stream[start : start + 8], 2) for start in range(0, len(stream) - 7, 8)]
    blocks, data = BLOCKS_M[version]
    ordered = [codewords[place * blocks + block] for block in range(blocks) for place in range(data)]
    plain = "".join(f"{word:08b}" for word in ordered)
    if plain[:4] != "0100":
        raise ValueError("This holds something else than bytes.")
    length = int(plain[4:12], 2)
    return bytes(int(plain[12 + 8 * place : 20 + 8 * place], 2) for place in range(length)).decode()


def _places(size: int, version: int) -> Iterator[tuple[int, int]]:
    """Places of data modules in their order: pairs of columns from the right, up and down by turns (section 7.7.3)."""
    upwards = True
    column = size - 1
    while column > 0:
        if column == 6:
            column -= 1
        for step in range(size):
            row = size - 1 - step if upwards else step
            for each in (column, column - 1):
                if not _is_function(row, each, size, version):
                    yield row, each
        upwards = not upwards
        column -= 2


def _is_function(row: int, column: int, size: int, version: int) -> bool:
    timing = 6
    far = size - FINDER
    finder = (row <= FINDER and (column <= FINDER or column >= far)) or (row >= far and column <= FINDER)
    middle = 4 * version + 10  # the one alignment pattern of versions 2 to 6
    aligned = abs(row - middle) <= 2 and abs(column - middle) <= 2
    return finder or aligned or timing in {row, column}
