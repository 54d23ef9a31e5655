"""What is expected of stations, judged from their events: pure, in bounded memory, on the monotonic clock."""
