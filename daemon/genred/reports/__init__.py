"""Reports: what an airplay log comes to over a day, a week, a month or any other time."""
