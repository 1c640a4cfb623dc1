"""Compare sources with their CMSs now, by hand; beside the services, which do it by the clock."""

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from litfass.house import House
from services.ingest.reconcile import Report
from services.ingest.reconcile.ledger import Orders
from services.ingest.reconcile.poller import Reconciler, reconciler_of
from services.ingest.sources import sources_of
from shared.contracts.base import SourceName
from shared.runtime.errors import ConfigurationFault, LitfassError

Progress = Callable[[int], None]


class ReconciledElsewhere(LitfassError):
    """A worker compares this source right now; try again in a few minutes."""

    reason = "reconciled_elsewhere"


async def reconcile(
    house: House, source: str | None, *, orders: Orders, progress: Progress, environ: Mapping[str, str] = os.environ
) -> list[dict[str, Any]]:
    """Return a report for the source, or for every one that says where its CMS can be asked.

    Raises ConfigurationFault, RedisAway, and what the CMS's part raises.
    """
    reconciler = reconciler_of(house.config, environ, sources_of(house.config, environ), house.articles, house.client)
    try:
        return [_row(await _run(reconciler, name, orders, progress)) for name in _names(reconciler, source)]
    finally:
        await reconciler.aclose()


def _names(reconciler: Reconciler, source: str | None) -> list[SourceName]:
    if source is not None and source not in reconciler.names:
        known = ", ".join(reconciler.names) or "none"
        raise ConfigurationFault(f"There is no [source.{source}.reconcile]; sources that can be compared: {known}.")
    if not reconciler.names:
        raise ConfigurationFault("No source says where its CMS can be asked; add a table [source.NAME.reconcile].")
    return [SourceName(source)] if source is not None else reconciler.names


async def _run(reconciler: Reconciler, name: SourceName, orders: Orders, progress: Progress) -> Report:
    lease = reconciler.lease(name, orders.scope)
    if not await lease.take_now():
        raise ReconciledElsewhere(f"{name}: a worker compares this source right now; try again in a few minutes.")
    try:
        report = await reconciler.run(name, orders, lease, told=progress)
    except BaseException:
        await lease.leave()
        raise
    await (lease.leave() if orders.is_dry else lease.done())
    return report


def _row(report: Report) -> dict[str, Any]:
    return asdict(report) | {"mismatches": [asdict(mismatch) for mismatch in report.mismatches]}
