"""What Home shows, in three statements: the people and promises, the open leads, the connections."""

from clarin_web.dashboard.queries.connections import Connections, connections
from clarin_web.dashboard.queries.opened import OpenLeads, open_leads
from clarin_web.dashboard.queries.today import Due, Today, Waiting, due, today

__all__ = ["Connections", "Due", "OpenLeads", "Today", "Waiting", "connections", "due", "open_leads", "today"]
