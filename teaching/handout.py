"""Write what a class gets: the students' lessons and all that they need to run, as a folder and as a zip.

No solution, quiz, model answer or test is in it. `make class` first writes the lessons without solutions (`make
student`), from which this takes them.

    python -m teaching.handout build/student build/class
"""

import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("GLOSSARY.md", "LICENSE", "requirements.txt", "pyproject.toml")
LEFT_OUT = ("data/audit.json", "data/speed.json", "data/results/README.md")  # they belong to pages that stay here


def write(lessons: Path, folder: Path) -> Path:
    """Write the folder, which must not be there yet, and its zip beside it.

    lessons: a folder in which `notebooks` holds the students' lessons
    Raises FileExistsError where the folder is there, and FileNotFoundError where a lesson is missing.
    """
    folder.mkdir(parents=True)
    for name in sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb")):
        _copy(lessons / "notebooks" / name, folder / "notebooks" / name)
    for path in [*(ROOT / "mlcourse").rglob("*.*"), *data(), *(ROOT / page for page in PAGES)]:
        if path.is_file() and "__pycache__" not in path.parts:
            _copy(path, folder / path.relative_to(ROOT))
    shutil.copy(Path(__file__).with_name("handout.md"), folder / "README.md")
    for page in folder.rglob("*.md"):
        page.write_text(without_what_is_not_there(page), encoding="utf-8")
    return Path(shutil.make_archive(str(folder), "zip", root_dir=folder.parent, base_dir=folder.name))


def data() -> list[Path]:
    """What of data/ is the course's own, by .gitignore; the rest is fetched, and not ours to hand on."""
    kept = re.findall(r"^!/(data/.+[^/])$", (ROOT / ".gitignore").read_text(encoding="utf-8"), flags=re.M)
    found = {path for pattern in kept for path in ROOT.glob(pattern)}
    return sorted(found - {ROOT / name for name in LEFT_OUT})


def without_what_is_not_there(page: Path) -> str:
    """The page without its sections on files that are left out; another link to what is not there becomes its words."""
    gone = [f"**File**: `{Path(name).name}`" for name in LEFT_OUT]
    sections = re.split(r"^(?=## )", page.read_text(encoding="utf-8"), flags=re.M)
    text = "".join(section for section in sections if not any(file in section for file in gone))

    def living(link: re.Match) -> str:
        return link[0] if (page.parent / link[2]).exists() else link[1]

    return re.sub(r"\[([^]]+)\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", living, text)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(source, target)


if __name__ == "__main__":
    try:
        print(write(*map(Path, sys.argv[1:])))
    except FileExistsError as error:
        sys.exit(f"{error.filename} is there already: delete it to have it made anew.")
    except FileNotFoundError as error:
        sys.exit(f"There is no {error.filename}: write the students' lessons first, with `make student`.")
