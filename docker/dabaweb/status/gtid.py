"""Sets of transactions as MySQL writes them: `uuid:1-5:7,uuid:tag:1-3`."""

Intervals = list[tuple[int, int]]


def parse(text: str) -> dict[str, Intervals]:
    """Return the intervals, first and last number, by server and tag."""
    found: dict[str, Intervals] = {}
    for item in "".join(text.split()).split(","):
        server, *parts = item.split(":")
        source = server
        for part in parts:
            if part[0].isdigit():
                first, _, last = part.partition("-")
                found.setdefault(source, []).append((int(first), int(last or first)))
            else:
                source = f"{server}:{part}"
    return found


def missing(wanted: str, executed: str) -> int:
    """Return how many transactions of `wanted` are not in `executed`."""
    has = parse(executed)
    return sum(
        last - first + 1 - sum(max(0, min(last, b) - max(first, a) + 1) for a, b in has.get(source, []))
        for source, intervals in parse(wanted).items()
        for first, last in intervals
    )
