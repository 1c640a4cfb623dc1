"""The command line as a shell meets it: exit codes, what goes where, and what `--help` loads."""

import json
import subprocess
import sys
from pathlib import Path

from shared.contracts.config import RedisConfig

CONFIG = """
[redis]
url = "redis://127.0.0.1:1"
[pages]
store = "{store}"
[site.kurier]
name = "Der Kurier"
url = "https://kurier.example"
[site.kurier.sections]
stadt = "Stadt"
"""
ROOT = Path(__file__).parents[3]


def run(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from litfass.cli import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-c", program, *words], cwd=cwd, capture_output=True, text=True, timeout=60, check=False
    )


def test_help_loads_neither_a_service_nor_a_contract_nor_what_speaks_to_redis():
    program = (
        "import sys; from litfass.cli import main; sys.argv = ['litfass', '--help']; code = main()\n"
        "print(code, *sorted(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    code, *loaded = done.stderr.split()
    assert code == "0", done.stderr
    heavy = ("services", "shared.contracts", "litfass.house", "litfass.operate", "redis", "httpx", "starlette")
    assert "litfass.cli.articles" in loaded
    assert [name for name in loaded if name in heavy] == []


def test_a_fault_that_we_know_is_one_message_and_exit_code_1(tmp_path):
    done = run("why", "a1", "--config", "missing.toml", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "missing.toml" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_usage_is_exit_code_2_and_says_what_would_be_right(tmp_path):
    done = run("tail", "article", cwd=tmp_path)
    assert done.returncode == 2
    assert "there is no stream article; there are" in " ".join(done.stderr.replace("│", " ").split())


def test_what_every_command_about_a_newsroom_can_be_told_reaches_it(redis_config: RedisConfig, tmp_path):
    config = tmp_path / "mine.toml"
    config.write_text(CONFIG.format(store=(tmp_path / "site").as_uri()))
    told = ("--config", config.name, "--redis", redis_config.url)
    done = run("pins", "list", "--json", *told, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr
    done = run("pins", "list", *told, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "Nothing is pinned.\n"), done.stderr
    done = run("pins", "list", "--config", config.name, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")


def test_trust_and_resurfacing_are_given_by_hand(redis_config: RedisConfig, tmp_path):
    config = tmp_path / "mine.toml"
    config.write_text(CONFIG.format(store=(tmp_path / "site").as_uri()))
    told = ("--config", config.name, "--redis", redis_config.url)
    added = run("subscribers", "add", "agency", "--embargoed", "--json", *told, cwd=tmp_path)
    assert json.loads(added.stdout)["embargoed"] is True, added.stderr
    revoked = run("subscribers", "trust", "agency", "--revoke", "--json", *told, cwd=tmp_path)
    assert json.loads(revoked.stdout)["embargoed"] is False, revoked.stderr
    unknown = run("resurface", "/stadt/gibt-es-nicht/", *told, cwd=tmp_path)
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "gibt-es-nicht" in unknown.stderr
    both = run("resurface", "/stadt/markt/", "--undo", "--at", "2026-12-01T06:00:00", *told, cwd=tmp_path)
    assert both.returncode == 2
    assert "--undo takes no moment" in both.stderr
