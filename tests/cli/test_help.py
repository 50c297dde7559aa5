"""Help lists every command under what a person is about to do."""

from typer.models import CommandInfo, TyperInfo

from cli.app import app
from cli.commands import PANELS, name_of, register


def test_every_command_stands_in_a_panel_and_every_panel_names_commands_that_exist() -> None:
    register()
    placed = {name for names in PANELS.values() for name in names}
    registered: list[CommandInfo | TyperInfo] = [*app.registered_commands, *app.registered_groups]
    assert {name_of(each) for each in registered} == placed
    assert {each.rich_help_panel for each in registered} == set(PANELS)
