"""``cmcompile schema``: print the JSON Schemas."""

from __future__ import annotations

import click

from cmcompile.model.schemas import KINDS, SchemaKind


@click.command("schema", short_help="Print the JSON Schemas that editors use.")
@click.argument("kind", type=click.Choice(KINDS), default="campaign")
def command(kind: SchemaKind) -> None:
    """Print the JSON Schema of KIND (campaign by default).

    Editors with a YAML language server use it for completion and documentation on hover, from a first line
    such as `# yaml-language-server: $schema=../../schemas/campaign-v1.schema.json`.
    """
    from cmcompile.spec.schema import schema_text

    click.echo(schema_text(kind), nl=False)
