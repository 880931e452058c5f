"""The settings of PanDA's servers: all on this machine, in a directory of their own."""

from __future__ import annotations

from pathlib import Path

#: What is not JEDI's: the others would hand tasks to it, or need redis.
_AGENTS = "clerk, transformer, coordinator"
_IDDS = """\
[common]
loglevel = INFO
logdir = {place}/log
[database]
default = {database}
schema = {schema}
pool_size = 5
[rest]
host = {idds}
cacher_dir = {place}/cache
[main]
agents = {agents}
[eventbus]
backend = database
[clerk]
max_number_workers = 50
poll_period = 1
retrieve_bulk_size = 50
poll_time_period = 1
poll_operation_time_period = 1
[transformer]
max_number_workers = 50
poll_period = 1
retrieve_bulk_size = 50
poll_time_period = 1
poll_operation_time_period = 1
[coordinator]
coordination_interval_delay = 1
"""
_AUTH = """\
[common]
allow_vos = wlcg
[Users]
allow_users = CN=
super_users = CN=panda-relay
"""
_PANDA = """\
[server]
logdir = {place}/log
loggername = prod
cache_dir = {place}/cache
backend = postgres
dbhost = 127.0.0.1
dbport = {port}
dbuser = {user}
dbpasswd = none
dbname = {name}
nDBConnection = 1
usedbtimeout = False
dbtimeout = 60
schemaPANDA = doma_panda
schemaPANDAARCH = doma_pandaarch
schemaMETA = doma_pandameta
schemaJEDI = doma_panda
schemaDEFT = doma_deft
entryVerbose = False
useJEDI = True
token_authType = None
[daemon]
enable = False
"""
# Its handler of a log server is made, and nothing is given to it.
_LOGGER = """\
[logger]
loghost = 127.0.0.1
monport-apache = 9
monurlprefix = /none
method = GET
encoding = url
logdir = {place}/log
log_level = DEBUG
"""


def write_settings(place: Path, idds: str, user: str, port: int, database: str, schema: str) -> None:
    """Write them into an empty directory.

    Parameters
    ----------
    idds
        Its address.
    user, port, database
        Of PostgreSQL on this machine.
    schema
        Of iDDS's tables.
    """
    config = place / "etc" / "panda"
    for made in (config, place / "log", place / "cache", place / "client"):
        made.mkdir(parents=True)
    # Its presence is looked at, and its text is handed on; who asks is said by the fronts.
    (place / "proxy.pem").write_text("no certificate\n")
    url = f"postgresql://{user}@127.0.0.1:{port}/{database}"
    told = _IDDS.format(database=url, schema=schema, idds=idds, place=place, agents=_AGENTS)
    (place / "idds.cfg").write_text(told)
    (place / "auth.cfg").write_text(_AUTH)
    (config / "panda_server.cfg").write_text(_PANDA.format(place=place, port=port, user=user, name=database))
    (config / "panda_common.cfg").write_text(_LOGGER.format(place=place))
