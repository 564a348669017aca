"""When a source is due: intervals, cron rules, and the runs planned from them. Pure values and decisions; no timers."""
