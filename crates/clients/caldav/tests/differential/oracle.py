# Of each line "zone start rule from to" the moments of the instances in that window, in seconds since 1970.
#
# dateutil walks the clock and zoneinfo brings it to UTC: a time in a gap has the offset before it, of a doubled one the
# first is meant (RFC 5545, section 3.3.5). The start counts even if the rule does not name it (section 3.8.5.3).
import datetime
import sys
import zoneinfo

from dateutil.rrule import rrulestr


def occurrences(rule, start):
    try:
        yield from rrulestr(rule, dtstart=start)
    except ValueError as error:
        # dateutil refuses rules that never come true.
        if "empty" not in str(error):
            raise


for line in sys.stdin:
    zone, start, rule, begin, end = line.split()
    zone, begin, end = zoneinfo.ZoneInfo(zone), int(begin), int(end)
    start = datetime.datetime.strptime(start, "%Y%m%dT%H%M%S")
    parts = dict(part.split("=") for part in rule.split(";"))
    count, until = parts.pop("COUNT", None), parts.pop("UNTIL", None)
    if until:
        until = datetime.datetime.strptime(until, "%Y%m%dT%H%M%S%z").timestamp()

    def moment(local):
        return int(local.replace(tzinfo=zone).timestamp())

    left = int(count) if count else None
    found = {moment(start)}
    horizon = datetime.datetime.fromtimestamp(end, datetime.timezone.utc).replace(tzinfo=None) + datetime.timedelta(days=2)
    is_first = True
    for local in occurrences(";".join(f"{name}={value}" for name, value in parts.items()), start):
        if is_first and local != start and left is not None:
            left -= 1
        is_first = False
        if local > horizon or left == 0 or (until and moment(local) > until):
            break
        if left is not None:
            left -= 1
        found.add(moment(local))
    print(*sorted(at for at in found if begin <= at < end))
