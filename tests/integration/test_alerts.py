"""Alerts and the dashboard: they fire for their reason, speak of metrics that exist, and say what to do."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

from services.feed.metrics import FeedMetrics
from services.ingest.metrics import IngestMetrics
from services.render.metrics import RenderMetrics
from shared.runtime.metrics import DeliveryMetrics

ROOT = Path(__file__).parents[2]
PROMETHEUS = ROOT / "deploy/prometheus"
GRAFANA = ROOT / "deploy/grafana"
RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((PROMETHEUS / "rules.yml").read_text())["groups"] for rule in group["rules"]
]
DASHBOARD: dict[str, Any] = json.loads((GRAFANA / "dashboards/newsroom.json").read_text())
EXPRESSIONS = [rule["expr"] for rule in RULES] + [
    target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]
]
SELECTOR = re.compile(r"(litfass_\w+)(?:\{([^}]*)\})?")


def existing() -> dict[str, set[str]]:
    """Every series that the services give out, with its labels."""
    found: dict[str, set[str]] = {}
    for cls in (DeliveryMetrics, IngestMetrics, RenderMetrics, FeedMetrics):
        for metric in vars(cls(CollectorRegistry())).values():
            assert isinstance(metric, MetricWrapperBase)
            for family in metric.describe():
                total = "_total" if family.type == "counter" else ""
                found |= {f"{family.name}{suffix}": set(metric._labelnames) for suffix in (total, "_bucket", "_count")}
    return found


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_metric_and_label_that_is_spoken_of_exists(expression):
    series = existing()
    for name, matchers in SELECTOR.findall(expression):
        assert name in series
        labels = {matcher.partition("=")[0].strip("!~ ") for matcher in matchers.split(",") if matcher}
        assert labels <= series[name] | {"service", "job"}


def test_there_is_something_to_check():
    assert sum(len(SELECTOR.findall(expression)) for expression in EXPRESSIONS) > 30


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_says_what_to_do(rule):
    page, _, anchor = rule["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^#+ (.+)$", (ROOT / page).read_text(), flags=re.MULTILINE)
    assert anchor == rule["alert"].lower()
    assert rule["alert"] in headings
    assert rule["labels"]["severity"] in {"page", "ticket", "info"}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_has_been_seen_firing(rule):
    assert rule["alert"] in (PROMETHEUS / "rules_test.yml").read_text()


@pytest.mark.needs("promtool")
@pytest.mark.parametrize(
    "command",
    [["check", "config", "prometheus.yml"], ["check", "rules", "rules.yml"], ["test", "rules", "rules_test.yml"]],
)
def test_alerts_fire_for_their_reason_and_sleep_otherwise(command):
    done = subprocess.run(
        ["promtool", *command], cwd=PROMETHEUS, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_dashboard_is_provisioned_with_the_source_that_its_panels_ask():
    (source,) = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yml").read_text())["datasources"]
    (provider,) = yaml.safe_load((GRAFANA / "provisioning/dashboards/litfass.yml").read_text())["providers"]
    grafana = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]["grafana"]
    assert {panel["datasource"]["uid"] for panel in DASHBOARD["panels"]} == {source["uid"]}
    assert f"./deploy/grafana/dashboards:{provider['options']['path']}:ro" in grafana["volumes"]
    home = grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert home == f"{provider['options']['path']}/newsroom.json"


def test_no_two_panels_of_the_dashboard_lie_on_each_other():
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells
