"""The site that was built, and what it was built from."""

from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SITE = ROOT / "build" / "site"
PICTURES = ROOT / "build" / "site-pictures"
LESSONS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html") if "_static" not in path.parts)


def source(page: str) -> Path | None:
    """The file that a page stands for, if there is one."""
    files = [(ROOT / page).with_suffix(suffix) for suffix in (".md", ".ipynb", ".py")]
    return next((file for file in files if file.is_file()), None)


CODE = [page for page in PAGES if (source(page) or ROOT).suffix == ".py"]
PROSE = [page for page in PAGES if page not in CODE]
