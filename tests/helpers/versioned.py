"""A finished project under git and DVC, with a remote in a folder."""

import shutil
import subprocess
from pathlib import Path

from projects import Project, messages


class Versioned(Project):
    """A project whose outputs DVC keeps, as a user would have it."""

    @property
    def environment(self) -> dict[str, str]:
        identity = {"NAME": "A User", "EMAIL": "user@example.org"}
        names = {
            f"GIT_{who}_{key}": identity[key] for who in ("AUTHOR", "COMMITTER") for key in identity
        }
        return (
            super().environment | names | {"DVC_SITE_CACHE_DIR": str(self.folder.parent / "site")}
        )

    def commit(self, words: str) -> str:
        """Commit everything and return the commit."""
        self.done("git", "add", "--all")
        self.done("git", "commit", "--quiet", "--allow-empty", "--message", words)
        return self.done("git", "rev-parse", "HEAD").strip()

    def repro(self, *arguments: str) -> set[str]:
        """Run `dvc repro` and return the messages of the jobs that ran."""
        return messages(self.done("dvc", "repro", *arguments))

    def clone(self, folder: Path) -> "Versioned":
        """Return a clone, without data."""
        self.done("git", "clone", "--quiet", str(self.folder), str(folder))
        return Versioned(folder)

    def pull(self) -> subprocess.CompletedProcess[str]:
        """Run `make pull`, but for the installation."""
        return self.call("make", "--old-file=.venv/installed", "pull")

    def planned(self) -> set[str]:
        """Return the messages of the jobs that Snakemake would run."""
        shown = self.done("snakemake", "--dry-run", "all")
        planned = messages(shown)
        assert planned or "Nothing to be done" in shown
        return planned

    def outputs(self) -> dict[str, bytes]:
        """Return the bytes of every output, models and predictions among them."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for place in ("data", "results")
            for path in sorted((self.folder / place).rglob("*"))
            if path.is_file()
        }

    def cached(self) -> list[Path]:
        """Return the objects of DVC's cache, without those that a killed DVC did not finish."""
        found = self.folder.glob(".dvc/cache/files/md5/*/[!.]*")
        return [path for path in found if path.is_file()]


def version(project: Project, folder: Path) -> Versioned:
    """Copy a finished project and put it under git and DVC; nothing is recorded yet."""
    shutil.copytree(project.folder, folder, copy_function=shutil.copy2)
    versioned = Versioned(folder)
    versioned.params(lambda values: values["data"].update(source="mirror", mirror="mirror"))
    with (folder / ".gitignore").open("a") as ignored:
        ignored.write("/mirror/\n")
    versioned.done("git", "init", "--quiet", "--initial-branch", "main")
    versioned.done("dvc", "remote", "add", "--default", "store", str(folder.parent / "store"))
    versioned.done("dvc", "remote", "modify", "store", "verify", "true")
    versioned.commit("The project")
    return versioned
