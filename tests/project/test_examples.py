"""What the tutorials tell a reader to type works, and prints what they show."""

from pathlib import Path

import captures
import examples
import projects
import pytest
from projects import Project

TUTORIALS = projects.ROOT / "docs/tutorials"


def test_an_example_that_shows_something_else_is_seen(tmp_path: Path) -> None:
    page, project = tmp_path / "page.md", Project(tmp_path)
    page.write_text(
        "<!-- write: a/b.txt -->\n```text\none\ntwo\n```\n"
        "\n<!-- run -->\n```console\n$ cat a/b.txt |\n>   sort -r\ntwo\none\n"
        "$ cat a/b.txt\n...\ntwo\n```\n"
    )
    examples.follow(page, project)
    page.write_text(page.read_text().replace("...\ntwo", "two\none"))
    with pytest.raises(AssertionError, match=r"page\.md: cat a/b\.txt\none\ntwo"):
        examples.follow(page, project)


@pytest.mark.parametrize("page", sorted(TUTORIALS.glob("*.md")), ids=lambda page: page.stem)
def test_every_block_of_a_tutorial_is_run_or_says_why_not(page: Path) -> None:
    found = examples.blocks(page)
    assert any(block.do == "run" for block in found)
    for block in found:
        assert block.do == "run" or (block.do in ("write", "not run") and block.what), block.text
        if block.do == "write":  # the comment is not shown
            assert f"`{block.what}`" in page.read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["paper", "data", "model", "claims"])
def test_a_tutorial_can_be_followed(name: str, project: Project) -> None:
    def source(values: dict) -> None:
        values["data"].update(source="mirror", mirror="mirror")

    project.params(source)
    examples.follow(TUTORIALS / f"{name}.md", project)


@pytest.mark.slow
@pytest.mark.tshark
def test_the_tutorial_on_captures_can_be_followed(tmp_path: Path) -> None:
    project = projects.new_project(tmp_path / "project")

    def include(values: dict) -> None:
        values["data"].update(source="mirror", mirror="mirror")
        values["data"]["include"] = ["bot-iot", "iot-23", "iot-ds2"]

    project.params(include)
    frames = [captures.udp(f"192.0.2.{last}") for last in range(1, 9)]
    (project.folder / "capture.pcap").write_bytes(captures.pcap(*frames))
    examples.follow(TUTORIALS / "capture.md", project)
