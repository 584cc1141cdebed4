"""Files of the size and the layout of MovieLens 100K, written by a test: the real ones may not be passed on."""

from pathlib import Path

import torch


def write(folder: Path, *, n_users: int = 943, n_films: int = 1682, n: int = 100_000, header: bool = False) -> Path:
    """`u.data`, `u.item` and `u.user` in the folder: each user has 20 ratings at least, and likes some genres more."""
    rng = torch.Generator().manual_seed(0)
    genres = torch.rand(n_films, 19, generator=rng) < 0.1
    known = 1.4 * torch.randn(n_films, generator=rng)
    good = 3.5 + 0.5 * torch.randn(n_films, generator=rng) + 0.2 * known
    mood, taste = 0.4 * torch.randn(n_users, 1, generator=rng), 0.4 * torch.randn(n_users, 19, generator=rng)
    share = torch.rand(n_users, generator=rng) ** 3
    count = 20 + (share / share.sum() * (n - 20 * n_users)).long()
    count[:: max(1, n_users // 100)] += 1
    order = count.argsort()
    while count.sum() < n:
        count[order[: int(n - count.sum())]] += 1
    while count.sum() > n:
        count[order[-int(count.sum() - n) :]] -= 1
    liked = mood + taste @ genres.to(taste).T + good
    stars = (liked + 0.9 * torch.randn(liked.shape, generator=rng)).round().clamp(1, 5).long()
    luck = -(-torch.rand(liked.shape, generator=rng).log()).clamp(min=1e-12).log()
    seen = (known + luck).argsort(1, descending=True).tolist()
    rows = [(u, film) for u, films in enumerate(seen) for film in films[: int(count[u])]]
    when = torch.randint(874724710, 893286639, (n,), generator=rng).tolist()
    lines = [f"{u + 1}\t{film + 1}\t{stars[u, film]}\t{time}" for (u, film), time in zip(rows, when, strict=True)]
    lines = [lines[i] for i in torch.randperm(n, generator=rng).tolist()]
    films = [
        f"{i + 1}|Café {i} (19{30 + i % 69})|01-Jan-19{30 + i % 69}||http://us.imdb.com/M/title-exact?{i}|"
        + "|".join(str(int(g)) for g in row)
        for i, row in enumerate(genres.tolist())
    ]
    films[n_films // 3] = f"{n_films // 3 + 1}|unknown||||1" + "|0" * 18  # as one of the real ones
    users = [f"{u + 1}|{20 + u % 50}|M|student|{10000 + u}" for u in range(n_users)]
    if header:
        lines.insert(0, "user_id\titem_id\trating\ttimestamp")
        films.insert(0, "|".join(["movie id", "movie title", "release date", "video", "url", *map(str, range(19))]))
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in ("u.data", lines), ("u.item", films), ("u.user", users):
        (folder / name).write_bytes(("\n".join(content) + "\n").encode("latin-1"))
    return folder
