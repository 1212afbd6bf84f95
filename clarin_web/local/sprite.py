"""The icon sprite: which of lucide's icons Clarin uses, and how they become one static/icons.svg."""

from xml.sax.saxutils import quoteattr

ICONS = (
    "archive arrow-down arrow-left arrow-right arrow-up arrow-up-down bell building calendar chart-column "
    "check check-check chevron-down chevron-left chevron-right chevron-up circle-alert circle-check clock "
    "contact copy ellipsis eye external-link face-slightly-smiling file forward funnel house image inbox info "
    "kanban key-round layers link list-filter log-in log-out lock mail map-pin menu message-circle "
    "message-square mic moon paperclip pause pencil phone play plug plus power qr-code refresh-cw reply "
    "rotate-ccw search send settings shield smartphone square-kanban sticky-note sun tag trash triangle-alert "
    "trophy unplug upload user user-plus users video wallet wifi-off x"
).split()


def sprite(nodes: dict[str, list]) -> str:
    """One <symbol> per icon; stroke and size come from CSS (`.i`), so a symbol carries only its shapes."""
    symbols = (f'<symbol id="{name}" viewBox="0 0 24 24">{_shapes(nodes[name])}</symbol>' for name in ICONS)
    return '<svg xmlns="http://www.w3.org/2000/svg">' + "".join(symbols) + "</svg>\n"


def _shapes(nodes: list) -> str:
    return "".join(f"<{tag}{_attributes(attributes)}/>" for tag, attributes in nodes)


def _attributes(attributes: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(str(value))}" for name, value in attributes.items() if name != "key")
