"""The doctor: finds why a network does not learn, and says so with a measured cause."""

from glassnet.insight.doctor.doctor import Doctor
from glassnet.insight.doctor.examine import examine
from glassnet.insight.doctor.finding import Finding

__all__ = ["Doctor", "Finding", "examine"]
